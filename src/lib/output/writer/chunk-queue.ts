import { ByteBuffer } from '../rows/byte-buffer.ts';

/** A pipe's capacity on Linux. */
export const QUEUE_CHUNK_BYTES = 64 * 1024;
/** The longest write. A batch of rows fills chunks of this size, because a write costs as much time as copying 100 KiB. */
export const LARGE_CHUNK_BYTES = 256 * 1024;
/** A chunk is closed here, so that the next row (an equity's is 470 bytes, a book's 1,000) seldom makes it grow. */
export const CHUNK_FULL_BYTES = QUEUE_CHUNK_BYTES - 2 * 1024;
/** Spare chunks kept for reuse: as many as the pressure limit of the writer fills. */
const MAX_SPARE_CHUNKS = 64;
const MAX_SPARE_BYTES = MAX_SPARE_CHUNKS * QUEUE_CHUNK_BYTES;
/** After so many chunks, the spare ones that none of them needed are dropped: the first rows of thousands of symbols fill many at once. */
const CHUNKS_PER_LOOK = 1_024;

/** Full chunks in order, and empty ones to fill. */
export class ChunkQueue {
  #full: ByteBuffer[] = [];
  #head = 0;
  /** The last is taken first. */
  readonly #spare: ByteBuffer[] = [];
  #spareBytes = 0;
  /** The fewest spare chunks there were since the last look. */
  #leastSpare = 0;
  #returned = 0;
  /** Bytes in full chunks. */
  bytes = 0;

  take(): ByteBuffer {
    const spare = this.#spare.pop();
    if (spare === undefined) return new ByteBuffer(QUEUE_CHUNK_BYTES);
    this.#spareBytes -= spare.bytes.length;
    if (this.#spare.length < this.#leastSpare) this.#leastSpare = this.#spare.length;
    return spare;
  }

  giveBack(chunk: ByteBuffer): void {
    chunk.length = 0;
    const { length } = chunk.bytes;
    const isUsual = length === QUEUE_CHUNK_BYTES || length === LARGE_CHUNK_BYTES;
    if (!isUsual || this.#spareBytes + length > MAX_SPARE_BYTES) return;
    this.#spare.push(chunk);
    this.#spareBytes += length;
    if (++this.#returned >= CHUNKS_PER_LOOK) this.#dropUnneeded();
  }

  #dropUnneeded(): void {
    for (const chunk of this.#spare.splice(0, this.#leastSpare)) this.#spareBytes -= chunk.bytes.length;
    this.#leastSpare = this.#spare.length;
    this.#returned = 0;
  }

  push(chunk: ByteBuffer): void {
    this.#full.push(chunk);
    this.bytes += chunk.length;
  }

  /** The oldest full chunk, or undefined. */
  shift(): ByteBuffer | undefined {
    const chunk = this.#full[this.#head];
    if (chunk === undefined) return undefined;
    this.bytes -= chunk.length;
    this.#head++;
    if (this.#head === this.#full.length) {
      this.#full.length = 0;
      this.#head = 0;
    } else if (this.#head >= MAX_SPARE_CHUNKS) {
      this.#full = this.#full.slice(this.#head);
      this.#head = 0;
    }
    return chunk;
  }

  clear(): void {
    this.#full = [];
    this.#head = 0;
    this.bytes = 0;
  }
}
