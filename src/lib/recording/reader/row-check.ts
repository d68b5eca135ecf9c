import type { ColumnSource } from '../../market/columns.ts';
import { KINDS, type Kind, ROW_TYPES } from '../../market/kinds.ts';
import { MAX_PRICE_DECIMALS } from '../../market/price.ts';
import { MAX_SYMBOL_CHARACTERS } from '../../market/symbols.ts';
import { ndjsonTemplate } from '../../output/rows/row-encoder.ts';
import { bytesOf, createByteSet, skipDigits, skipText } from './byte-text.ts';

/** The kinds of values in a row, by the form in which they are printed. */
type NumberCheck = 'price' | 'integer' | 'seconds' | 'time';
type CellCheck = NumberCheck | 'symbol';

/** A kind's rows: fixed text, and a value behind each but the last of them. */
interface RowShape {
  readonly texts: readonly Uint8Array[];
  readonly cells: readonly CellCheck[];
}

const QUOTE = 0x22;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const BLANK = 0x20;
const LETTER_UPPER_A = 0x41;
const LETTER_UPPER_Z = 0x5a;
const LETTER_E = 0x65;
const LETTER_N = 0x6e;
/** Where the type's first letter stands. */
const TYPE_AT = '{"type":"'.length;
const NULL = bytesOf('null');
const END = bytesOf('}\n');
const SIMULATED_END = bytesOf(',"simulated":true}\n');
/** Any number of so many digits is the same in decimal and in binary: what is read is what is printed again. */
const MAX_DIGITS = 15;
/** In milliseconds still within those, and within what a date can be. */
const MAX_SECONDS_DIGITS = 12;
/** As in 0.000001. */
const MAX_ZEROS_BEHIND_POINT = 5;
/** What symbols are made of (market/symbols.ts). */
const EXCHANGES = ['NSE:', 'BSE:', 'MCX:'].map(bytesOf);
const EXCHANGE_BYTES = 4;
const FIRST_IN_NAME = createByteSet('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789');
const IN_NAME = createByteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789&_.()'/+* -");

const CHECKS: Record<Exclude<ColumnSource['from'], 'type'>, CellCheck> = {
  symbol: 'symbol',
  receivedAt: 'time',
  integer: 'integer',
  seconds: 'seconds',
  price: 'price',
  change: 'price',
  changePercent: 'price',
  spread: 'price',
  imbalance: 'price',
};

const SHAPES: readonly (RowShape | undefined)[] = KINDS.reduce<RowShape[]>((shapes, kind) => {
  shapes[ROW_TYPES[kind].charCodeAt(0)] = shapeOf(kind);
  return shapes;
}, []);

/** As rows are printed: the encoder's own template, its type and the quotes around its symbol made part of the text. */
function shapeOf(kind: Kind): RowShape {
  const { cells } = ndjsonTemplate(kind, { simulated: false });
  const texts: string[] = [];
  const checks: CellCheck[] = [];
  let text = '';
  for (const { before, column } of cells) {
    text += before;
    if (column.from === 'type') {
      text += `"${ROW_TYPES[kind]}"`;
      continue;
    }
    const isSymbol = column.from === 'symbol';
    texts.push(isSymbol ? `${text}"` : text);
    checks.push(CHECKS[column.from]);
    text = isSymbol ? '"' : '';
  }
  return { texts: texts.map(bytesOf), cells: checks };
}

/**
 * Checks byte by byte whether a row of the contract stands at `begin`: all its keys in their order, between them null
 * or numbers in the form and range that they are printed in, perhaps the mark of simulated prices. Returns the offset behind its line end, or -1.
 */
export function checkRow(bytes: Uint8Array, begin: number, end: number): number {
  const shape = begin + TYPE_AT < end ? SHAPES[bytes[begin + TYPE_AT] as number] : undefined;
  if (shape === undefined) return -1;
  const { texts, cells } = shape;
  let at = begin;
  for (let cell = 0; cell < cells.length; cell++) {
    at = skipText(bytes, at, end, texts[cell] as Uint8Array);
    if (at < 0) return -1;
    const check = cells[cell] as CellCheck;
    at = check === 'symbol' ? skipSymbol(bytes, at, end) : skipNumber(bytes, at, end, check);
    if (at < 0) return -1;
  }
  const plain = skipText(bytes, at, end, END);
  return plain >= 0 ? plain : skipText(bytes, at, end, SIMULATED_END);
}

