import { COLUMNS, type Column, type ColumnSource } from '../../../market/columns.ts';
import type { Kind } from '../../../market/kinds.ts';

/*
 * A row is kept as a run of doubles while it is sorted and written: which symbol it is of, whether it is simulated, which of
 * the set's rows it is, then the value of each column that has one of its own, NaN where it is null. Every number of a row is exact as a double.
 */

/** `double`: as it is. `integer`: whole and exact. `millis`: a time, epoch milliseconds. */
export type CellType = 'double' | 'integer' | 'millis';

const CELL_TYPES: Record<ColumnSource['from'], CellType | undefined> = {
  type: undefined,
  symbol: undefined,
  receivedAt: 'millis',
  seconds: 'millis',
  price: 'double',
  change: 'double',
  changePercent: 'double',
  spread: 'double',
  imbalance: 'double',
  integer: 'integer',
};

/** Where a row's symbol stands, as its number in the symbol table. */
export const SYMBOL_CELL = 0;
/** 1 for a simulated row, else 0. */
export const SIMULATED_CELL = 1;
/** Counts the rows of a set in the order in which they were recorded, from 0. */
export const SEQUENCE_CELL = 2;
const FIRST_VALUE_CELL = 3;

export interface ValueCell {
  readonly column: Column;
  readonly type: CellType;
  /** Where it stands among the cells of its row. */
  readonly at: number;
  /** Never null. */
  readonly isRequired: boolean;
}

/** Which cells the rows of a kind have. */
export class CellLayout {
  readonly kind: Kind;
  readonly values: readonly ValueCell[];
  /** Cells in a row. */
  readonly width: number;
  /** Where `received_at` stands. */
  readonly receivedAt: number;

  constructor(kind: Kind) {
    this.kind = kind;
    const values: ValueCell[] = [];
    for (const column of COLUMNS[kind]) {
      const type = CELL_TYPES[column.from];
      if (type === undefined) continue;
      values.push({ column, type, at: FIRST_VALUE_CELL + values.length, isRequired: column.from === 'receivedAt' });
    }
    this.values = values;
    this.width = FIRST_VALUE_CELL + values.length;
    this.receivedAt = values.findIndex(({ column }) => column.from === 'receivedAt') + FIRST_VALUE_CELL;
  }
}

/** Rows one after the other, each of its layout's width. Valid until the next is asked for. */
export interface CellBatch {
  readonly cells: Float64Array;
  readonly rows: number;
}
