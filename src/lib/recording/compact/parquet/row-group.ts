import type { CellBatch } from '../cells/cell-layout.ts';

/** Unused doubles between columns. Without them the cells of one row could share the same few lines of the processor's cache. */
const PADDING = 40;
const BATCH_ROWS = 1024;

/** The rows of a row group, column by column. */
export class RowGroup {
  readonly maxRows: number;
  rows = 0;
  readonly #columns: Float64Array[] = [];
  readonly #words: Uint32Array[] = [];

  /** @param width cells in a row */
  constructor(width: number, maxRows: number) {
    this.maxRows = maxRows;
    const stride = maxRows + PADDING;
    const cells = new Float64Array(width * stride);
    for (let at = 0; at < width; at++) {
      const column = cells.subarray(at * stride, at * stride + maxRows);
      this.#columns.push(column);
      this.#words.push(new Uint32Array(column.buffer, column.byteOffset, column.length * 2));
    }
  }

  get isFull(): boolean {
    return this.rows === this.maxRows;
  }

  /** The values of the cells that stand at `at` in their rows. */
  column(at: number): Float64Array {
    return this.#columns[at] as Float64Array;
  }

  /** The same memory as `column`, as integers of 32 bits. */
  words(at: number): Uint32Array {
    return this.#words[at] as Uint32Array;
  }

  /** Adds rows of a batch from `from` on, as many as there is room for. Returns their number. */
  add({ cells, rows }: CellBatch, from: number): number {
    const count = Math.min(rows - from, this.maxRows - this.rows);
    const columns = this.#columns;
    const width = columns.length;
    for (let row = 0, read = from * width; row < count; row++) {
      const place = this.rows + row;
      for (let at = 0; at < width; at++) (columns[at] as Float64Array)[place] = cells[read++] as number;
    }
    this.rows += count;
    return count;
  }

  /** Its rows one after the other, so many at a time. */
  *batches(): Generator<CellBatch> {
    const columns = this.#columns;
    const width = columns.length;
    const cells = new Float64Array(Math.min(this.rows, BATCH_ROWS) * width);
    for (let begin = 0; begin < this.rows; begin += BATCH_ROWS) {
      const rows = Math.min(BATCH_ROWS, this.rows - begin);
      for (let row = 0, to = 0; row < rows; row++) {
        for (let at = 0; at < width; at++) cells[to++] = (columns[at] as Float64Array)[begin + row] as number;
      }
      yield { cells: cells.subarray(0, rows * width), rows };
    }
  }

  clear(): void {
    this.rows = 0;
  }
}
