import type { DamageReason } from './damage.ts';
import type { Contents } from './gzip-contents.ts';

const LINE_END = 0x0a;

export interface LineRules {
  /** Where the line that begins here ends, its line end included, or -1 when it is not one of those that belong here. */
  readonly check: (bytes: Buffer, begin: number, end: number) => number;
  /** Longer lines are none; no more than this is kept of one. */
  readonly maxBytes: number;
  readonly reason: DamageReason;
}

/** Bytes of the contents that were passed over. */
export type TellLines = (offset: number, bytes: number, reason: DamageReason) => void;

/** Whole good lines, many to a buffer, in their order; what is none is told and passed over. */
export async function* readCheckedLines(contents: Contents, rules: LineRules, tell: TellLines): AsyncGenerator<Buffer> {
  const reader = new LineReader(rules, tell);
  for await (const piece of contents) {
    if (piece === 'torn') reader.tear();
    else yield* reader.read(piece);
  }
  reader.end();
}

class LineReader {
  readonly #rules: LineRules;
  readonly #tell: TellLines;
  /** The beginning of a line whose end has not come. */
  #parts: Buffer[] = [];
  #partBytes = 0;
  /** In a line that is too long. */
  #isSkipping = false;
  /** Of the contents read so far. */
  #offset = 0;
  /** What was passed over since the last good line, told as one. */
  #badBytes = 0;

  constructor(rules: LineRules, tell: TellLines) {
    this.#rules = rules;
    this.#tell = tell;
  }

  *read(piece: Buffer): Generator<Buffer> {
    let begin = 0;
    if (this.#partBytes > 0 || this.#isSkipping) {
      begin = piece.indexOf(LINE_END) + 1;
      if (begin === 0) {
        this.#keep(piece);
        return;
      }
      yield* this.#finishLine(piece.subarray(0, begin));
    }
    const end = Math.max(begin, piece.lastIndexOf(LINE_END) + 1);
    yield* this.#readLines(piece, begin, end);
    if (end < piece.length) this.#keep(piece.subarray(end));
  }

  /** Something is missing after this: what was begun has no end. That has been told. */
  tear(): void {
    this.#tellBad();
    this.#offset += this.#partBytes;
    this.#dropParts();
  }

  end(): void {
    if (this.#badBytes > 0) this.#passOver(this.#partBytes);
    else if (this.#partBytes > 0) this.#tell(this.#offset, this.#partBytes, 'a row that was cut off');
    this.#tellBad();
    this.#dropParts();
  }

  #dropParts(): void {
    this.#parts = [];
    this.#partBytes = 0;
    this.#isSkipping = false;
  }

  /** The beginning of a line, copied: it stands in a larger piece, which need not be kept for it. */
  #keep(part: Buffer): void {
    if (!this.#isSkipping && this.#partBytes + part.length <= this.#rules.maxBytes) {
      this.#parts.push(Buffer.from(part));
      this.#partBytes += part.length;
      return;
    }
    this.#passOver(this.#partBytes + part.length);
    this.#dropParts();
    this.#isSkipping = true;
  }

  *#finishLine(rest: Buffer): Generator<Buffer> {
    const line = Buffer.concat([...this.#parts, rest]);
    this.#dropParts();
    yield* this.#readLines(line, 0, line.length);
  }

  *#readLines(bytes: Buffer, begin: number, end: number): Generator<Buffer> {
    const { check, maxBytes } = this.#rules;
    let runBegin = begin;
    for (let at = begin; at < end; ) {
      const lineEnd = check(bytes, at, end);
      if (lineEnd >= 0 && lineEnd - at <= maxBytes) {
        at = lineEnd;
        continue;
      }
      if (at > runBegin) yield this.#good(bytes, runBegin, at);
      let next = bytes.indexOf(LINE_END, at) + 1;
      // Empty lines, of which there may be millions, are passed over with the one before.
      while (next < end && bytes[next] === LINE_END) next++;
      this.#passOver(next - at);
      at = next;
      runBegin = next;
    }
    if (end > runBegin) yield this.#good(bytes, runBegin, end);
  }

  #good(bytes: Buffer, begin: number, end: number): Buffer {
    this.#tellBad();
    this.#offset += end - begin;
    return bytes.subarray(begin, end);
  }

  #passOver(bytes: number): void {
    this.#badBytes += bytes;
    this.#offset += bytes;
  }

  #tellBad(): void {
    if (this.#badBytes === 0) return;
    this.#tell(this.#offset - this.#badBytes, this.#badBytes, this.#rules.reason);
    this.#badBytes = 0;
  }
}
