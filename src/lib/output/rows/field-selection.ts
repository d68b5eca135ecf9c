import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { isNumeric, type NumericColumn } from '../../market/column-value.ts';
import { COLUMNS, type Column } from '../../market/columns.ts';
import { type Kind, ROW_TYPES } from '../../market/kinds.ts';

/** Marks a simulated row. Every row of a simulated feed has it as its last column, whatever is selected; no other row has it. */
export const SIMULATED = 'simulated';

/** One selected field of one kind of row: a column, a side of the book, or a column that only other kinds have. */
export type Field =
  | { readonly name: string; readonly column: Column }
  | { readonly name: 'bid' | 'ask'; readonly side: readonly Column[] }
  | { readonly name: string; readonly column: undefined };

/** The columns of one side of the book, best level first. */
function sideOf(kind: Kind, side: 'bid' | 'ask'): Column[] {
  return COLUMNS[kind].filter(({ place }) => place?.side === side);
}

/** All names that `--fields` takes for rows of these kinds. */
export function fieldNames(kinds: readonly Kind[]): string[] {
  const names = new Set(kinds.flatMap((kind) => COLUMNS[kind].map(({ name }) => name)));
  if (kinds.includes('depth')) names.add('bid').add('ask');
  return [...names];
}

/** Throws `UNKNOWN_FIELD`, which lists the valid names, for an unknown one. @param flag the flag with these names */
export function checkFields(names: readonly string[], kinds: readonly Kind[], flag: string): void {
  const valid = fieldNames(kinds);
  const unknown = names.filter((name) => name !== SIMULATED && !valid.includes(name));
  if (names.length > 0 && unknown.length === 0) return;
  const message = names.length === 0 ? 'no column given' : `no column ${unknown.join(', ')}`;
  throw new TickpipeError('UNKNOWN_FIELD', `--${flag}: ${message}; there are ${valid.join(', ')}`);
}

/** The fields of NDJSON rows of one kind: those selected, else the contract's, with the book nested. */
export function selectNested(kind: Kind, names: readonly string[] | undefined): Field[] {
  const wanted = names ?? COLUMNS[kind].map(({ name, place }) => place?.side ?? name);
  return [...new Set(wanted)].filter((name) => name !== SIMULATED).map((name) => fieldNamed(kind, name));
}

/** The columns of CSV and tables for rows of these kinds: one list for all of them, sides of the book flattened. */
export function selectFlat(kinds: readonly Kind[], names: readonly string[] | undefined): string[] {
  const wanted = names ?? kinds.flatMap((kind) => COLUMNS[kind].map(({ name }) => name));
  const flat = wanted.flatMap((name) => (name === 'bid' || name === 'ask' ? flatSide(kinds, name) : [name]));
  return [...new Set(flat)].filter((name) => name !== SIMULATED);
}

/** In rows of quotes `bid` is a price. */
function flatSide(kinds: readonly Kind[], name: 'bid' | 'ask'): string[] {
  return kinds.includes('depth') ? sideOf('depth', name).map((column) => column.name) : [name];
}

/** The columns of one kind of row that a name stands for: one, a whole side of the book, or none. */
export function columnsNamed(kind: Kind, name: string): readonly Column[] {
  const side = name === 'bid' || name === 'ask' ? sideOf(kind, name) : [];
  return side.length > 0 ? side : COLUMNS[kind].filter((column) => column.name === name);
}

export function columnNamed(kind: Kind, name: string): Column | undefined {
  return COLUMNS[kind].find((column) => column.name === name);
}

/** The same, of a column that holds a number. */
export function numericColumnNamed(kind: Kind, name: string): NumericColumn | undefined {
  const column = columnNamed(kind, name);
  return column && isNumeric(column) ? column : undefined;
}

function fieldNamed(kind: Kind, name: string): Field {
  if (kind === 'depth' && (name === 'bid' || name === 'ask')) return { name, side: sideOf(kind, name) };
  return { name, column: columnNamed(kind, name) };
}

/** The answer to `--fields help`: the names for each kind of row. */
export function describeFields(kinds: readonly Kind[]): string {
  const lines = kinds.map((kind) => `${ROW_TYPES[kind]}: ${fieldNames([kind]).join(' ')}\n`);
  const nested = kinds.includes('depth') ? 'bid and ask are the whole side: nested in NDJSON, 15 columns in CSV\n' : '';
  return lines.join('') + nested;
}
