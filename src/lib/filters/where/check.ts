import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { findNearest } from '../../text/nearest.ts';
import {
  type Condition,
  FUNCTIONS,
  type FunctionName,
  type KnownColumns,
  type NumberExpression,
  type TextExpression,
} from './expression.ts';
import { parseExpression, type Syntax } from './parse.ts';
import { LANGUAGE_HINT, whereError } from './where-error.ts';

type Typed =
  | { readonly is: 'number'; readonly value: NumberExpression }
  | { readonly is: 'text'; readonly value: TextExpression }
  | { readonly is: 'condition'; readonly value: Condition };

/** What each type is called in messages. */
const WORDS = { number: 'a number', text: 'a text', condition: 'a condition' } as const;

/** Words of other languages, and what to write instead. */
const FOREIGN_WORDS: ReadonlyMap<string, string> = new Map([
  ['null', 'null never matches, so nothing can be compared with it'],
  ['true', 'a column that is true or false is a condition by itself, as in: final'],
  ['false', 'a column that is true or false is a condition by itself, as in: not final'],
]);

/**
 * The condition that an expression is for rows with these columns. Throws `USAGE` for what is no condition, `UNKNOWN_FIELD` for a
 * name that no column has.
 */
export function readCondition(text: string, columns: KnownColumns): Condition {
  return new Checker(text, columns).check(parseExpression(text));
}

class Checker {
  readonly #text: string;
  readonly #columns: KnownColumns;

  constructor(text: string, columns: KnownColumns) {
    this.#text = text;
    this.#columns = columns;
  }

  check(syntax: Syntax): Condition {
    return this.#condition(syntax, 'compare it with something, as in volume > 1000');
  }

  #typed(syntax: Syntax): Typed {
    switch (syntax.type) {
      case 'number':
        return { is: 'number', value: { type: 'constant', value: syntax.value } };
      case 'text':
        return { is: 'text', value: { type: 'constant', value: syntax.value } };
      case 'name':
        return this.#column(syntax.name, syntax);
      case 'call':
        return { is: 'number', value: this.#call(syntax.name, syntax.operands, syntax) };
      case 'negative':
        return { is: 'number', value: { type: 'negative', operand: this.#number(syntax.operand) } };
      case 'arithmetic': {
        const { operator, left, right } = syntax;
        const value = { type: 'arithmetic', operator, left: this.#number(left), right: this.#number(right) } as const;
        return { is: 'number', value };
      }
      default:
        return { is: 'condition', value: this.#compound(syntax) };
    }
  }

  #compound(syntax: Extract<Syntax, { readonly type: 'not' | 'and' | 'or' | 'comparison' | 'in' }>): Condition {
    switch (syntax.type) {
      case 'not':
        return { type: 'not', operand: this.#condition(syntax.operand) };
      case 'and':
      case 'or':
        return { type: syntax.type, operands: syntax.operands.map((operand) => this.#condition(operand)) };
      case 'comparison':
        return this.#comparison(syntax.operator, syntax.left, syntax.right, syntax);
      case 'in': {
        const { left, operands } = syntax;
        return { type: 'or', operands: operands.map((one) => this.#comparison('==', left, one, one)) };
      }
    }
  }

  #comparison(operator: '==' | '!=' | '<' | '<=' | '>' | '>=', a: Syntax, b: Syntax, { at }: Syntax): Condition {
    const left = this.#typed(a);
    const right = this.#typed(b);
    if (left.is === 'number' && right.is === 'number') {
      return { type: 'numbers', operator, left: left.value, right: right.value };
    }
    if (left.is === 'text' && right.is === 'text') {
      this.#checkTexts(left.value, right.value, b);
      this.#checkTexts(right.value, left.value, a);
      return { type: 'texts', operator, left: left.value, right: right.value };
    }
    const what =
      left.is === right.is ? 'two conditions cannot be compared' : `${WORDS[left.is]} compared with ${WORDS[right.is]}`;
    throw whereError(this.#text, { what, at, hint: this.#hintOfTypes(left, right) });
  }

  #hintOfTypes(left: Typed, right: Typed): string {
    if (left.is === 'condition' || right.is === 'condition') return 'join conditions with and, or';
    return 'numbers stand without quotes, texts in double quotes';
  }

  /** A text that a column never has is a typing error. */
  #checkTexts(column: TextExpression, text: TextExpression, { at }: Syntax): void {
    const possible = column.type === 'column' ? this.#columns.texts?.get(column.name) : undefined;
    if (column.type !== 'column' || text.type !== 'constant' || !possible || possible.includes(text.value)) return;
    const nearest = findNearest(text.value, possible);
    const hint = nearest ? `did you mean "${nearest}"?` : `one of ${possible.join(', ')}`;
    throw whereError(this.#text, { what: `${column.name} is never that text`, at, hint });
  }

  #column(name: string, { at }: Syntax): Typed {
    const type = this.#columns.types.get(name);
    if (type === 'number') return { is: 'number', value: { type: 'column', name } };
    if (type === 'text') return { is: 'text', value: { type: 'column', name } };
    if (type === 'flag') return { is: 'condition', value: { type: 'flag', name } };
    const foreign = FOREIGN_WORDS.get(name);
    if (foreign !== undefined) throw whereError(this.#text, { what: `unexpected ${name}`, at, hint: foreign });
    const refused = this.#columns.refused?.get(name);
    if (refused !== undefined) throw whereError(this.#text, { what: `${name} is no single value`, at, hint: refused });
    if (Object.hasOwn(FUNCTIONS, name)) {
      throw whereError(this.#text, { what: `${name} is a function`, at, hint: `write ${name}(...)` });
    }
    throw this.#unknown('column', name, [...this.#columns.types.keys()]);
  }

  #call(name: string, operands: readonly Syntax[], { at }: Syntax): NumberExpression {
    if (!Object.hasOwn(FUNCTIONS, name)) {
      if (this.#columns.types.has(name)) {
        throw whereError(this.#text, { what: `${name} is a column, not a function`, at });
      }
      throw this.#unknown('function', name, Object.keys(FUNCTIONS));
    }
    const { min, max } = FUNCTIONS[name as FunctionName];
    if (operands.length < min || operands.length > max) {
      const wanted = min === max ? 'one value' : 'two values or more';
      throw whereError(this.#text, { what: `${name} takes ${wanted}`, at });
    }
    return { type: 'call', name: name as FunctionName, operands: operands.map((operand) => this.#number(operand)) };
  }

  #number(syntax: Syntax): NumberExpression {
    const typed = this.#typed(syntax);
    if (typed.is === 'number') return typed.value;
    throw whereError(this.#text, { what: `${WORDS[typed.is]} where a number should be`, at: syntax.at });
  }

  #condition(syntax: Syntax, hint?: string): Condition {
    const typed = this.#typed(syntax);
    if (typed.is === 'condition') return typed.value;
    const what = `${WORDS[typed.is]} where a condition should be`;
    throw whereError(this.#text, { what, at: syntax.at, hint: hint ?? 'a condition compares, as in volume > 1000' });
  }

  /** Names the nearest one, else all. */
  #unknown(what: 'column' | 'function', name: string, names: readonly string[]): TickpipeError {
    const nearest = findNearest(name, names);
    const shown = name.slice(0, 100);
    if (nearest === undefined) {
      return new TickpipeError('UNKNOWN_FIELD', `--where: no ${what} ${shown}; there are ${names.join(', ')}`, {
        hint: LANGUAGE_HINT,
      });
    }
    return new TickpipeError('UNKNOWN_FIELD', `--where: no ${what} ${shown}`, { hint: `did you mean ${nearest}?` });
  }
}
