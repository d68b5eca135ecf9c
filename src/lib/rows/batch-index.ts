import type { ByteBuffer } from '../output/rows/byte-buffer.ts';

/*
 * Many rows in one message: the NDJSON rows, one behind the other, then their index. For each row, in the same order, the index
 * has the number of its subscription and where the row ends, counted from the first row's begin. How many rows there are stands
 * last. All of these are unsigned integers of 32 bits, the least significant byte first.
 *
 * A hub gives a number to one subscription only, for as long as it runs. So a client that has read the name in one row of a number
 * knows the name of all of them.
 */

const INTEGER_BYTES = 4;
const ENTRY_BYTES = 2 * INTEGER_BYTES;

/** How long the index of so many rows is. */
export function indexBytes(count: number): number {
  return count * ENTRY_BYTES + INTEGER_BYTES;
}

/** Appends an index to the rows that stand in `into` already. @param ends of rows, in bytes from the first row's begin */
export function appendIndex(into: ByteBuffer, numbers: readonly number[], ends: readonly number[]): void {
  const count = ends.length;
  into.reserve(indexBytes(count));
  const { bytes } = into;
  let at = into.length;
  for (let place = 0; place < count; place++) {
    writeInteger(bytes, at, numbers[place] as number);
    writeInteger(bytes, at + INTEGER_BYTES, ends[place] as number);
    at += ENTRY_BYTES;
  }
  writeInteger(bytes, at, count);
  into.length = at + INTEGER_BYTES;
}

/** Where the rows end and the index begins; -1 when the message has no index that fits. */
export function findIndex(message: Uint8Array): number {
  const countAt = message.length - INTEGER_BYTES;
  return countAt < 0 ? -1 : countAt - readInteger(message, countAt) * ENTRY_BYTES;
}

/** The number of a row. @param indexAt what `findIndex` gave */
export function numberAt(message: Uint8Array, indexAt: number, place: number): number {
  return readInteger(message, indexAt + place * ENTRY_BYTES);
}

/** Where a row ends, behind its line end. @param indexAt what `findIndex` gave */
export function endAt(message: Uint8Array, indexAt: number, place: number): number {
  return readInteger(message, indexAt + place * ENTRY_BYTES + INTEGER_BYTES);
}

/** How many rows a message has. @param indexAt what `findIndex` gave */
export function countRows(message: Uint8Array, indexAt: number): number {
  return (message.length - INTEGER_BYTES - indexAt) / ENTRY_BYTES;
}

function writeInteger(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

function readInteger(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
  return low + (bytes[at + 3] as number) * 0x1000000;
}
