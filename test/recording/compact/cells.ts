import { type CellBatch, type CellLayout, SYMBOL_CELL } from '../../../src/lib/recording/compact/cells/cell-layout.ts';
import { SymbolTable } from '../../../src/lib/recording/compact/cells/symbol-table.ts';

/** Rows whose values all differ, some of them null: row n is of symbol n modulo `symbols`. */
export function makeCells(layout: CellLayout, rows: number, symbols: number): CellBatch {
  const cells = new Float64Array(rows * layout.width);
  for (let row = 0; row < rows; row++) {
    for (let at = 1; at < layout.width; at++) {
      const value = row * layout.width + at;
      cells[value] = value % 13 === 0 ? Number.NaN : value / 4;
    }
    cells[row * layout.width + SYMBOL_CELL] = row % symbols;
  }
  return { cells, rows };
}

/** Symbols S0, S1 ... numbered so that the order of their texts is not that of their numbers. */
export function makeSymbols(count: number): SymbolTable {
  const table = new SymbolTable();
  for (let number = 0; number < count; number++) table.add(`NSE:S${(number * 7) % count}-EQ`);
  return table;
}
