import { Buffer } from 'node:buffer';

const LINE_END = 0x0a;

/** What becomes of the lines of an input. */
export interface LineSink {
  /** Whole lines, each with its line end, one behind the other. The bytes are valid until this returns. */
  lines(bytes: Buffer, begin: number, end: number): void;
  /** A line that is longer than the limit was passed over. */
  tooLong(): void;
  /** The last line, which has no line end; it gets one here. */
  unended(bytes: Buffer): void;
}

/** Cuts pieces of an input into whole lines. It keeps no more than one line, and of a long one no more than the limit. */
export class LineBlocks {
  readonly #maxBytes: number;
  readonly #sink: LineSink;
  /** The beginning of a line whose end has not come. */
  #parts: Buffer[] = [];
  #partBytes = 0;
  #isSkipping = false;

  constructor(maxBytes: number, sink: LineSink) {
    this.#maxBytes = maxBytes;
    this.#sink = sink;
  }

  add(piece: Buffer): void {
    let begin = 0;
    if (this.#partBytes > 0 || this.#isSkipping) {
      begin = piece.indexOf(LINE_END) + 1;
      if (begin === 0) {
        this.#keep(piece);
        return;
      }
      this.#finishLine(piece.subarray(0, begin));
    }
    const end = Math.max(begin, piece.lastIndexOf(LINE_END) + 1);
    if (end > begin) this.#sink.lines(piece, begin, end);
    if (end < piece.length) this.#keep(piece.subarray(end));
  }

  end(): void {
    if (this.#isSkipping) this.#sink.tooLong();
    else if (this.#partBytes > 0) this.#sink.unended(Buffer.concat([...this.#parts, Buffer.of(LINE_END)]));
    this.#drop();
  }

  /** A piece ends with the beginning of a line: a copy, as the piece need not last. */
  #keep(part: Buffer): void {
    if (this.#isSkipping || this.#partBytes + part.length > this.#maxBytes) {
      this.#drop();
      this.#isSkipping = true;
      return;
    }
    this.#parts.push(Buffer.from(part));
    this.#partBytes += part.length;
  }

  #finishLine(rest: Buffer): void {
    if (this.#isSkipping || this.#partBytes + rest.length > this.#maxBytes) {
      this.#drop();
      this.#sink.tooLong();
      return;
    }
    const line = Buffer.concat([...this.#parts, rest]);
    this.#drop();
    this.#sink.lines(line, 0, line.length);
  }

  #drop(): void {
    this.#parts = [];
    this.#partBytes = 0;
    this.#isSkipping = false;
  }
}
