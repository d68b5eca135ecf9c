import { randomBytes } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { outputFailed } from '../../output/writer/write-error.ts';
import { type CellBatch, SEQUENCE_CELL } from '../compact/cells/cell-layout.ts';
import { appendAll } from '../compact/workspace/workspace.ts';

/** Rows that take no more are kept in memory. */
const MEMORY_BYTES = 64 * 1024 * 1024;
/** Rows of neighbouring places are set aside together, and read back as one piece. */
const SHELF_BYTES = 8 * 1024 * 1024;
/** So many rows of a shelf are collected before they are written. */
const PENDING_ROWS = 256;

export interface OrderedRowsLimits {
  readonly memoryBytes: number;
  readonly shelfBytes: number;
}

/** Rows of neighbouring places: those that wait to be written, and where the others stand in the file. */
interface Shelf {
  readonly pending: Float64Array;
  pendingRows: number;
  readonly extents: { readonly offset: number; readonly rows: number }[];
}

/**
 * Puts the rows of a set, which come by symbol, into the order in which they were recorded. Each row says its place, and there
 * is one for each place; so nothing is compared. Rows that do not fit into memory are set aside in a temporary file, which
 * has no name any more once it is open: it is gone with the process, however that ends.
 */
export class OrderedRows {
  readonly #width: number;
  readonly #rows: number;
  readonly #shelfRows: number;
  readonly #memory: Float64Array | undefined;
  readonly #shelves: (Shelf | undefined)[] = [];
  #file: FileHandle | undefined;
  #fileBytes = 0;

  /**
   * @param width cells in a row
   * @param rows how many will be added
   */
  constructor(
    width: number,
    rows: number,
    { memoryBytes, shelfBytes }: OrderedRowsLimits = { memoryBytes: MEMORY_BYTES, shelfBytes: SHELF_BYTES },
  ) {
    this.#width = width;
    this.#rows = rows;
    const rowBytes = width * Float64Array.BYTES_PER_ELEMENT;
    this.#shelfRows = Math.max(1, Math.floor(shelfBytes / rowBytes));
    if (rows * rowBytes <= memoryBytes) this.#memory = new Float64Array(rows * width);
  }

  /** False when a row has a place that there is not. Throws `OUTPUT_FAILED`. */
  async add({ cells, rows }: CellBatch): Promise<boolean> {
    for (let row = 0; row < rows; row++) {
      const at = row * this.#width;
      const place = cells[at + SEQUENCE_CELL] as number;
      if (!Number.isInteger(place) || place < 0 || place >= this.#rows) return false;
      const one = cells.subarray(at, at + this.#width);
      if (this.#memory) this.#memory.set(one, place * this.#width);
      else await this.#setAside(one, place);
    }
    return true;
  }

  /** The rows of so many places from `first` on, in their order. All rows have been added. Throws `OUTPUT_FAILED`. */
  async *read(first: number, count: number): AsyncGenerator<CellBatch> {
    const end = first + count;
    for (let at = first; at < end; ) {
      const shelf = Math.floor(at / this.#shelfRows);
      const shelfBegin = shelf * this.#shelfRows;
      const until = Math.min(end, shelfBegin + this.#shelfRows);
      const [cells, cellsBegin] = this.#memory ? [this.#memory, 0] : [await this.#take(shelf), shelfBegin];
      yield {
        cells: cells.subarray((at - cellsBegin) * this.#width, (until - cellsBegin) * this.#width),
        rows: until - at,
      };
      at = until;
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  #setAside(row: Float64Array, place: number): Promise<void> | undefined {
    const number = Math.floor(place / this.#shelfRows);
    this.#shelves[number] ??= { pending: new Float64Array(PENDING_ROWS * this.#width), pendingRows: 0, extents: [] };
    const shelf = this.#shelves[number];
    shelf.pending.set(row, shelf.pendingRows++ * this.#width);
    return shelf.pendingRows === PENDING_ROWS ? this.#write(shelf) : undefined;
  }

  async #write(shelf: Shelf): Promise<void> {
    const bytes = bytesOf(shelf.pending.subarray(0, shelf.pendingRows * this.#width));
    try {
      this.#file ??= await openNameless();
      await appendAll(this.#file, bytes);
    } catch (error) {
      throw outputFailed(tmpdir(), error);
    }
    shelf.extents.push({ offset: this.#fileBytes, rows: shelf.pendingRows });
    this.#fileBytes += bytes.length;
    shelf.pendingRows = 0;
  }

  /** A shelf's rows, each in its place. */
  async #take(number: number): Promise<Float64Array> {
    const ordered = new Float64Array(this.#shelfRows * this.#width);
    const shelf = this.#shelves[number];
    if (shelf === undefined) return ordered;
    const place = (rows: Float64Array): void => {
      for (let at = 0; at < rows.length; at += this.#width) {
        const within = (rows[at + SEQUENCE_CELL] as number) - number * this.#shelfRows;
        ordered.set(rows.subarray(at, at + this.#width), within * this.#width);
      }
    };
    for (const { offset, rows } of shelf.extents) {
      const cells = new Float64Array(rows * this.#width);
      const bytes = bytesOf(cells);
      for (let at = 0; at < bytes.length; ) {
        const read = await this.#file?.read(bytes, at, bytes.length - at, offset + at);
        if (!read?.bytesRead) throw new Error('a temporary file is shorter than it was');
        at += read.bytesRead;
      }
      place(cells);
    }
    place(shelf.pending.subarray(0, shelf.pendingRows * this.#width));
    return ordered;
  }
}

function bytesOf(cells: Float64Array): Uint8Array {
  return new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength);
}

async function openNameless(): Promise<FileHandle> {
  const file = path.join(tmpdir(), `tickpipe-replay-${randomBytes(8).toString('hex')}`);
  const handle = await open(file, 'wx+', 0o600);
  await unlink(file);
  return handle;
}
