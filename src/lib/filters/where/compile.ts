import type { Condition, NumberExpression, TextExpression } from './expression.ts';
import type { Comparison } from './parse.ts';

/*
 * Conditions become one function of JavaScript. In a tree of closures each number would be a new object, and a call would cost more
 * than the comparison. The source is made of the parts in this file, of places in arrays and of numbers: no character of the
 * expression, and nothing that a feed sends, is in it. Texts are read out of a list.
 *
 * An unknown number is NaN, which is in no relation to anything, and an unknown text is null. A condition is written in two ways, as
 * "it is true" and as "it is false"; of an unknown one both are false. So three-valued logic needs no third value.
 */

/** Whether rows match: takes the numbers (NaN: unknown) and the texts (null: unknown) of a row. */
export type Predicate = (numbers: Float64Array, texts: readonly (string | null)[]) => boolean;

/** A column as the source of an expression: a place in `numbers` or `texts`, or a function of such places. */
export interface ColumnCode {
  /** A number; of a flag, 1 or 0. */
  number(name: string): string;
  text(name: string): string;
}

/** The source of a number, and of a text, that is unknown in all rows. */
export const UNKNOWN_NUMBER = 'NaN';
export const UNKNOWN_TEXT = 'null';

/** Counts what a row makes impossible: a division by zero. */
export interface Failures {
  failed: boolean;
}

/** What the source calls, beside `Math`. */
interface Operations {
  divide(dividend: number, divisor: number): number;
  remainder(dividend: number, divisor: number): number;
  round(value: number): number;
  mid(bid: number, ask: number, bidSize: number, askSize: number): number;
  spreadBps(bid: number, ask: number, bidSize: number, askSize: number): number;
  dayPosition(ltp: number, low: number, high: number): number;
}

const BASIS_POINTS = 10_000;

function createOperations(failures: Failures): Operations {
  const mid = (bid: number, ask: number, bidSize: number, askSize: number): number =>
    // As the spread: null where a side is empty, as in a locked circuit.
    bid !== 0 && ask !== 0 && bidSize > 0 && askSize > 0 ? (bid + ask) / 2 : Number.NaN;
  const check = (dividend: number, divisor: number): boolean => {
    if (divisor !== 0 || Number.isNaN(dividend)) return true;
    failures.failed = true;
    return false;
  };
  return {
    divide: (dividend, divisor) => (check(dividend, divisor) ? dividend / divisor : Number.NaN),
    remainder: (dividend, divisor) => (check(dividend, divisor) ? dividend % divisor : Number.NaN),
    // Halves away from zero, as all rounding here.
    round: (value) => (value < 0 ? -Math.round(-value) : Math.round(value)),
    mid,
    spreadBps: (bid, ask, bidSize, askSize) => {
      const middle = Math.abs(mid(bid, ask, bidSize, askSize));
      return middle === 0 ? Number.NaN : ((ask - bid) / middle) * BASIS_POINTS;
    },
    dayPosition: (ltp, low, high) => (high > low ? (ltp - low) / (high - low) : Number.NaN),
  };
}

/** The source of a call. @param operands sources of numbers */
export function callCode(operation: keyof Operations, operands: readonly string[]): string {
  return `o.${operation}(${operands.join(',')})`;
}

/** Makes the function that says whether a condition is true. @param failures gets what happens at run time */
export function compileCondition(condition: Condition, columns: ColumnCode, failures: Failures): Predicate {
  const texts: string[] = [];
  const code = new Writer(columns, texts).write(condition, true);
  const create = new Function('o', 't', `"use strict";return (n,s)=>${code};`) as (
    operations: Operations,
    texts: readonly string[],
  ) => Predicate;
  return create(createOperations(failures), texts);
}

/** Of each comparison, the one that is true exactly where it is false. */
const OPPOSITES: Readonly<Record<Comparison, Comparison>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};

class Writer {
  readonly #columns: ColumnCode;
  readonly #texts: string[];

  constructor(columns: ColumnCode, texts: string[]) {
    this.#columns = columns;
    this.#texts = texts;
  }

  /** The source of "the condition is true", or of "it is false". */
  write(condition: Condition, wanted: boolean): string {
    switch (condition.type) {
      case 'numbers': {
        const { operator, left, right } = condition;
        return compareNumbers(wanted ? operator : OPPOSITES[operator], this.#number(left), this.#number(right));
      }
      case 'texts': {
        const { operator, left, right } = condition;
        return this.#compareTexts(wanted ? operator : OPPOSITES[operator], left, right);
      }
      case 'flag':
        return `${this.#columns.number(condition.name)}===${wanted ? 1 : 0}`;
      case 'not':
        return this.write(condition.operand, !wanted);
      default: {
        // `a and b` is false when one of them is.
        const isAnd = (condition.type === 'and') === wanted;
        return `(${condition.operands.map((operand) => this.write(operand, wanted)).join(isAnd ? '&&' : '||')})`;
      }
    }
  }

  #compareTexts(operator: Comparison, left: TextExpression, right: TextExpression): string {
    const a = this.#text(left);
    const b = this.#text(right);
    const sign = operator === '==' || operator === '!=' ? `${operator}=` : operator;
    return `(${a}!==null&&${b}!==null&&${a}${sign}${b})`;
  }

  #text(text: TextExpression): string {
    if (text.type === 'column') return this.#columns.text(text.name);
    return `t[${this.#texts.push(text.value) - 1}]`;
  }

  #number(number: NumberExpression): string {
    switch (number.type) {
      case 'constant':
        return `${number.value}`;
      case 'column':
        return this.#columns.number(number.name);
      case 'negative':
        return `(- ${this.#number(number.operand)})`;
      case 'arithmetic': {
        const { operator } = number;
        const operands = [this.#number(number.left), this.#number(number.right)];
        if (operator === '/') return callCode('divide', operands);
        if (operator === '%') return callCode('remainder', operands);
        return `(${operands.join(operator)})`;
      }
      case 'call': {
        const operands = number.operands.map((operand) => this.#number(operand));
        return number.name === 'round' ? callCode('round', operands) : `Math.${number.name}(${operands.join(',')})`;
      }
    }
  }
}

function compareNumbers(operator: Comparison, a: string, b: string): string {
  // `!==` would be true of an unknown number.
  if (operator === '!=') return `(${a}<${b}||${a}>${b})`;
  return operator === '==' ? `${a}===${b}` : `${a}${operator}${b}`;
}
