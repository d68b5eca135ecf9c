import { type CellBatch, type CellLayout, SYMBOL_CELL } from '../cells/cell-layout.ts';
import type { SymbolTable } from '../cells/symbol-table.ts';

/** One row in so many has spare room: rows come many at a time, so that some follow the one that fills the chunk. */
const SPARE_SHARE = 8;
/** How many rows the chunk grows by when that is not enough. */
const MORE_ROWS = 1024;

/** As many rows as are sorted in memory at once. */
export class SortChunk {
  readonly #layout: CellLayout;
  readonly #symbols: SymbolTable;
  readonly #maxRows: number;
  rows = 0;
  /** Its rows, and room behind them. Unused room costs nothing: the system gives out memory when it is written to. */
  cells: Float64Array;

  /** @param maxBytes what its rows may take; one row always has room */
  constructor(layout: CellLayout, symbols: SymbolTable, maxBytes: number) {
    this.#layout = layout;
    this.#symbols = symbols;
    this.#maxRows = Math.max(1, Math.floor(maxBytes / (layout.width * Float64Array.BYTES_PER_ELEMENT)));
    this.cells = new Float64Array((this.#maxRows + Math.ceil(this.#maxRows / SPARE_SHARE)) * layout.width);
  }

  get isFull(): boolean {
    return this.rows >= this.#maxRows;
  }

  /** Makes room for one more row, and returns where its cells begin. It belongs to the chunk once `rows` counts it. */
  makeRoom(): number {
    const { width } = this.#layout;
    const at = this.rows * width;
    if (at >= this.cells.length) {
      const grown = new Float64Array((this.rows + MORE_ROWS) * width);
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
  *sorted(batchRows: number): Generator<CellBatch> {
    const { width } = this.#layout;
    const order = this.#order();
    const { cells } = this;
    const batch = new Float64Array(Math.min(batchRows, this.rows) * width);
    for (let begin = 0; begin < this.rows; begin += batchRows) {
      const rows = Math.min(batchRows, this.rows - begin);
      for (let row = 0, to = 0; row < rows; row++) {
        const from = (order[begin + row] as number) * width;
        for (let cell = 0; cell < width; cell++) batch[to++] = cells[from + cell] as number;
      }
      yield { cells: batch, rows };
    }
  }

  #order(): Uint32Array {
    const { width, receivedAt } = this.#layout;
    const { cells, rows } = this;
    const ranks = this.#symbols.ranks();
    // Rows are counted into their symbols; within a symbol they mostly stand in order of time already.
    const rankOf = new Uint32Array(rows);
    const ends = new Uint32Array(ranks.length + 1);
    for (let row = 0, at = SYMBOL_CELL; row < rows; row++, at += width) {
      const rank = ranks[cells[at] as number] as number;
      rankOf[row] = rank;
      (ends[rank + 1] as number)++;
    }
    for (let rank = 0; rank < ranks.length; rank++) (ends[rank + 1] as number) += ends[rank] as number;
    const order = new Uint32Array(rows);
    const lastTimes = new Float64Array(ranks.length).fill(Number.NEGATIVE_INFINITY);
    const isMixed = new Uint8Array(ranks.length);
    for (let row = 0, at = receivedAt; row < rows; row++, at += width) {
      const rank = rankOf[row] as number;
      const time = cells[at] as number;
      if (time < (lastTimes[rank] as number)) isMixed[rank] = 1;
      lastTimes[rank] = time;
      order[(ends[rank] as number)++] = row;
    }
    const timeOf = (row: number): number => cells[row * width + receivedAt] as number;
    for (let rank = 0, begin = 0; rank < ranks.length; rank++) {
      const end = ends[rank] as number;
      if (isMixed[rank] === 1) order.subarray(begin, end).sort((a, b) => timeOf(a) - timeOf(b) || a - b);
      begin = end;
    }
    return order;
  }
}
