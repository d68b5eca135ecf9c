import type { CellLayout } from '../cells/cell-layout.ts';

/*
 * A block of a run: sorted rows, each as what differs from the row before. Most cells of a symbol stay as they were from one row to the
 * next, and most that change are small integers, or prices in hundredths: a row takes a quarter of its cells, for a fraction of
 * what deflating them costs. A row has a bit for each cell that changed, then a bit for each of its cells that takes eight bytes instead of
 * four, then those cells.
 */

const HUNDREDTHS = 100;
const NARROW_BYTES = 4;
const WIDE_BYTES = 8;
const BITS = 8;

/** Packs rows of one layout into bytes and back. */
export class RunBlockCodec {
  readonly #width: number;
  readonly #maskBytes: number;
  /** Of each cell, 1 when it is a price. */
  readonly #isPrice: Uint8Array;
  readonly #before: Float64Array;

  constructor(layout: CellLayout) {
    this.#width = layout.width;
    this.#maskBytes = Math.ceil(layout.width / BITS);
    this.#isPrice = new Uint8Array(layout.width);
    for (const { at, type } of layout.values) this.#isPrice[at] = Number(type === 'double');
    this.#before = new Float64Array(layout.width);
  }

  /** How many bytes so many rows take at most. */
  maxBytes(rows: number): number {
    return rows * (2 * this.#maskBytes + this.#width * WIDE_BYTES);
  }

  /** Packs rows into `bytes` from `begin` on. Returns the offset behind them. There has to be room. */
  pack(cells: Float64Array, rows: number, bytes: Uint8Array, begin: number): number {
    const width = this.#width;
    const maskBytes = this.#maskBytes;
    const isPrice = this.#isPrice;
    const before = this.#before.fill(0);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let end = begin;
    for (let row = 0, at = 0; row < rows; row++) {
      const masksAt = end;
      end += 2 * maskBytes;
      bytes.fill(0, masksAt, end);
      for (let cell = 0; cell < width; cell++, at++) {
        const value = cells[at] as number;
        const last = before[cell] as number;
        if (value === last || (Number.isNaN(value) && Number.isNaN(last))) continue;
        before[cell] = value;
        const maskAt = masksAt + (cell >> 3);
        const bit = 1 << (cell & 7);
        bytes[maskAt] = (bytes[maskAt] as number) | bit;
        const narrow = isPrice[cell] === 1 ? Math.round(value * HUNDREDTHS) : value - last;
        const back = isPrice[cell] === 1 ? narrow / HUNDREDTHS : last + narrow;
        if ((narrow | 0) === narrow && back === value) {
          view.setInt32(end, narrow, true);
          end += NARROW_BYTES;
        } else {
          bytes[maskAt + maskBytes] = (bytes[maskAt + maskBytes] as number) | bit;
          view.setFloat64(end, value, true);
          end += WIDE_BYTES;
        }
      }
    }
    return end;
  }

  /** Puts the rows of a block, which are all its bytes, into `cells`. Returns their number. */
  unpack(bytes: Uint8Array, cells: Float64Array): number {
    const width = this.#width;
    const maskBytes = this.#maskBytes;
    const isPrice = this.#isPrice;
    const before = this.#before.fill(0);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    let place = 0;
    for (; place < bytes.length; at += width) {
      const masksAt = place;
      place += 2 * maskBytes;
      for (let byte = 0; byte < maskBytes; byte++) {
        const wide = bytes[masksAt + maskBytes + byte] as number;
        for (let left = bytes[masksAt + byte] as number; left !== 0; left &= left - 1) {
          const bit = left & -left;
          const cell = byte * BITS + 31 - Math.clz32(bit);
          if (wide & bit) {
            before[cell] = view.getFloat64(place, true);
            place += WIDE_BYTES;
          } else {
            const narrow = view.getInt32(place, true);
            before[cell] = isPrice[cell] === 1 ? narrow / HUNDREDTHS : (before[cell] as number) + narrow;
            place += NARROW_BYTES;
          }
        }
      }
      for (let cell = 0; cell < width; cell++) cells[at + cell] = before[cell] as number;
    }
    return at / width;
  }
}
