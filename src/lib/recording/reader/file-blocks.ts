import type { FileHandle } from 'node:fs/promises';
import { setImmediate as untilNextTurn } from 'node:timers/promises';

const BLOCK_BYTES = 128 * 1024;
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
    const within = offset - this.#offset;
    if (within >= 0 && within < this.#block.length) return this.#block.subarray(within);
    const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    const { bytesRead } = await this.#handle.read(block, 0, BLOCK_BYTES, offset);
    this.#block = block.subarray(0, bytesRead);
    this.#offset = offset;
    return this.#block;
  }

  /** So many bytes from this offset on, fewer only at the end of the file. For small counts. */
  async readExactly(offset: number, count: number): Promise<Buffer> {
    const first = await this.read(offset);
    if (first.length >= count) return first.subarray(0, count);
    const parts = [first];
    let length = first.length;
    while (length < count) {
      const part = await this.read(offset + length);
      if (part.length === 0) break;
      parts.push(part.subarray(0, count - length));
      length += part.length;
    }
    return Buffer.concat(parts).subarray(0, count);
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
