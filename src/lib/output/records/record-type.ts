/** A value of a record. */
export type CellValue = string | number | boolean | null;

/** What the documents and tables need to know about a column. */
export interface ColumnFacts {
  /** When the value is null; a column without it never is. */
  readonly nullWhen?: string;
  readonly unit?: string;
  /** The values that it can have. */
  readonly values?: readonly CellValue[];
  /** The higher is left out first in the table of a narrow terminal; 0, the default, is never left out. */
  readonly rank?: number;
  /** In tables only when `--fields` names it. */
  readonly isHidden?: boolean;
  /** How many decimals a number has in tables, at least: prices stand below each other. */
  readonly decimals?: number;
  /** A moment, in epoch seconds or milliseconds: `--time iso` prints it as ISO 8601. */
  readonly time?: 'seconds' | 'milliseconds';
}

/** One column of a record. The type parameter is the type of its values. */
export interface RecordColumn<V extends CellValue = CellValue> extends ColumnFacts {
  readonly kind: 'text' | 'number' | 'boolean';
  readonly description: string;
  /** Rows without it have no such key in NDJSON; in CSV the column is there only where it is asked for. */
  readonly isOptional?: true;
  /** Never set: it carries the type of the values. */
  readonly value?: V;
}

type Columns = Readonly<Record<string, RecordColumn>>;

/** Rows that commands print beside ticks, such as `Symbol`: their columns in the order of their keys. */
export interface RecordType<C extends Columns = Columns> {
  /** The value of `type`, the first key of each row. */
  readonly name: string;
  /** Which commands print it, for the documents. */
  readonly printedBy: string;
  /** Without `type`. */
  readonly columns: C;
  /** A row as the program prints it, for the documents. */
  readonly sample: RowOf<C>;
}

type ValueOf<C> = C extends RecordColumn<infer V> ? V : never;
type OptionalKey<C extends Columns> = {
  [K in keyof C]: C[K] extends { readonly isOptional: true } ? K : never;
}[keyof C];
type RowOf<C extends Columns> = string extends keyof C
  ? Readonly<Record<string, CellValue | undefined>>
  : { readonly [K in Exclude<keyof C, OptionalKey<C>>]: ValueOf<C[K]> } & {
      readonly [K in OptionalKey<C>]?: ValueOf<C[K]> | undefined;
    };

/** The values of one row, without `type`. */
export type RecordRow<T extends RecordType> = RowOf<T['columns']>;

/** Keeps the exact type of the columns. */
export function defineRecord<const C extends Columns>(record: RecordType<C>): RecordType<C> {
  return record;
}

/** Makes a column optional. */
export function optional<C extends RecordColumn>(column: C): C & { readonly isOptional: true } {
  return { ...column, isOptional: true };
}

/** Marks a row as simulated: its last key, and the last column of a CSV file of simulated prices. */
export const SIMULATED_MARK = 'simulated';

/** The same type with more columns, which this run has: behind the others, in front of the mark of simulated rows. */
export function withColumns(record: RecordType, more: Columns): RecordType {
  const { [SIMULATED_MARK]: mark, ...columns } = record.columns;
  return { ...record, columns: { ...columns, ...more, ...(mark && { [SIMULATED_MARK]: mark }) } };
}

export function textColumn(description: string, facts: ColumnFacts & { nullWhen: string }): RecordColumn<string | null>;
export function textColumn(description: string, facts?: ColumnFacts): RecordColumn<string>;
export function textColumn(description: string, facts: ColumnFacts = {}): RecordColumn<string | null> {
  return { kind: 'text', description, ...facts };
}

export function numberColumn(
  description: string,
  facts: ColumnFacts & { nullWhen: string },
): RecordColumn<number | null>;
export function numberColumn(description: string, facts?: ColumnFacts): RecordColumn<number>;
export function numberColumn(description: string, facts: ColumnFacts = {}): RecordColumn<number | null> {
  return { kind: 'number', description, ...facts };
}

export function booleanColumn(
  description: string,
  facts: ColumnFacts & { nullWhen: string },
): RecordColumn<boolean | null>;
export function booleanColumn(description: string, facts?: ColumnFacts): RecordColumn<boolean>;
export function booleanColumn(description: string, facts: ColumnFacts = {}): RecordColumn<boolean | null> {
  return { kind: 'boolean', description, ...facts };
}
