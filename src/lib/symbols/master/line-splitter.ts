const LF = 10;
const CR = 13;

/** The longest line of the master is 200 bytes. */
const MAX_LINE_BYTES = 4_096;

/**
 * Cuts a stream of bytes into lines. A line that is too long is given as `undefined` and never held whole. Lines end with LF or CRLF.
 * Most empty lines are left out: a small answer can unpack to a hundred million.
 */
export class LineSplitter {
  readonly #onLine: (line: Buffer | undefined) => void;
  /** The beginning of a line whose end has not come. */
  #rest: Buffer | undefined;
  #isTooLong = false;

  constructor(onLine: (line: Buffer | undefined) => void) {
    this.#onLine = onLine;
  }

  write(chunk: Buffer): void {
    let from = this.#isInLine ? 0 : skipEmptyLines(chunk, 0);
    for (let end = chunk.indexOf(LF, from); end >= 0; end = chunk.indexOf(LF, from)) {
      this.#add(chunk.subarray(from, end));
      this.#finishLine();
      from = skipEmptyLines(chunk, end + 1);
    }
    if (from === chunk.length) return;
    this.#add(chunk.subarray(from));
    // A copy: the caller may use the chunk again.
    if (this.#rest !== undefined) this.#rest = Buffer.from(this.#rest);
  }

  /** The stream is at its end. Returns whether it ended in the middle of a line; that line is given, too. */
  end(): boolean {
    const isOpen = this.#isInLine;
    if (isOpen) this.#finishLine();
    return isOpen;
  }

  get #isInLine(): boolean {
    return this.#rest !== undefined || this.#isTooLong;
  }

  #add(part: Buffer): void {
    if (this.#isTooLong) return;
    const rest = this.#rest;
    this.#isTooLong = (rest?.length ?? 0) + part.length > MAX_LINE_BYTES;
    if (this.#isTooLong) this.#rest = undefined;
    else this.#rest = rest === undefined ? part : Buffer.concat([rest, part]);
  }

  #finishLine(): void {
    const line = this.#rest;
    if (this.#isTooLong) this.#onLine(undefined);
    else if (line !== undefined) this.#onLine(line.at(-1) === CR ? line.subarray(0, -1) : line);
    this.#rest = undefined;
    this.#isTooLong = false;
  }
}

/** Where the first line begins, from a line's begin on, that is not empty; or what may be half an end. */
function skipEmptyLines(chunk: Buffer, begin: number): number {
  let at = begin;
  for (;;) {
    if (chunk[at] === LF) at++;
    else if (chunk[at] === CR && chunk[at + 1] === LF) at += 2;
    else return at;
  }
}
