import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { RowBatch } from '../cells/cell-layout.ts';
import { appendAll, type OpenFile } from '../workspace/workspace.ts';

/*
 * A run: sorted rows set aside in a file, block after block: how many bytes follow, as 32 bits, then the cells, deflated.
 * Only the program that wrote it ever reads it.
 */

const LENGTH_BYTES = 4;
const FASTEST = 1;
const deflate = promisify<Buffer, { level: number }, Buffer>(deflateRaw);
const inflate = promisify<Buffer, Buffer>(inflateRaw);

/** Writes sorted rows to a file. A batch becomes a block. */
export async function writeRun(
  file: string,
  batches: Iterable<RowBatch> | AsyncIterable<RowBatch>,
  width: number,
  openFile: OpenFile,
): Promise<void> {
  const handle = await openFile(file, 'wx');
  try {
    for await (const { cells, rows } of batches) {
      const packed = await deflate(bytesOf(cells.subarray(0, rows * width)), { level: FASTEST });
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32LE(packed.length);
      await appendAll(handle, Buffer.concat([length, packed]));
    }
  } finally {
    await handle.close();
  }
}

/** Reads a run's rows one by one. */
export class RunReader {
  readonly #handle: FileHandle;
  readonly #width: number;
  /** The present block. */
  cells = new Float64Array(0);
  /** Where the present row's cells begin in it. */
  at = 0;

  static async open(file: string, width: number, openFile: OpenFile): Promise<RunReader> {
    return new RunReader(await openFile(file, 'r'), width);
  }

  private constructor(handle: FileHandle, width: number) {
    this.#handle = handle;
    this.#width = width;
    this.at = -width;
  }

  /** Goes to the next row of the block; false when there is none, and the next block is to be read. */
  advance(): boolean {
    this.at += this.#width;
    return this.at < this.cells.length;
  }

  /** Reads the next block and goes to its first row; false at the end of the run. */
  async readBlock(): Promise<boolean> {
    const head = Buffer.alloc(LENGTH_BYTES);
    const { bytesRead } = await this.#handle.read(head, 0, LENGTH_BYTES, null);
    if (bytesRead === 0) return false;
    const packed = Buffer.allocUnsafeSlow(head.readUInt32LE(0));
    for (let at = 0; at < packed.length; ) {
      const { bytesRead: count } = await this.#handle.read(packed, at, packed.length - at, null);
      if (count === 0) throw new Error('a run ends within a block');
      at += count;
    }
    const bytes = await inflate(packed);
    this.cells = new Float64Array(bytes.length / Float64Array.BYTES_PER_ELEMENT);
    bytes.copy(bytesOf(this.cells));
    this.at = 0;
    return true;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

function bytesOf(cells: Float64Array): Buffer {
  return Buffer.from(cells.buffer, cells.byteOffset, cells.byteLength);
}