/** A symbol in its one spelling (market/symbols.ts): a spreadsheet that opens it finds no formula in it. */
function skipSymbol(bytes: Uint8Array, at: number, end: number): number {
  const nameAt = at + EXCHANGE_BYTES;
  if (nameAt >= end || !EXCHANGES.some((exchange) => skipText(bytes, at, end, exchange) === nameAt)) return -1;
  if (FIRST_IN_NAME[bytes[nameAt] as number] === 0) return -1;
  let place = nameAt;
  let onlyLetters = true;
  while (place < end && IN_NAME[bytes[place] as number] === 1) {
    const byte = bytes[place++] as number;
    if (byte < LETTER_UPPER_A || byte > LETTER_UPPER_Z) onlyLetters = false;
    if (byte === BLANK && (bytes[place] === BLANK || bytes[place] === QUOTE)) return -1;
  }
  return place < end && bytes[place] === QUOTE && !onlyLetters && place - at <= MAX_SYMBOL_CHARACTERS ? place : -1;
}

/** A number in the one form that it is printed in, or null where there may be none. */
function skipNumber(bytes: Uint8Array, at: number, end: number, check: NumberCheck): number {
  const first = bytes[at] as number;
  if (first === LETTER_N) return check === 'time' ? -1 : skipText(bytes, at, end, NULL);
  const isNegative = first === MINUS;
  if (isNegative && check === 'time') return -1;
  const wholeAt = isNegative ? at + 1 : at;
  const place = skipDigits(bytes, wholeAt, end, check === 'seconds' ? MAX_SECONDS_DIGITS : MAX_DIGITS);
  if (place < 0) return -1;
  const isZero = bytes[wholeAt] === ZERO;
  // Zeros in front, which nothing is printed with.
  if (isZero && place > wholeAt + 1) return -1;
  if (check === 'price') {
    if (bytes[place] === POINT) return skipDecimals(bytes, place, end, isZero ? 0 : place - wholeAt);
    if (bytes[place] === LETTER_E) return skipExponent(bytes, place, end, 0, isZero ? 0 : place - wholeAt);
  }
  return isZero && isNegative ? -1 : place;
}

/** From the point on. @param wholeDigits before it, none for 0 */
function skipDecimals(bytes: Uint8Array, pointAt: number, end: number, wholeDigits: number): number {
  const place = skipDigits(bytes, pointAt + 1, end, MAX_PRICE_DECIMALS);
  if (place < 0 || bytes[place - 1] === ZERO) return -1;
  const decimals = place - pointAt - 1;
  if (bytes[place] === LETTER_E) return skipExponent(bytes, place, end, decimals, wholeDigits);
  if (wholeDigits + decimals > MAX_DIGITS) return -1;
  // What is below 10^-6 is printed with an exponent.
  let leastPlain = pointAt + 1;
  while (bytes[leastPlain] === ZERO) leastPlain++;
  return wholeDigits === 0 && leastPlain - pointAt > MAX_ZEROS_BEHIND_POINT + 1 ? -1 : place;
}

/** From the `e` on: one digit stands before the point of such a number, and it is below 10^-6. */
function skipExponent(bytes: Uint8Array, at: number, end: number, decimals: number, wholeDigits: number): number {
  if (wholeDigits !== 1 || bytes[at + 1] !== MINUS || bytes[at + 2] === ZERO) return -1;
  const place = skipDigits(bytes, at + 2, end, 2);
  if (place < 0) return -1;
  const exponent = place === at + 3 ? digitAt(bytes, at + 2) : digitAt(bytes, at + 2) * 10 + digitAt(bytes, at + 3);
  return exponent > MAX_ZEROS_BEHIND_POINT + 1 && exponent + decimals <= MAX_PRICE_DECIMALS ? place : -1;
}

function digitAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) - ZERO;
}
