import { whereError } from './where-error.ts';

/** The signs of the language, longer ones before those that they begin with. */
const SIGNS = ['==', '!=', '<=', '>=', '<', '>', '+', '-', '*', '/', '%', '(', ')', ','] as const;
export type Sign = (typeof SIGNS)[number];

/** Words that are no names of columns. */
const KEYWORDS = ['and', 'or', 'not', 'in'] as const;
export type Keyword = (typeof KEYWORDS)[number];

/** A part of an expression. `at`: where it begins, from 0 up. */
export type Token =
  | { readonly type: 'number'; readonly value: number; readonly at: number }
  | { readonly type: 'text'; readonly value: string; readonly at: number }
  | { readonly type: 'name'; readonly name: string; readonly at: number }
  | { readonly type: 'sign'; readonly sign: Sign; readonly at: number }
  | { readonly type: 'keyword'; readonly keyword: Keyword; readonly at: number }
  | { readonly type: 'end'; readonly at: number };

/** What people write instead, and what is meant. Longer ones before those that they begin with. */
const MISTAKES: readonly (readonly [text: string, hint: string])[] = [
  ['===', 'use == to compare'],
  ['!==', 'use != to compare'],
  ['=<', 'write <='],
  ['=>', 'write >='],
  ['<>', 'use != to compare'],
  ['=', 'use == to compare'],
  ['&&', 'write and'],
  ['&', 'write and'],
  ['||', 'write or'],
  ['|', 'write or'],
  ['!', 'write not'],
  ['**', 'there are + - * / % and the functions abs, min, max, round'],
  ['^', 'there are + - * / % and the functions abs, min, max, round'],
  ['?', 'an expression is one condition: join conditions with and, or'],
  ["'", 'put texts in double quotes, and the whole expression in single ones'],
  ['`', 'put texts in double quotes'],
  ['\u201c', 'put texts in plain double quotes'],
  ['\u201d', 'put texts in plain double quotes'],
  ['\u2018', 'put texts in plain double quotes'],
  ['\u2019', 'put texts in plain double quotes'],
  ['\u2264', 'write <='],
  ['\u2265', 'write >='],
  ['\u2260', 'write !='],
];

const BLANKS = /\s*/y;
const NUMBER = /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const TEXT = /"(?:[^"\\]|\\["\\])*"/y;

/** Splits an expression; the last token is its end. Throws `USAGE` for what is no part of the language. */
export function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let at = matchLength(BLANKS, text, 0);
  while (at < text.length) {
    const [token, length] = readToken(text, at);
    tokens.push(token);
    at += length;
    at += matchLength(BLANKS, text, at);
  }
  tokens.push({ type: 'end', at: text.length });
  return tokens;
}

function readToken(text: string, at: number): readonly [token: Token, length: number] {
  const mistake = MISTAKES.find(([wrong]) => text.startsWith(wrong, at));
  const sign = SIGNS.find((one) => text.startsWith(one, at));
  if (mistake && mistake[0].length > (sign?.length ?? 0)) {
    throw whereError(text, { what: `unexpected ${mistake[0]}`, at, hint: mistake[1] });
  }
  const digits = matchLength(NUMBER, text, at);
  if (digits > 0) return [readNumber(text, at, digits), digits];
  if (sign) return [{ type: 'sign', sign, at }, sign.length];
  const letters = matchLength(NAME, text, at);
  if (letters > 0) return [readWord(text, at, letters), letters];
  const quoted = matchLength(TEXT, text, at);
  if (quoted > 0) {
    const value = text.slice(at + 1, at + quoted - 1).replace(/\\(["\\])/g, '$1');
    return [{ type: 'text', value, at }, quoted];
  }
  if (text[at] === '"') {
    const hint = 'a text ends with a double quote; inside it \\" is a double quote and \\\\ a backslash';
    throw whereError(text, { what: 'a text that does not end', at, hint });
  }
  throw whereError(text, { what: `unexpected ${String.fromCodePoint(text.codePointAt(at) ?? 0)}`, at });
}

function readNumber(text: string, at: number, length: number): Token {
  const value = Number(text.slice(at, at + length));
  if (!Number.isFinite(value)) throw whereError(text, { what: 'a number that is too large', at });
  if (matchLength(NAME, text, at + length) > 0 || text[at + length] === '.') {
    throw whereError(text, { what: 'a wrong number', at, hint: 'write it in digits, as in 1500000, 0.05 or 1.5e6' });
  }
  return { type: 'number', value, at };
}

function readWord(text: string, at: number, length: number): Token {
  const name = text.slice(at, at + length);
  const keyword = KEYWORDS.find((one) => one === name.toLowerCase());
  if (keyword === undefined) return { type: 'name', name, at };
  if (keyword === name) return { type: 'keyword', keyword, at };
  throw whereError(text, { what: `unexpected ${name}`, at, hint: `write ${keyword} in small letters` });
}

/** How many characters match at a place. @param pattern sticky */
function matchLength(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}
