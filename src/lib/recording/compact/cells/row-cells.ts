import { type Kind, ROW_TYPES } from '../../../market/kinds.ts';
import { ndjsonTemplate } from '../../../output/rows/row-encoder.ts';
import { type CellLayout, SIMULATED_CELL, SYMBOL_CELL, type ValueCell } from './cell-layout.ts';
import type { SymbolTable } from './symbol-table.ts';

type Fields = Readonly<Record<string, unknown>>;

const MS_PER_SECOND = 1000;

/** Parses rows of one kind into cells. The reader of recordings has checked them: all keys are there, and no others. */
export class RowParser {
  readonly #layout: CellLayout;
  readonly #symbols: SymbolTable;
  readonly #type: string;

  constructor(layout: CellLayout, symbols: SymbolTable) {
    this.#layout = layout;
    this.#symbols = symbols;
    this.#type = ROW_TYPES[layout.kind];
  }

  /** Puts a row's cells at `at`, all but its place in the sequence. False for a row of another kind, and for one with a number that no column can hold. */
  parse(text: string, cells: Float64Array, at: number): boolean {
    const row = JSON.parse(text) as Fields;
    if (row['type'] !== this.#type) return false;
    for (const cell of this.#layout.values) {
      const value = readCell(row, cell);
      if (value === undefined) return false;
      cells[at + cell.at] = value;
    }
    const symbol = this.#symbols.add(String(row['symbol']));
    if (symbol === undefined) return false;
    cells[at + SYMBOL_CELL] = symbol;
    cells[at + SIMULATED_CELL] = row['simulated'] === true ? 1 : 0;
    return true;
  }
}

/** A column's value, NaN for null; undefined for a value that its type does not allow. */
function readCell(row: Fields, { column: { name, place, from }, type, isRequired }: ValueCell): number | undefined {
  const value =
    place === undefined ? row[name] : (row[place.side] as readonly Fields[] | undefined)?.[place.level]?.[place.key];
  if (value === null && !isRequired) return Number.NaN;
  if (typeof value !== 'number') return undefined;
  const scaled = from === 'seconds' ? value * MS_PER_SECOND : value;
  if (type === 'double' ? !Number.isFinite(scaled) : !Number.isSafeInteger(scaled)) return undefined;
  // Both zeros are one value.
  return scaled + 0;
}

/** A value, and the fixed text in front of it. */
interface PrintedCell {
  readonly before: string;
  readonly cell: ValueCell;
}

/** Prints the cells of a row as the line that was recorded: the reverse of `RowParser`. */
export class RowPrinter {
  readonly #symbols: SymbolTable;
  readonly #beforeSymbol: string;
  readonly #cells: readonly PrintedCell[];
  readonly #end: string;
  readonly #simulatedEnd: string;

  constructor(layout: CellLayout, symbols: SymbolTable) {
    this.#symbols = symbols;
    const { kind } = layout;
    const { cells, after } = ndjsonTemplate(kind, { simulated: false });
    const values = new Map(layout.values.map((cell) => [cell.column.name, cell]));
    const printed: PrintedCell[] = [];
    let beforeSymbol = '';
    let text = '';
    for (const { before, column } of cells) {
      text += before;
      const cell = values.get(column.name);
      if (cell) printed.push({ before: text, cell });
      else if (column.from === 'symbol') beforeSymbol = text;
      else {
        text += JSON.stringify(ROW_TYPES[kind]);
        continue;
      }
      text = '';
    }
    this.#beforeSymbol = beforeSymbol;
    this.#cells = printed;
    this.#end = text + after;
    this.#simulatedEnd = simulatedEnd(kind);
  }

  /** The line of the row whose cells begin at `at`, with its line end. */
  print(cells: Float64Array, at: number): string {
    let line = this.#beforeSymbol + JSON.stringify(this.#symbols.nameOf(cells[at + SYMBOL_CELL] as number));
    for (const { before, cell } of this.#cells) line += before + textOf(cells[at + cell.at] as number, cell);
    return line + (cells[at + SIMULATED_CELL] === 1 ? this.#simulatedEnd : this.#end);
  }
}

function textOf(value: number, { column: { from } }: ValueCell): string {
  if (Number.isNaN(value)) return 'null';
  return String(from === 'seconds' ? value / MS_PER_SECOND : value);
}

function simulatedEnd(kind: Kind): string {
  return ndjsonTemplate(kind, { simulated: true }).after;
}
