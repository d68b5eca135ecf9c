import * as jsonSchemas from '../lib/market/row-json-schema.ts';
import { ROW_SCHEMAS } from '../lib/market/rows.ts';
import type * as rows from './row-types.ts';

/** A JSON Schema document of draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What is wrong with a value, and where in it. */
export interface RowIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Checks one type of row, as every library does that follows Standard Schema (`~standard`). A column that it does not list is refused. */
export interface RowSchema<T> {
  /** The value, when it is such a row. Throws an error whose `issues` say what is wrong. */
  parse(value: unknown): T;
  /** The same without throwing. */
  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: Error & { readonly issues: readonly RowIssue[] } };
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    validate(value: unknown): StandardResult<T> | Promise<StandardResult<T>>;
  };
}

type StandardResult<T> = { readonly value: T } | { readonly issues: readonly RowIssue[] };

/** Epoch numbers, or texts where they were printed with `--time iso`. */
type AnyTime = number | string;

/** The schemas of all rows that tickpipe prints, by the `type` of the row. */
export const rowSchemas: {
  readonly SymbolUpdate: RowSchema<rows.SymbolUpdate<AnyTime>>;
  readonly IndexUpdate: RowSchema<rows.IndexUpdate<AnyTime>>;
  readonly DepthUpdate: RowSchema<rows.DepthUpdate<AnyTime>>;
  readonly LiteUpdate: RowSchema<rows.LiteUpdate<AnyTime>>;
  readonly Gap: RowSchema<rows.GapRow<AnyTime>>;
  readonly Status: RowSchema<rows.StatusRow<AnyTime>>;
  readonly Skipped: RowSchema<rows.SkippedRow<AnyTime>>;
} = ROW_SCHEMAS;

/**
 * The JSON Schema of one type of row, as `tickpipe schema TYPE` prints it: each column with its meaning, its unit (`x-unit`) and
 * when it is null (`x-null`). Other keys are allowed, because a later version may add columns.
 */
export function rowJsonSchema(type: keyof typeof rowSchemas): JsonSchema {
  return jsonSchemas.rowJsonSchema(type);
}

/** One JSON Schema for every row: a choice between all types. */
export function allRowsJsonSchema(): JsonSchema {
  return jsonSchemas.allRowsJsonSchema();
}
