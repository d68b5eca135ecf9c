import { type Kind, ROW_TYPES } from '../../../market/kinds.ts';
import { ndjsonTemplate } from '../../../output/rows/row-encoder.ts';
import { RowScanner } from '../../../output/rows/row-scanner.ts';
import { pathOf, type RowShape, rowShape } from '../../../output/rows/row-shape.ts';
import { type CellLayout, SIMULATED_CELL, SYMBOL_CELL, type ValueCell } from './cell-layout.ts';
import type { SymbolTable } from './symbol-table.ts';

const MS_PER_SECOND = 1000;

/** Reads rows of one kind into cells. */
export class RowParser {
  readonly #scanner: RowScanner;
  readonly #symbols: SymbolTable;
  readonly #symbolPlace: number;
  /** Of each cell with a value: where it stands in its row, its place for the scanner, and what its value is multiplied by. */
  readonly #cells: Uint8Array;
  readonly #places: Int16Array;
  readonly #factors: Uint16Array;
  readonly #absentCells: readonly number[];

  /** @param shape of the rows: a column that they do not have is null */
  constructor({ kind, values: all }: CellLayout, symbols: SymbolTable, shape: RowShape = rowShape(kind)) {
    const scanner = new RowScanner(shape);
    const hasColumn = ({ column }: ValueCell): boolean => scanner.placeOf(pathOf(column)) >= 0;
    const values = all.filter(hasColumn);
    this.#absentCells = all.filter((cell) => !hasColumn(cell)).map(({ at }) => at);
    this.#scanner = scanner;
    this.#symbols = symbols;
    this.#symbolPlace = scanner.placeOf('symbol');
    this.#cells = Uint8Array.from(values, ({ at }) => at);
    this.#places = Int16Array.from(values, ({ column }) => scanner.placeOf(pathOf(column)));
    this.#factors = Uint16Array.from(values, ({ column }) => (column.from === 'seconds' ? MS_PER_SECOND : 1));
  }

  /**
   * Puts the cells of the row that stands at `begin` at `at`, all but its place in the sequence. Returns the offset behind its line
   * end; -1 when no row of this kind stands there, or one of a symbol too many.
   * @param end the row must end by then
   */
  parse(bytes: Uint8Array, begin: number, end: number, cells: Float64Array, at: number): number {
    const scanner = this.#scanner;
    const rowEnd = scanner.scan(bytes, begin, end);
    if (rowEnd < 0) return -1;
    const place = this.#symbolPlace;
    const symbol = this.#symbols.addBytes(bytes, scanner.starts[place] as number, scanner.ends[place] as number);
    if (symbol === undefined) return -1;
    cells[at + SYMBOL_CELL] = symbol;
    cells[at + SIMULATED_CELL] = scanner.isSimulated ? 1 : 0;
    for (let cell = 0; cell < this.#cells.length; cell++) {
      const value = scanner.number(this.#places[cell] as number);
      const factor = this.#factors[cell] as number;
      // NaN is not multiplied: the result may be a NaN of other bits, and the checksum reads the bits.
      cells[at + (this.#cells[cell] as number)] = factor === 1 || Number.isNaN(value) ? value : value * factor;
    }
    for (const cell of this.#absentCells) cells[at + cell] = Number.NaN;
    return rowEnd;
  }
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
