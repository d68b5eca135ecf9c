import type { Kind } from '../../../market/kinds.ts';
import { ROW_TYPES } from '../../../market/kinds.ts';
import { ndjsonTemplate } from '../../../output/rows/row-encoder.ts';
import { type CellLayout, SIMULATED_CELL, SYMBOL_CELL, type ValueCell } from './cell-layout.ts';
import type { SymbolTable } from './symbol-table.ts';

const MS_PER_SECOND = 1000;

/** A value, and the fixed text in front of it. */
interface PrintedCell {
  readonly before: string;
  readonly cell: ValueCell;
}

/** Makes of the cells of a row the line that was recorded: the other way round than the row parser. */
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
