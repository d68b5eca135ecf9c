import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { KeyValue } from 'hyparquet';

/*
 * Parquet has no checksum that every reader and writer knows, and what reads it may not end with bytes that were changed. So
 * each file has a checksum of all its bytes among what it says of itself, which is looked at before anything else of it.
 */

const KEY = 'tickpipe.checksum';
/** Stands in its place while it is computed: it is as long as any. */
const PLACEHOLDER = '00000000';
const READ_BYTES = 1024 * 1024;
/** The footer's length, and the magic bytes, stand behind it. */
const TAIL_BYTES = 8;
/** Between the key and the value: the kind of field, and the value's length. */
const BETWEEN_BYTES = 2;

/** What a file that is to be sealed says of itself. */
export const UNSEALED: KeyValue = { key: KEY, value: PLACEHOLDER };

/** Puts the checksum into a file that is written otherwise. It has to be readable. */
export async function sealFile(handle: FileHandle): Promise<void> {
  const place = await findSeal(handle);
  if (place === undefined) throw new Error('the file has no place for its checksum');
  const checksum = await computeChecksum(handle, place);
  await handle.write(Buffer.from(checksum, 'latin1'), 0, checksum.length, place);
}

/** Whether all bytes are those that were written. */
export async function isSealed(handle: FileHandle): Promise<boolean> {
  const place = await findSeal(handle);
  if (place === undefined) return false;
  const written = await readAt(handle, place, PLACEHOLDER.length);
  return written.toString('latin1') === (await computeChecksum(handle, place));
}

/** Where the checksum stands. */
async function findSeal(handle: FileHandle): Promise<number | undefined> {
  const { size } = await handle.stat();
  if (size < TAIL_BYTES) return undefined;
  const length = (await readAt(handle, size - TAIL_BYTES, TAIL_BYTES)).readUInt32LE(0);
  const begin = size - TAIL_BYTES - length;
  if (begin < 0) return undefined;
  const footer = await readAt(handle, begin, length);
  const key = footer.lastIndexOf(KEY);
  const place = key + KEY.length + BETWEEN_BYTES;
  return key < 0 || place + PLACEHOLDER.length > length ? undefined : begin + place;
}

/** Of all bytes, with the placeholder in the checksum's own place. */
async function computeChecksum(handle: FileHandle, place: number): Promise<string> {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let checksum = 0;
  for (let offset = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
    if (bytesRead === 0) return checksum.toString(16).padStart(PLACEHOLDER.length, '0');
    const bytes = buffer.subarray(0, bytesRead);
    for (let at = 0; at < PLACEHOLDER.length; at++) {
      const within = place + at - offset;
      if (within >= 0 && within < bytesRead) bytes[within] = PLACEHOLDER.charCodeAt(at);
    }
    checksum = crc32(bytes, checksum);
    offset += bytesRead;
  }
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await handle.read(bytes, at, length - at, offset + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes;
}
