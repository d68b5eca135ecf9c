import type { DamageReason } from './damage.ts';
import type { Contents, ReportBytes } from './gzip-contents.ts';

const LINE_END = 0x0a;

export interface LineRules {
  /** The offset behind the line end of the line that begins here, or -1 when the line is bad. */
  readonly check: (bytes: Buffer, begin: number, end: number) => number;
  /** Longer lines are bad; no more than this is kept of a line. */
  readonly maxBytes: number;
  readonly reason: DamageReason;
}

/** Reads whole good lines, many to a buffer, in their order; other bytes are reported and skipped. */
export async function* readCheckedLines(
  contents: Contents,
  rules: LineRules,
  report: ReportBytes,
): AsyncGenerator<Buffer> {
  const reader = new LineReader(rules, report);
  for await (const piece of contents) {
    if (piece === 'torn') reader.tear();
    else yield* reader.read(piece);
  }
  reader.end();
}

class LineReader {
  readonly #rules: LineRules;
  readonly #report: ReportBytes;
  /** The beginning of a line whose end has not come. */
  #parts: Buffer[] = [];
  #partBytes = 0;
  /** Whether the present line is too long and is skipped. */
  #isSkipping = false;
  /** Of the contents read so far. */
  #offset = 0;
  /** Bytes skipped since the last good line: reported together. */
  #badBytes = 0;

  constructor(rules: LineRules, report: ReportBytes) {
    this.#rules = rules;
    this.#report = report;
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

  /** Bytes are missing after this, which was reported: the line that was begun has no end. */
  tear(): void {
    this.#reportBad();
    this.#offset += this.#partBytes;
    this.#dropParts();
  }

  end(): void {
    if (this.#badBytes > 0) this.#skip(this.#partBytes);
    else if (this.#partBytes > 0) this.#report(this.#offset, this.#partBytes, 'a row that was cut off');
    this.#reportBad();
    this.#dropParts();
  }

  #dropParts(): void {
    this.#parts = [];
    this.#partBytes = 0;
    this.#isSkipping = false;
  }

  /** Copies the beginning of a line, so that the larger piece need not be kept. */
  #keep(part: Buffer): void {
    if (!this.#isSkipping && this.#partBytes + part.length <= this.#rules.maxBytes) {
      this.#parts.push(Buffer.from(part));
      this.#partBytes += part.length;
      return;
    }
    this.#skip(this.#partBytes + part.length);
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
      this.#skip(next - at);
      at = next;
      runBegin = next;
    }
    if (end > runBegin) yield this.#good(bytes, runBegin, end);
  }

  #good(bytes: Buffer, begin: number, end: number): Buffer {
    this.#reportBad();
    this.#offset += end - begin;
    return bytes.subarray(begin, end);
  }

  #skip(bytes: number): void {
    this.#badBytes += bytes;
    this.#offset += bytes;
  }

  #reportBad(): void {
    if (this.#badBytes === 0) return;
    this.#report(this.#offset - this.#badBytes, this.#badBytes, this.#rules.reason);
    this.#badBytes = 0;
  }
}
