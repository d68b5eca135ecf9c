import type { ColumnSource } from 'hyparquet-writer';
import { COLUMNS } from '../../../market/columns.ts';
import { ROW_TYPES } from '../../../market/kinds.ts';
import { type CellLayout, type CellType, type RowBatch, SIMULATED_CELL, SYMBOL_CELL } from '../cell-layout.ts';
import type { SymbolTable } from '../symbol-table.ts';
import { SIMULATED_COLUMN } from './schema.ts';

/** Texts are few and repeat: their columns are dictionaries whatever a sample of them says. */
const TEXT_ENCODING = 'RLE_DICTIONARY';

/** A batch's rows column by column, as the Parquet writer takes them, in the schema's order. */
export function columnsOf(batch: RowBatch, layout: CellLayout, symbols: SymbolTable): ColumnSource[] {
  const cells = new Map(layout.values.map((cell) => [cell.column, cell]));
  const columns = COLUMNS[layout.kind].map((column): ColumnSource => {
    const { name } = column;
    const cell = cells.get(column);
    if (cell !== undefined) return { name, data: valuesOf(batch, layout.width, cell.at, cell.type) };
    const type = ROW_TYPES[layout.kind];
    const read = column.from === 'symbol' ? (number: number) => symbols.nameOf(number) : () => type;
    return { name, data: mapCells(batch, layout.width, SYMBOL_CELL, read), encoding: TEXT_ENCODING };
  });
  columns.push({ name: SIMULATED_COLUMN, data: mapCells(batch, layout.width, SIMULATED_CELL, (cell) => cell === 1) });
  return columns;
}

function mapCells<T>({ cells, rows }: RowBatch, width: number, at: number, read: (cell: number) => T): T[] {
  const values = new Array<T>(rows);
  for (let row = 0; row < rows; row++) values[row] = read(cells[row * width + at] as number);
  return values;
}

/** Without nulls a typed array, which takes a third of the memory. */
function valuesOf(batch: RowBatch, width: number, at: number, type: CellType): ColumnSource['data'] {
  const { cells, rows } = batch;
  let hasNull = false;
  for (let row = 0; row < rows && !hasNull; row++) hasNull = Number.isNaN(cells[row * width + at]);
  const isDouble = type === 'double';
  if (hasNull) {
    const read = isDouble ? (cell: number) => cell : BigInt;
    return mapCells(batch, width, at, (cell) => (Number.isNaN(cell) ? null : read(cell)));
  }
  const values = isDouble ? new Float64Array(rows) : new BigInt64Array(rows);
  for (let row = 0; row < rows; row++) {
    const cell = cells[row * width + at] as number;
    if (isDouble) (values as Float64Array)[row] = cell;
    else (values as BigInt64Array)[row] = BigInt(cell);
  }
  return values;
}
