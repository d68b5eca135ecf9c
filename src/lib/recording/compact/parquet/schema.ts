import type { SchemaElement } from 'hyparquet';
import { COLUMNS } from '../../../market/columns.ts';
import { type CellLayout, type CellType, SEQUENCE_CELL, SIMULATED_CELL, SYMBOL_CELL } from '../cells/cell-layout.ts';

/*
 * What the columns of a kind's files are declared as, the same in every file whatever it holds, so that all of them are one
 * data set. Names and order are the contract's for CSV; `simulated` and `sequence` stand last in every file.
 */

const SIMULATED_COLUMN = 'simulated';
const SEQUENCE_COLUMN = 'sequence';

type Declared = Omit<SchemaElement, 'name' | 'repetition_type'>;

export const STRING: Declared = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
export const TIME: Declared = {
  type: 'INT64',
  converted_type: 'TIMESTAMP_MILLIS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
};
const DECLARED: Record<CellType, Declared> = {
  double: { type: 'DOUBLE' },
  integer: { type: 'INT64' },
  millis: TIME,
};

/** How a column's values are kept in its cell, and written. */
export type StoredForm = CellType | 'type' | 'symbol' | 'flag' | 'sequence';

/** A column of a compacted file. */
export interface StoredColumn {
  readonly element: SchemaElement;
  readonly form: StoredForm;
  /** Where its cell stands in a row; the type, which is the same in all rows, has none. */
  readonly at: number | undefined;
}

/** The columns of a kind's files, in their order. */
export function storedColumns(layout: CellLayout): StoredColumn[] {
  const cells = new Map(layout.values.map((cell) => [cell.column, cell]));
  const required = (name: string, declared: Declared): SchemaElement => ({
    name,
    ...declared,
    repetition_type: 'REQUIRED',
  });
  const columns = COLUMNS[layout.kind].map((column): StoredColumn => {
    const { name } = column;
    const cell = cells.get(column);
    if (cell === undefined) {
      const isType = column.from === 'type';
      return {
        element: required(name, STRING),
        form: isType ? 'type' : 'symbol',
        at: isType ? undefined : SYMBOL_CELL,
      };
    }
    const repetition = cell.isRequired ? 'REQUIRED' : 'OPTIONAL';
    return { element: { name, ...DECLARED[cell.type], repetition_type: repetition }, form: cell.type, at: cell.at };
  });
  columns.push({ element: required(SIMULATED_COLUMN, { type: 'BOOLEAN' }), form: 'flag', at: SIMULATED_CELL });
  columns.push({ element: required(SEQUENCE_COLUMN, { type: 'INT64' }), form: 'sequence', at: SEQUENCE_CELL });
  return columns;
}

export function schemaOf(columns: readonly StoredColumn[]): SchemaElement[] {
  return [{ name: 'ticks', num_children: columns.length }, ...columns.map(({ element }) => element)];
}
