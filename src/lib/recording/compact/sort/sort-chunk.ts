import { type CellLayout, type RowBatch, SYMBOL_CELL } from '../cells/cell-layout.ts';
import type { SymbolTable } from '../cells/symbol-table.ts';

const FIRST_ROWS = 1024;

/** As many rows as are sorted in memory at once, and a few more that came with the last of them. */
export class SortChunk {
  readonly #layout: CellLayout;
  readonly #symbols: SymbolTable;
  readonly #maxRows: number;
  rows = 0;
  /** Its rows, and at times room behind them. */
  cells: Float64Array;

  /** @param maxBytes what its rows take when it is full; it is never full without a row */
  constructor(layout: CellLayout, symbols: SymbolTable, maxBytes: number) {
    this.#layout = layout;
    this.#symbols = symbols;
    this.#maxRows = Math.max(1, Math.floor(maxBytes / (layout.width * Float64Array.BYTES_PER_ELEMENT)));
    this.cells = new Float64Array(Math.min(FIRST_ROWS, this.#maxRows) * layout.width);
  }

  get isFull(): boolean {
    return this.rows >= this.#maxRows;
  }

  /** Makes room for one more row, and returns where its cells begin. It belongs to the chunk once `rows` counts it. */
  makeRoom(): number {
    const { width } = this.#layout;
    const at = this.rows * width;
    if (at >= this.cells.length) {
      const doubled = Math.min(this.rows * 2, this.#maxRows);
      const grown = new Float64Array(Math.max(doubled, this.rows + FIRST_ROWS) * width);
      grown.set(this.cells);
      this.cells = grown;
    }
    return at;
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
