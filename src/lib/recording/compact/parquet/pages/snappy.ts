import type { PageBuffer } from './page-buffer.ts';

/*
 * Snappy, as https://github.com/google/snappy/blob/main/format_description.txt has it: literals, and copies of bytes that came before.
 * It writes into a page that is used again, and reads four bytes at a time, and so takes less time than hyparquet-writer's own.
 */

const WORD_BYTES = 4;
const HASH_BITS = 14;
const HASH_FACTOR = 0x1e35a7bd;
const HASH_SHIFT = 32 - HASH_BITS;
/** A copy says how far back it goes in 16 bits. */
const MAX_OFFSET = 0xffff;
/** The longest copy that takes one element of three bytes. */
const MAX_COPY = 64;
/** A copy that is short and near takes two bytes. */
const NEAR_OFFSET = 2048;
const MAX_NEAR_COPY = 11;
const TAG_COPY_NEAR = 1;
const TAG_COPY = 2;
/** Lengths of literals from here on take bytes of their own. */
const LONG_LITERAL = 60;
/** After so many places in a row without a match, places are passed over. */
const SKIP_SHIFT = 5;

/** Packs bytes. Used again for the next. */
export class SnappyCompressor {
  /** By the hash of four bytes, where they stood last. */
  readonly #places = new Int32Array(1 << HASH_BITS);

  /** Appends the packed bytes to a page. */
  compress(input: Uint8Array, into: PageBuffer): void {
    const { length } = input;
    // A literal costs five bytes at the most, and a copy takes no more than it saves.
    into.reserve(length + Math.ceil(length / 6) + 32);
    into.appendVarint(length);
    const places = this.#places.fill(-1);
    const view = new DataView(input.buffer, input.byteOffset, length);
    const output = into.bytes;
    let end = into.length;
    let literalAt = 0;
    const last = length - WORD_BYTES;
    for (let at = 0; at <= last; ) {
      const word = view.getInt32(at, true);
      const hash = Math.imul(word, HASH_FACTOR) >>> HASH_SHIFT;
      const match = places[hash] as number;
      places[hash] = at;
      if (match < 0 || at - match > MAX_OFFSET || view.getInt32(match, true) !== word) {
        at += 1 + ((at - literalAt) >> SKIP_SHIFT);
        continue;
      }
      end = putLiteral(input, literalAt, at, output, end);
      const copyAt = at;
      let from = match + WORD_BYTES;
      at += WORD_BYTES;
      while (at <= last && view.getInt32(at, true) === view.getInt32(from, true)) {
        at += WORD_BYTES;
        from += WORD_BYTES;
      }
      while (at < length && input[at] === input[from]) {
        at++;
        from++;
      }
      end = putCopy(copyAt - match, at - copyAt, output, end);
      literalAt = at;
    }
    into.length = putLiteral(input, literalAt, length, output, end);
  }
}

function putLiteral(input: Uint8Array, from: number, to: number, output: Uint8Array, at: number): number {
  const length = to - from;
  if (length === 0) return at;
  let end = at;
  const code = length - 1;
  if (code < LONG_LITERAL) output[end++] = code << 2;
  else {
    const bytes = code < 0x100 ? 1 : code < 0x1_0000 ? 2 : code < 0x100_0000 ? 3 : 4;
    output[end++] = (LONG_LITERAL - 1 + bytes) << 2;
    for (let byte = 0; byte < bytes; byte++) output[end++] = code >>> (byte * 8);
  }
  if (length > LONG_LITERAL) {
    output.set(input.subarray(from, to), end);
    return end + length;
  }
  for (let place = from; place < to; place++) output[end++] = input[place] as number;
  return end;
}

function putCopy(offset: number, length: number, output: Uint8Array, at: number): number {
  let end = at;
  let left = length;
  while (left > 0) {
    // At least four bytes are left for the last copy: there are no shorter copies.
    const part = left <= MAX_COPY ? left : Math.min(MAX_COPY, left - WORD_BYTES);
    if (part <= MAX_NEAR_COPY && part >= WORD_BYTES && offset < NEAR_OFFSET) {
      output[end++] = TAG_COPY_NEAR | ((part - WORD_BYTES) << 2) | ((offset >>> 8) << 5);
      output[end++] = offset;
    } else {
      output[end++] = TAG_COPY | ((part - 1) << 2);
      output[end++] = offset;
      output[end++] = offset >>> 8;
    }
    left -= part;
  }
  return end;
}
