import type { FileHandle } from 'node:fs/promises';
import { setImmediate as untilNextTurn } from 'node:timers/promises';

const BLOCK_BYTES = 128 * 1024;
/** For pieces larger than a block. They overlap, so that what is read for one serves the next. */
const LARGE_BLOCK_BYTES = 1024 * 1024;
/** After so many steps everybody else has a turn: bytes that are in memory already are read without waiting for anything. */
const STEPS_PER_TURN = 256;

/** A file's bytes by their offset, read a block at a time. What was handed out is never written to again. */
export class FileBlocks {
  readonly #handle: FileHandle;
  readonly #signal: AbortSignal | undefined;
  #block: Buffer = Buffer.alloc(0);
  #offset = 0;
  #steps = 0;

  /** @param signal ends the reading: its reason is thrown */
  constructor(handle: FileHandle, signal?: AbortSignal) {
    this.#handle = handle;
    this.#signal = signal;
  }

  /** Some bytes from this offset on; none at the end of the file. */
  async read(offset: number): Promise<Buffer> {
    await this.step();
    return this.#find(offset) ?? this.#load(offset, BLOCK_BYTES);
  }

  /** So many bytes from this offset on, fewer only at the end of the file. For counts up to some megabytes. */
  async readExactly(offset: number, count: number): Promise<Buffer> {
    await this.step();
    const first = this.#find(offset);
    if (first && first.length >= count) return first.subarray(0, count);
    if (count > BLOCK_BYTES) return (await this.#load(offset, Math.max(LARGE_BLOCK_BYTES, count))).subarray(0, count);
    const parts: Buffer[] = [];
    for (let length = 0; length < count; ) {
      const part = await this.read(offset + length);
      if (part.length === 0) break;
      parts.push(part);
      length += part.length;
    }
    return (parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)).subarray(0, count);
  }

  /** What the present block has from this offset on. */
  #find(offset: number): Buffer | undefined {
    const within = offset - this.#offset;
    return within >= 0 && within < this.#block.length ? this.#block.subarray(within) : undefined;
  }

  /** Makes another block the present one: so many bytes, fewer only at the end of the file. */
  async #load(offset: number, bytes: number): Promise<Buffer> {
    const block = Buffer.allocUnsafeSlow(bytes);
    let length = 0;
    while (length < bytes) {
      const { bytesRead } = await this.#handle.read(block, length, bytes - length, offset + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    this.#block = block.subarray(0, length);
    this.#offset = offset;
    return this.#block;
  }

  /** All bytes from this offset on, a block at a time. */
  async *readFrom(offset: number): AsyncGenerator<Buffer> {
    for (let at = offset; ; ) {
      const block = await this.read(at);
      if (block.length === 0) return;
      at += block.length;
      yield block;
    }
  }

  /** How many bytes the file has now. */
  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  /** To be waited for at each step of a long piece of work. Throws the signal's reason. */
  async step(): Promise<void> {
    if (++this.#steps % STEPS_PER_TURN === 0) await untilNextTurn();
    this.#signal?.throwIfAborted();
  }
}
