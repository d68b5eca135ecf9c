import { ByteBuffer } from '../../src/lib/output/rows/byte-buffer.ts';
import { appendIndex, findIndex } from '../../src/lib/rows/batch-index.ts';

/** Makes messages of rows as one hub does: each subscription has a number of its own. */
export class RowMessages {
  readonly #numbers = new Map<string, number>();

  /** @param rows lines, the last one with or without its line end */
  make(rows: string | Buffer): Buffer {
    const buffer = new ByteBuffer();
    const [numbers, ends]: [number[], number[]] = [[], []];
    const bytes = Buffer.from(rows);
    buffer.reserve(bytes.length);
    for (let begin = 0; begin < bytes.length; ) {
      const lineEnd = bytes.indexOf('\n', begin);
      const end = lineEnd < 0 ? bytes.length : lineEnd + 1;
      numbers.push(this.#numberOf(bytes.toString('latin1', begin, end)));
      ends.push(end);
      begin = end;
    }
    bytes.copy(buffer.bytes);
    buffer.length = bytes.length;
    appendIndex(buffer, numbers, ends);
    return Buffer.from(buffer.bytes.subarray(0, buffer.length));
  }

  #numberOf(line: string): number {
    const name = /^\{"type":"[^"]*","symbol":"(?:[^"\\]|\\.)*"/.exec(line)?.[0] ?? line;
    const number = this.#numbers.get(name) ?? this.#numbers.size;
    this.#numbers.set(name, number);
    return number;
  }
}

/** The rows of a message, without their index. Throws when there is none. */
export function rowsOf(message: Buffer): string {
  const indexAt = findIndex(message);
  if (indexAt < 0) throw new Error('a message without an index');
  return message.toString('utf8', 0, indexAt);
}
