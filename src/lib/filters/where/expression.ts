import type { Arithmetic, Comparison } from './parse.ts';

/*
 * An expression whose names are known and whose values have the right types. Every value may be unknown (null): then so is all
 * that is computed from it, and a comparison with it is neither true nor false.
 */

/** The type of a column. `flag`: true or false. */
export type ValueType = 'number' | 'text' | 'flag';

export type NumberExpression =
  | { readonly type: 'constant'; readonly value: number }
  | { readonly type: 'column'; readonly name: string }
  | { readonly type: 'negative'; readonly operand: NumberExpression }
  | {
      readonly type: 'arithmetic';
      readonly operator: Arithmetic;
      readonly left: NumberExpression;
      readonly right: NumberExpression;
    }
  | { readonly type: 'call'; readonly name: FunctionName; readonly operands: readonly NumberExpression[] };

export type TextExpression =
  | { readonly type: 'constant'; readonly value: string }
  | { readonly type: 'column'; readonly name: string };

export type Condition =
  | {
      readonly type: 'numbers';
      readonly operator: Comparison;
      readonly left: NumberExpression;
      readonly right: NumberExpression;
    }
  | {
      readonly type: 'texts';
      readonly operator: Comparison;
      readonly left: TextExpression;
      readonly right: TextExpression;
    }
  | { readonly type: 'flag'; readonly name: string }
  | { readonly type: 'not'; readonly operand: Condition }
  | { readonly type: 'and' | 'or'; readonly operands: readonly Condition[] };

/** How many operands each function takes. */
export const FUNCTIONS = {
  abs: { min: 1, max: 1 },
  min: { min: 2, max: Number.POSITIVE_INFINITY },
  max: { min: 2, max: Number.POSITIVE_INFINITY },
  round: { min: 1, max: 1 },
} as const satisfies Record<string, { readonly min: number; readonly max: number }>;
export type FunctionName = keyof typeof FUNCTIONS;

/** The columns that an expression may name. */
export interface KnownColumns {
  readonly types: ReadonlyMap<string, ValueType>;
  /** Names of columns that are no single value, and what to write instead. */
  readonly refused?: ReadonlyMap<string, string>;
  /** All texts that a column can have, where they are few. */
  readonly texts?: ReadonlyMap<string, readonly string[]>;
}
