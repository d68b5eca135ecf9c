import type { SchemaElement } from 'hyparquet';
import { COLUMNS } from '../../../market/columns.ts';
import type { CellLayout, CellType } from '../cells/cell-layout.ts';

/*
 * What the columns of a kind's files are declared as, the same in every file whatever it holds, so that all of them are one
 * data set. Names and order are the contract's for CSV; `simulated` and `sequence` stand last in every file.
 */

export const TYPE_COLUMN = 'type';
export const SYMBOL_COLUMN = 'symbol';
export const SIMULATED_COLUMN = 'simulated';
export const SEQUENCE_COLUMN = 'sequence';

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

export function schemaOf(layout: CellLayout): SchemaElement[] {
  const cells = new Map(layout.values.map((cell) => [cell.column, cell]));
  const columns = COLUMNS[layout.kind].map((column): SchemaElement => {
    const { name } = column;
    const cell = cells.get(column);
    if (cell === undefined) return { name, ...STRING, repetition_type: 'REQUIRED' };
    return { name, ...DECLARED[cell.type], repetition_type: cell.isRequired ? 'REQUIRED' : 'OPTIONAL' };
  });
  columns.push({ name: SIMULATED_COLUMN, type: 'BOOLEAN', repetition_type: 'REQUIRED' });
  columns.push({ name: SEQUENCE_COLUMN, type: 'INT64', repetition_type: 'REQUIRED' });
  return [{ name: 'ticks', num_children: columns.length }, ...columns];
}
