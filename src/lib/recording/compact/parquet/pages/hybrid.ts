import { packBits, unpackBits } from './bit-packing.ts';
import type { PageBuffer } from './page-buffer.ts';

/*
 * Parquet's hybrid of run lengths and packed bits, in which it has places in a dictionary, levels and booleans: runs of one value,
 * and groups of eight values that are packed.
 */

const GROUP = 8;
const MAX_RUN_BYTES = 9;

/** How many bits it takes to say any number up to `max`. */
export function bitWidthOf(max: number): number {
  return 32 - Math.clz32(max);
}

/** @param count of the values, from the first on; `values` has room for seven more, which are written to */
export function appendHybrid(page: PageBuffer, values: Uint32Array, count: number, width: number): void {
  // The last group is filled up.
  values.fill(0, count, count + GROUP - 1);
  page.reserve(Math.ceil((count + GROUP) / GROUP) * (width + MAX_RUN_BYTES));
  let packedFrom = -1;
  for (let at = 0; at < count; ) {
    const value = values[at] as number;
    let end = at + 1;
    while (end < count && values[end] === value) end++;
    if (end - at < GROUP) {
      if (packedFrom < 0) packedFrom = at;
      at += GROUP;
      continue;
    }
    if (packedFrom >= 0) appendPacked(page, values, packedFrom, at, width);
    packedFrom = -1;
    page.appendVarint((end - at) << 1);
    for (let shift = 0; shift < width; shift += 8) page.appendByte(value >>> shift);
    at = end;
  }
  if (packedFrom >= 0) appendPacked(page, values, packedFrom, count, width);
}

function appendPacked(page: PageBuffer, values: Uint32Array, from: number, end: number, width: number): void {
  const groups = Math.ceil((end - from) / GROUP);
  page.appendVarint((groups << 1) | 1);
  page.length = packBits(values, from, groups * GROUP, width, page.bytes, page.length);
}

/** Reads so many values into `values`, which has room for seven more. Throws an `Error` for bytes that hold fewer. */
export function readHybrid(bytes: Uint8Array, width: number, values: Uint32Array, count: number): void {
  const runBytes = Math.ceil(width / 8);
  let place = 0;
  for (let at = 0; at < count; ) {
    let head = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[place++];
      if (byte === undefined) throw new Error('a page ends too early');
      head |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    const size = head >>> 1;
    if (size === 0) throw new Error('a page has an empty run');
    if (head & 1) {
      const packed = Math.min(size * GROUP, Math.ceil((count - at) / GROUP) * GROUP);
      if (place + (packed / GROUP) * width > bytes.length) throw new Error('a page ends too early');
      unpackBits(bytes, place, width, values, at, packed);
      place += size * width;
      at += packed;
    } else {
      let value = 0;
      for (let byte = 0; byte < runBytes; byte++) value |= (bytes[place++] as number) << (byte * 8);
      const end = Math.min(at + size, count);
      values.fill(value, at, end);
      at = end;
    }
  }
}
