import { packBits, unpackBits } from './bit-packing.ts';
import { bitWidthOf } from './hybrid.ts';
import type { PageBuffer } from './page-buffer.ts';

/*
 * Parquet's DELTA_BINARY_PACKED: the first value, then blocks of differences, each less the smallest of its block and in as few bits
 * as the largest of its quarter takes.
 */

const BLOCK = 128;
const QUARTERS = 4;
const QUARTER = BLOCK / QUARTERS;
const MAX_WIDTH = 32;
const TWO_32 = 2 ** 32;
/** The header, or a block with all of its 32 bits. */
const MAX_BLOCK_BYTES = 64 + BLOCK * 4;

/** Differences within a block, used again for the next one. */
export interface DeltaScratch {
  readonly deltas: Float64Array;
  readonly packed: Uint32Array;
}

export function createDeltaScratch(): DeltaScratch {
  return { deltas: new Float64Array(BLOCK), packed: new Uint32Array(BLOCK) };
}

/**
 * Appends integers. False when some of them differ by more than 32 bits say: then nothing is of use that was appended.
 * @param values whole and exact
 * @param count of the values, from the first on
 */
export function appendDelta(page: PageBuffer, values: Float64Array, count: number, scratch: DeltaScratch): boolean {
  const { deltas, packed } = scratch;
  page.appendVarint(BLOCK);
  page.appendVarint(QUARTERS);
  page.appendVarint(count);
  page.appendZigZag(count > 0 ? (values[0] as number) : 0);
  for (let from = 1; from < count; from += BLOCK) {
    const size = Math.min(BLOCK, count - from);
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    let before = values[from - 1] as number;
    for (let at = 0; at < size; at++) {
      const value = values[from + at] as number;
      const delta = value - before;
      before = value;
      deltas[at] = delta;
      if (delta < least) least = delta;
      if (delta > most) most = delta;
    }
    if (most - least >= TWO_32) return false;
    for (let at = 0; at < size; at++) packed[at] = (deltas[at] as number) - least;
    packed.fill(0, size);
    page.appendZigZag(least);
    page.reserve(MAX_BLOCK_BYTES);
    const widthsAt = page.length;
    let end = widthsAt + QUARTERS;
    for (let quarter = 0; quarter < QUARTERS; quarter++) {
      const width = quarter * QUARTER < size ? widthOf(packed, quarter * QUARTER) : 0;
      page.bytes[widthsAt + quarter] = width;
      end = packBits(packed, quarter * QUARTER, QUARTER, width, page.bytes, end);
    }
    page.length = end;
  }
  return true;
}

function widthOf(packed: Uint32Array, from: number): number {
  let all = 0;
  for (let at = from; at < from + QUARTER; at++) all |= packed[at] as number;
  return bitWidthOf(all);
}

/** Reads so many integers into `values`. Throws an `Error` for bytes that `appendDelta` does not write. */
export function readDelta(bytes: Uint8Array, values: Float64Array, count: number, { packed }: DeltaScratch): void {
  const reader = new VarintReader(bytes);
  if (reader.read() !== BLOCK || reader.read() !== QUARTERS || reader.read() !== count) {
    throw new Error('a page of differences has an unknown layout');
  }
  let value = reader.readZigZag();
  if (count > 0) values[0] = value;
  for (let from = 1; from < count; from += BLOCK) {
    const size = Math.min(BLOCK, count - from);
    const least = reader.readZigZag();
    const widthsAt = reader.at;
    reader.at += QUARTERS;
    for (let quarter = 0; quarter * QUARTER < size; quarter++) {
      const width = bytes[widthsAt + quarter] as number;
      const end = reader.at + (width * QUARTER) / 8;
      // Also for a width that is not there.
      if (!(width <= MAX_WIDTH && end <= bytes.length)) throw new Error('a page of differences ends too early');
      unpackBits(bytes, reader.at, width, packed, quarter * QUARTER, QUARTER);
      reader.at = end;
    }
    for (let at = 0; at < size; at++) {
      value += least + (packed[at] as number);
      values[from + at] = value;
    }
  }
}

class VarintReader {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(): number {
    return Number(this.#readWide());
  }

  readZigZag(): number {
    const wide = this.#readWide();
    return Number(wide & 1n ? -((wide >> 1n) + 1n) : wide >> 1n);
  }

  #readWide(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) throw new Error('a page ends too early');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
}
