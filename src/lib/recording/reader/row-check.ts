import { KINDS, type Kind, ROW_TYPES } from '../../market/kinds.ts';
import { ndjsonTemplate } from '../../output/row-encoder.ts';
import { bytesOf, createByteSet, skipDigits, skipText } from './byte-text.ts';

/** Stands for the symbol and the numbers in a row's fixed text. */
type CellCheck = 'price' | 'integer' | 'time' | 'symbol';

/** A kind's rows: fixed text, and a value behind each but the last of them. */
interface RowShape {
  readonly texts: readonly Uint8Array[];
  readonly cells: readonly CellCheck[];
}

const QUOTE = 0x22;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const LETTER_E = 0x65;
const LETTER_N = 0x6e;
/** Where the type's first letter stands. */
const TYPE_AT = '{"type":"'.length;
const NULL = bytesOf('null');
const END = bytesOf('}\n');
const SIMULATED_END = bytesOf(',"simulated":true}\n');
/** Of a number that is kept exactly. */
const MAX_DIGITS = 16;
const MAX_SYMBOL_BYTES = 100;
/** What symbols are made of (market/symbols.ts). */
const IN_SYMBOL = createByteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:&_.()'/+* -");

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
    checks.push(
      isSymbol ? 'symbol' : column.from === 'receivedAt' ? 'time' : hasPoint(column.from) ? 'price' : 'integer',
    );
    text = isSymbol ? '"' : '';
  }
  return { texts: texts.map(bytesOf), cells: checks };
}

function hasPoint(from: string): boolean {
  return from !== 'integer' && from !== 'seconds';
}

/**
 * Checks byte by byte whether a row of the contract stands at `begin`: all its keys in their order, numbers or null between,
 * perhaps the mark of made-up prices. Returns where its line ends, its line end included, or -1.
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

function skipSymbol(bytes: Uint8Array, at: number, end: number): number {
  let place = at;
  while (place < end && IN_SYMBOL[bytes[place] as number] === 1) place++;
  const length = place - at;
  return place < end && bytes[place] === QUOTE && length > 0 && length <= MAX_SYMBOL_BYTES ? place : -1;
}

/** A number as JSON has it, or null where there may be none. */
function skipNumber(bytes: Uint8Array, at: number, end: number, check: 'price' | 'integer' | 'time'): number {
  if (bytes[at] === LETTER_N) return check === 'time' ? -1 : skipText(bytes, at, end, NULL);
  const first = bytes[at] === MINUS && check !== 'time' ? at + 1 : at;
  let place = skipDigits(bytes, first, end, MAX_DIGITS);
  if (place < 0 || (bytes[first] === ZERO && place > first + 1)) return -1;
  if (check !== 'price') return place;
  if (bytes[place] === POINT) place = skipDigits(bytes, place + 1, end, MAX_DIGITS);
  if (place >= 0 && bytes[place] === LETTER_E) {
    place = skipDigits(bytes, bytes[place + 1] === MINUS ? place + 2 : place + 1, end, MAX_DIGITS);
  }
  return place;
}
