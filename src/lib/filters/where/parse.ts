import { type Keyword, readTokens, type Sign, type Token } from './tokens.ts';
import { whereError } from './where-error.ts';

/** Operators that compare two values. */
export const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='] as const satisfies readonly Sign[];
export type Comparison = (typeof COMPARISONS)[number];
export type Arithmetic = '+' | '-' | '*' | '/' | '%';

/** An expression as it is written: names are not looked up yet, and any value may stand anywhere. `at`: where it begins, from 0 up. */
export type Syntax = { readonly at: number } & (
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'call'; readonly name: string; readonly operands: readonly Syntax[] }
  | { readonly type: 'negative'; readonly operand: Syntax }
  | { readonly type: 'not'; readonly operand: Syntax }
  | { readonly type: 'arithmetic'; readonly operator: Arithmetic; readonly left: Syntax; readonly right: Syntax }
  | { readonly type: 'comparison'; readonly operator: Comparison; readonly left: Syntax; readonly right: Syntax }
  | { readonly type: 'in'; readonly left: Syntax; readonly operands: readonly Syntax[] }
  | { readonly type: 'and' | 'or'; readonly operands: readonly Syntax[] }
);

/** Room for a list of some thousand symbols. */
const MAX_CHARACTERS = 128 * 1024;
/** Parentheses, signs and `not` within each other: no stack runs over. */
const MAX_DEPTH = 100;

const SUMS: readonly Arithmetic[] = ['+', '-'];
const PRODUCTS: readonly Arithmetic[] = ['*', '/', '%'];

/**
 * Reads the text of an expression. From weak to strong: `or`, `and`, `not`, comparisons and `in`, `+ -`, `* / %`, a sign. Throws
 * `USAGE`, with the place, for what is no expression.
 */
export function parseExpression(text: string): Syntax {
  if (text.length > MAX_CHARACTERS) {
    throw whereError(text, { what: `more than ${MAX_CHARACTERS} characters`, at: MAX_CHARACTERS });
  }
  return new Parser(text).parse();
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = readTokens(text);
  }

  parse(): Syntax {
    const whole = this.#parseOr();
    const rest = this.#token;
    if (rest.type !== 'end') throw this.#unexpected(rest, 'join conditions with and, or');
    return whole;
  }

  get #token(): Token {
    return this.#tokens[this.#next] as Token;
  }

  #parseOr(): Syntax {
    return this.#parseJoined('or', () => this.#parseJoined('and', () => this.#parseNot()));
  }

  /** Conditions that one word joins. */
  #parseJoined(type: 'and' | 'or', parseOperand: () => Syntax): Syntax {
    const first = parseOperand();
    const operands = [first];
    while (this.#skipKeyword(type)) operands.push(parseOperand());
    return operands.length === 1 ? first : { type, operands, at: first.at };
  }

  #parseNot(): Syntax {
    const { at } = this.#token;
    if (!this.#skipKeyword('not')) return this.#parseComparison();
    return { type: 'not', operand: this.#within(() => this.#parseNot()), at };
  }

  #parseComparison(): Syntax {
    const left = this.#parseSum();
    const { at } = this.#token;
    const operator = this.#skipSign(COMPARISONS);
    if (operator === undefined) return this.#parseIn(left);
    const right = this.#parseSum();
    const next = this.#token;
    if (next.type === 'sign' && COMPARISONS.some((sign) => sign === next.sign)) {
      throw this.#unexpected(next, 'write a < b and b < c for two comparisons');
    }
    return { type: 'comparison', operator, left, right, at };
  }

  #parseIn(left: Syntax): Syntax {
    const { at } = this.#token;
    const isNegated = this.#skipKeyword('not');
    if (!this.#skipKeyword('in')) {
      if (isNegated) throw this.#unexpected(this.#token, 'not stands before a condition, or before in');
      return left;
    }
    const open = this.#token;
    if (this.#skipSign(['(']) === undefined) {
      throw this.#unexpected(open, 'in needs a list, as in symbol in ("NSE:SBIN-EQ", "NSE:INFY-EQ")');
    }
    const found: Syntax = { type: 'in', left, operands: this.#parseList(), at };
    return isNegated ? { type: 'not', operand: found, at } : found;
  }

  #parseSum(): Syntax {
    return this.#parseArithmetic(SUMS, () => this.#parseArithmetic(PRODUCTS, () => this.#parseSigned()));
  }

  /** Operators of one strength, from left to right. */
  #parseArithmetic(operators: readonly Arithmetic[], parseOperand: () => Syntax): Syntax {
    let left = parseOperand();
    for (let steps = 0; ; steps++) {
      const { at } = this.#token;
      const operator = this.#skipSign(operators);
      if (operator === undefined) return left;
      if (steps === MAX_DEPTH) throw this.#tooDeep(at);
      left = { type: 'arithmetic', operator, left, right: parseOperand(), at };
    }
  }

  #parseSigned(): Syntax {
    const { at } = this.#token;
    if (this.#skipSign(['-']) === undefined) return this.#parseValue();
    return { type: 'negative', operand: this.#within(() => this.#parseSigned()), at };
  }

  #parseValue(): Syntax {
    const token = this.#token;
    const { at } = token;
    this.#next++;
    switch (token.type) {
      case 'number':
      case 'text':
        return token;
      case 'name':
        if (this.#skipSign(['(']) === undefined) return token;
        return { type: 'call', name: token.name, operands: this.#within(() => this.#parseList()), at };
      case 'sign':
        if (token.sign !== '(') break;
        return this.#within(() => {
          const inner = this.#parseOr();
          this.#close();
          return inner;
        });
    }
    throw this.#unexpected(token);
  }

  /** Values between commas, up to and with the closing parenthesis: one at least. */
  #parseList(): Syntax[] {
    const values = [this.#parseSum()];
    while (this.#skipSign([',']) !== undefined) values.push(this.#parseSum());
    this.#close();
    return values;
  }

  #close(): void {
    const token = this.#token;
    if (this.#skipSign([')']) === undefined) throw this.#unexpected(token, 'close the parenthesis with )');
  }

  #within<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw this.#tooDeep(this.#token.at);
    const result = parse();
    this.#depth--;
    return result;
  }

  #skipSign<S extends Sign>(signs: readonly S[]): S | undefined {
    const token = this.#token;
    const sign = token.type === 'sign' ? signs.find((one) => one === token.sign) : undefined;
    if (sign !== undefined) this.#next++;
    return sign;
  }

  #skipKeyword(keyword: Keyword): boolean {
    const token = this.#token;
    const isIt = token.type === 'keyword' && token.keyword === keyword;
    if (isIt) this.#next++;
    return isIt;
  }

  #unexpected(token: Token, hint?: string): Error {
    const what = token.type === 'end' ? 'something is missing' : `unexpected ${nameOf(token)}`;
    return whereError(this.#text, { what, at: token.at, hint });
  }

  #tooDeep(at: number): Error {
    return whereError(this.#text, { what: `more than ${MAX_DEPTH} levels`, at });
  }
}

function nameOf(token: Exclude<Token, { readonly type: 'end' }>): string {
  switch (token.type) {
    case 'number':
      return `number ${token.value}`;
    case 'text':
      return 'text';
    case 'name':
      return token.name;
    case 'sign':
      return token.sign;
    case 'keyword':
      return token.keyword;
  }
}
