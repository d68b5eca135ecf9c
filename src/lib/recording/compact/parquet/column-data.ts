import type { ColumnSource } from 'hyparquet-writer';
import { COLUMNS } from '../../../market/columns.ts';
import { ROW_TYPES } from '../../../market/kinds.ts';
import {
  type CellLayout,
  type RowBatch,
  SEQUENCE_CELL,
  SIMULATED_CELL,
  SYMBOL_CELL,
  type ValueCell,
} from '../cells/cell-layout.ts';
import type { SymbolTable } from '../cells/symbol-table.ts';
import { SEQUENCE_COLUMN, SIMULATED_COLUMN } from './schema.ts';

/** Texts are few and repeat: their columns are dictionaries whatever a sample of them says. */
const TEXT_ENCODING = 'RLE_DICTIONARY';
/** Within a symbol it grows by little. */
const SEQUENCE_ENCODING = 'DELTA_BINARY_PACKED';
const MAX_INT32 = 0x7fff_ffff;

/**
 * A batch's rows column by column, as the Parquet writer takes them, in the schema's order. A column is made when it is asked
 * for: the writer needs one at a time, and all of them would take several times the memory of the rows.
 */
export function columnsOf(batch: RowBatch, layout: CellLayout, symbols: SymbolTable): ColumnSource[] {
  const { width } = layout;
  const cells = new Map(layout.values.map((cell) => [cell.column, cell]));
  const columns = COLUMNS[layout.kind].map((column): ColumnSource => {
    const { name } = column;
    const cell = cells.get(column);
    if (cell !== undefined) return new LazyColumn(name, () => valuesOf(batch, width, cell));
    const type = ROW_TYPES[layout.kind];
    const read = column.from === 'symbol' ? (number: number) => symbols.nameOf(number) : () => type;
    return new LazyColumn(name, () => mapCells(batch, width, SYMBOL_CELL, read), TEXT_ENCODING);
  });
  columns.push(new LazyColumn(SIMULATED_COLUMN, () => mapCells(batch, width, SIMULATED_CELL, (cell) => cell === 1)));
  columns.push(new LazyColumn(SEQUENCE_COLUMN, () => placesOf(batch, width), SEQUENCE_ENCODING));
  return columns;
}

type ColumnEncoding = typeof TEXT_ENCODING | typeof SEQUENCE_ENCODING;

class LazyColumn implements ColumnSource {
  readonly name: string;
  readonly encoding?: ColumnEncoding;
  readonly statistics?: boolean;
  readonly #make: () => ColumnSource['data'];

  constructor(name: string, make: () => ColumnSource['data'], encoding?: ColumnEncoding) {
    this.name = name;
    this.#make = make;
    if (encoding) this.encoding = encoding;
    // Every group has places of the whole day.
    if (encoding === SEQUENCE_ENCODING) this.statistics = false;
  }

  get data(): ColumnSource['data'] {
    return this.#make();
  }
}

function mapCells<T>({ cells, rows }: RowBatch, width: number, at: number, read: (cell: number) => T): T[] {
  const values = new Array<T>(rows);
  for (let row = 0; row < rows; row++) values[row] = read(cells[row * width + at] as number);
  return values;
}

/** Without nulls a typed array, which takes less. */
function valuesOf(batch: RowBatch, width: number, { at, type }: ValueCell): ColumnSource['data'] {
  const { cells, rows } = batch;
  let hasNull = false;
  for (let row = 0; row < rows && !hasNull; row++) hasNull = Number.isNaN(cells[row * width + at]);
  if (hasNull) {
    const read = type === 'double' ? (cell: number) => cell : BigInt;
    return mapCells(batch, width, at, (cell) => (Number.isNaN(cell) ? null : read(cell)));
  }
  if (type !== 'double') return integersOf(batch, width, at);
  const doubles = new Float64Array(rows);
  for (let row = 0; row < rows; row++) doubles[row] = cells[row * width + at] as number;
  return doubles;
}

function integersOf({ cells, rows }: RowBatch, width: number, at: number): BigInt64Array {
  const integers = new BigInt64Array(rows);
  for (let row = 0; row < rows; row++) integers[row] = BigInt(cells[row * width + at] as number);
  return integers;
}

/** Numbers of 32 bits, as they nearly always are, are packed many times as fast as larger ones. */
function placesOf(batch: RowBatch, width: number): BigInt64Array | Int32Array {
  const { cells, rows } = batch;
  const places = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const place = cells[row * width + SEQUENCE_CELL] as number;
    if (place > MAX_INT32) return integersOf(batch, width, SEQUENCE_CELL);
    places[row] = place;
  }
  return places;
}
