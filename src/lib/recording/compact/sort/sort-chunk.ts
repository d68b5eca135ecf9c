import { type CellLayout, type RowBatch, SYMBOL_CELL } from '../cells/cell-layout.ts';
import type { SymbolTable } from '../cells/symbol-table.ts';

const FIRST_ROWS = 1024;

/** As many rows as are sorted in memory at once. */
export class SortChunk {
  readonly #layout: CellLayout;
  readonly #symbols: SymbolTable;
  readonly #maxRows: number;
  rows = 0;
  /** Its rows, and at times room behind them. */
  cells: Float64Array;

  /** @param maxBytes what its rows take at most; it always has room for one */
  constructor(layout: CellLayout, symbols: SymbolTable, maxBytes: number) {
    this.#layout = layout;
    this.#symbols = symbols;
    this.#maxRows = Math.max(1, Math.floor(maxBytes / (layout.width * Float64Array.BYTES_PER_ELEMENT)));
    this.cells = new Float64Array(Math.min(FIRST_ROWS, this.#maxRows) * layout.width);
  }

  get isFull(): boolean {
    return this.rows >= this.#maxRows;
  }

  /** Calls `fill` with the place of a row's cells, and counts the row unless `fill` returns false. Not when the chunk is full. */
  add(fill: (cells: Float64Array, at: number) => boolean): boolean {
    const at = this.rows * this.#layout.width;
    if (at >= this.cells.length) {
      const grown = new Float64Array(Math.min(this.rows * 2, this.#maxRows) * this.#layout.width);
      grown.set(this.cells);
      this.cells = grown;
    }
    if (!fill(this.cells, at)) return false;
    this.rows++;
    return true;
  }

  clear(): void {
    this.rows = 0;
  }

  /** Gives its memory back. */
  release(): void {
    this.clear();
    this.cells = new Float64Array(this.#layout.width);
  }

  /** The rows by symbol, then by time, then as they came; so many at a time. */
  *sorted(batchRows: number): Generator<RowBatch> {
    const { width } = this.#layout;
    const order = this.#order();
    const batch = new Float64Array(Math.min(batchRows, this.rows) * width);
    for (let begin = 0; begin < this.rows; begin += batchRows) {
      const rows = Math.min(batchRows, this.rows - begin);
      for (let row = 0; row < rows; row++) {
        const from = (order[begin + row] as number) * width;
        batch.set(this.cells.subarray(from, from + width), row * width);
      }
      yield { cells: batch, rows };
    }
  }

  #order(): Uint32Array {
    const { width, receivedAt } = this.#layout;
    const cells = this.cells;
    const ranks = this.#symbols.ranks();
    const rankOf = (row: number): number => ranks[cells[row * width + SYMBOL_CELL] as number] as number;
    const timeOf = (row: number): number => cells[row * width + receivedAt] as number;
    // Rows are counted into their symbols; within a symbol they mostly stand in order of time already.
    const ends = new Uint32Array(ranks.length + 1);
    for (let row = 0; row < this.rows; row++) (ends[rankOf(row) + 1] as number)++;
    for (let rank = 0; rank < ranks.length; rank++) (ends[rank + 1] as number) += ends[rank] as number;
    const order = new Uint32Array(this.rows);
    for (let row = 0; row < this.rows; row++) order[(ends[rankOf(row)] as number)++] = row;
    let begin = 0;
    for (const end of ends.subarray(0, ranks.length)) {
      const own = order.subarray(begin, end);
      const isInOrder = own.every((row, at) => at === 0 || timeOf(own[at - 1] as number) <= timeOf(row));
      if (!isInOrder) own.sort((a, b) => timeOf(a) - timeOf(b) || a - b);
      begin = end;
    }
    return order;
  }
}
