import type { FileHandle } from 'node:fs/promises';
import type { CellBatch, CellLayout } from '../cells/cell-layout.ts';
import { appendAll, type OpenFile } from '../workspace/workspace.ts';
import { RunBlockCodec } from './run-block.ts';

/*
 * A run: sorted rows set aside in a file, block after block: how many bytes follow, as 32 bits, then the rows (run-block.ts).
 * Only the program that wrote it ever reads it.
 */

const LENGTH_BYTES = 4;

/** Writes sorted rows to a file. A batch becomes a block. */
export async function writeRun(
  file: string,
  batches: Iterable<CellBatch> | AsyncIterable<CellBatch>,
  layout: CellLayout,
  openFile: OpenFile,
): Promise<void> {
  const handle = await openFile(file, 'wx');
  const codec = new RunBlockCodec(layout);
  let bytes = Buffer.alloc(0);
  try {
    for await (const { cells, rows } of batches) {
      const maxBytes = LENGTH_BYTES + codec.maxBytes(rows);
      if (bytes.length < maxBytes) bytes = Buffer.allocUnsafeSlow(maxBytes);
      const end = codec.pack(cells, rows, bytes, LENGTH_BYTES);
      bytes.writeUInt32LE(end - LENGTH_BYTES);
      await appendAll(handle, bytes.subarray(0, end));
    }
  } finally {
    await handle.close();
  }
}

/** Reads a run's rows one by one. */
export class RunReader {
  readonly #handle: FileHandle;
  readonly #width: number;
  readonly #codec: RunBlockCodec;
  readonly #head = Buffer.alloc(LENGTH_BYTES);
  #packed = Buffer.alloc(0);
  /** The present block. */
  cells: Float64Array;
  /** Where its rows end. */
  end = 0;
  /** Where the present row's cells begin in it. */
  at = 0;

  /** @param blockRows in a block at most */
  static async open(file: string, layout: CellLayout, blockRows: number, openFile: OpenFile): Promise<RunReader> {
    return new RunReader(await openFile(file, 'r'), layout, blockRows);
  }

  private constructor(handle: FileHandle, layout: CellLayout, blockRows: number) {
    this.#handle = handle;
    this.#width = layout.width;
    this.#codec = new RunBlockCodec(layout);
    this.cells = new Float64Array(blockRows * layout.width);
    this.at = -layout.width;
  }

  /** Goes to the next row of the block; false when there is none, and the next block is to be read. */
  advance(): boolean {
    this.at += this.#width;
    return this.at < this.end;
  }

  /** Reads the next block and goes to its first row; false at the end of the run. */
  async readBlock(): Promise<boolean> {
    if (!(await this.#fill(this.#head))) return false;
    const length = this.#head.readUInt32LE(0);
    if (this.#packed.length < length) this.#packed = Buffer.allocUnsafeSlow(length);
    const packed = this.#packed.subarray(0, length);
    if (!(await this.#fill(packed))) throw new Error('a run ends within a block');
    this.end = this.#codec.unpack(packed, this.cells) * this.#width;
    this.at = 0;
    return true;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** False at the end of the file. */
  async #fill(bytes: Buffer): Promise<boolean> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await this.#handle.read(bytes, at, bytes.length - at, null);
      if (bytesRead === 0 && at === 0) return false;
      if (bytesRead === 0) throw new Error('a run ends within a block');
      at += bytesRead;
    }
    return true;
  }
}
