import { isNumeric } from '../../market/column-value.ts';
import { COLUMNS } from '../../market/columns.ts';
import { KINDS, type Kind, ROW_TYPES } from '../../market/kinds.ts';
import { MAX_PRICE_DECIMALS } from '../../market/price.ts';
import { MAX_SYMBOL_CHARACTERS } from '../../market/symbols.ts';
import { createByteSet } from '../../text/byte-set.ts';
import { FixedTexts, WORD_BYTES, wordOf } from './fixed-texts.ts';
import { POWERS_OF_TEN, readNumber } from './read-number.ts';
import { pathOf, type RowShape, rowShape, type ValueForm, type ValuePath } from './row-shape.ts';

/*
 * Rows of the contract read as the bytes they are. One pass checks every byte of a row against the shape of its kind and notes where
 * each value stands; nothing is allocated and no text is made. Numbers are read out of the noted places when they are asked for.
 *
 * Most of a row is text that never changes: it is compared four bytes at a time (fixed-texts.ts). In a profile, comparing it byte by
 * byte took three quarters of the time.
 */

const QUOTE = 0x22;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const BLANK = 0x20;
const LINE_END = 0x0a;
const LETTER_UPPER_A = 0x41;
const LETTER_UPPER_Z = 0x5a;
const LETTER_E = 0x65;
const LETTER_N = 0x6e;
/** The digit 0 to 9, or more than 9 for another byte: `(byte - ZERO) >>> 0`. */
const MAX_DIGIT = 9;

/** Any number of so many digits is the same in decimal and in binary: what is read is what is printed again. */
const MAX_DIGITS = 15;
/** A number of so few bytes has not too many digits, whatever its form. */
const USUAL_BYTES = 12;
/** In milliseconds still within those, and within what a date can be. */
const MAX_SECONDS_DIGITS = 12;
/** As in 0.000001. */
const MAX_ZEROS_BEHIND_POINT = 5;
/** So many digits are a small integer. */
const SMALL_DIGITS = 9;

/** What symbols are made of (market/symbols.ts). */
const EXCHANGES = ['NSE:', 'BSE:', 'MCX:'].map(wordOf);
const EXCHANGE_BYTES = 4;
const FIRST_IN_NAME = createByteSet('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789');
const IN_NAME = createByteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789&_.()'/+* -");
const NULL_WORD = wordOf('null');

/** By form: how many digits there may be before the point. */
const DIGITS_OF: Readonly<Record<ValueForm, number>> = {
  symbol: 0,
  price: MAX_DIGITS,
  integer: MAX_DIGITS,
  seconds: MAX_SECONDS_DIGITS,
  time: MAX_DIGITS,
};
const FORM = { symbol: 0, price: 1, integer: 2, seconds: 3, time: 4 } as const satisfies Record<ValueForm, number>;

/**
 * Reads rows of one shape. `scan` goes over a row; then `starts`, `ends`, `isSimulated` and the functions that take the place of a
 * value are about that row, as long as its bytes stay as they are.
 */
export class RowScanner {
  readonly shape: RowShape;
  /** The place of `received_at`, and the bit that stands for the kind. */
  readonly timePlace: number;
  readonly kindBit: number;
  /** The places of the kind's columns of numbers, in their order. */
  readonly numberPlaces: readonly number[];
  /** Of each value, where its first byte stands. */
  readonly starts: Int32Array;
  /** Of each value, the offset behind its last byte. */
  readonly ends: Int32Array;
  /** Of each value that is a number of few digits, its digits as one integer, and how many of them are decimals, else -1. */
  readonly #units: Int32Array;
  readonly #scales: Int8Array;
  /** Whether the row is marked as simulated. */
  isSimulated = false;
  readonly #texts: FixedTexts;
  readonly #end: FixedTexts;
  readonly #simulatedEnd: FixedTexts;
  readonly #forms: Uint8Array;
  readonly #maxDigits: Uint8Array;
  #bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  /** The same bytes, for texts. */
  #text: Buffer | undefined;

  constructor(shape: RowShape) {
    this.shape = shape;
    const { texts, values, end, simulatedEnd } = shape;
    this.timePlace = this.placeOf('received_at');
    this.kindBit = kindBit(shape.kind);
    this.numberPlaces = COLUMNS[shape.kind].filter(isNumeric).map((column) => this.placeOf(pathOf(column)));
    this.starts = new Int32Array(values.length);
    this.ends = new Int32Array(values.length);
    this.#units = new Int32Array(values.length);
    this.#scales = new Int8Array(values.length);
    this.#texts = new FixedTexts(texts);
    this.#end = new FixedTexts([end]);
    this.#simulatedEnd = new FixedTexts([simulatedEnd]);
    this.#forms = Uint8Array.from(values, ({ form }) => FORM[form]);
    this.#maxDigits = Uint8Array.from(values, ({ form }) => DIGITS_OF[form]);
  }

  /** The place of a value among the values of the row, for the functions below; -1 when rows of this shape have none there. */
  placeOf(path: ValuePath): number {
    return this.shape.values.findIndex((value) => value.path === path);
  }

  /**
   * Checks byte by byte whether a row of this shape stands at `begin`: all its keys in their order, between them null or numbers in the
   * form and range that they are printed in, perhaps the mark of simulated prices. Returns the offset behind its line end, or -1.
   * @param end the row must end by then
   */
  scan(bytes: Uint8Array, begin: number, end: number): number {
    if (bytes !== this.#bytes) this.#look(bytes);
    // So that no loop over digits or letters runs on behind the end.
    if (bytes[end - 1] !== LINE_END) return -1;
    const view = this.#view;
    const { starts, ends } = this;
    const allUnits = this.#units;
    const scales = this.#scales;
    const { lengths, firstWords, offsets, words } = this.#texts;
    const forms = this.#forms;
    let at = begin;
    let word = 0;
    for (let place = 0; place < forms.length; place++) {
      const length = lengths[place] as number;
      if (at + length >= end) return -1;
      const lastWord = firstWords[place + 1] as number;
      for (; word < lastWord; word++) {
        if (view.getInt32(at + (offsets[word] as number), true) !== words[word]) return -1;
      }
      at += length;
      starts[place] = at;
      const form = forms[place] as number;
      // Most numbers are of a few digits, and are looked at here: a call for each would take a third of the time. Their digits are added
      // up on the way, which costs next to nothing: a second look at them would take as long as the first.
      let next = at;
      let byte = bytes[next] as number;
      let scale = -1;
      if (byte > ZERO && byte <= NINE && form !== FORM.symbol) {
        let units = 0;
        do {
          units = (Math.imul(units, 10) + byte - ZERO) | 0;
          byte = bytes[++next] as number;
        } while (byte >= ZERO && byte <= NINE);
        scale = 0;
        if (byte === POINT && form === FORM.price) {
          const pointAt = next;
          byte = bytes[++next] as number;
          while (byte >= ZERO && byte <= NINE) {
            units = (Math.imul(units, 10) + byte - ZERO) | 0;
            byte = bytes[++next] as number;
          }
          scale = next - pointAt - 1;
          if ((bytes[next - 1] as number) <= ZERO) next = at;
        }
        allUnits[place] = units;
        if (next - at > SMALL_DIGITS) scale = -1;
      }
      if (next === at || next - at > USUAL_BYTES || byte === LETTER_E) {
        scale = -1;
        next =
          form === FORM.symbol
            ? this.#skipSymbol(at, end)
            : this.#skipNumber(at, end, form, this.#maxDigits[place] as number);
        if (next < 0) return -1;
      }
      scales[place] = scale;
      at = next;
      ends[place] = at;
    }
    const plain = this.#end.skip(view, at, end);
    this.isSimulated = plain < 0;
    return plain >= 0 ? plain : this.#simulatedEnd.skip(view, at, end);
  }

  /** A value that is a number, exactly as `JSON.parse` gives it; NaN for null. */
  number(place: number): number {
    const scale = this.#scales[place] as number;
    if (scale === 0) return this.#units[place] as number;
    if (scale > 0) return (this.#units[place] as number) / (POWERS_OF_TEN[scale] as number);
    return readNumber(this.#bytes, this.starts[place] as number, this.ends[place] as number);
  }

  /** A value as text; the symbol without its quotes. */
  text(place: number): string {
    const { buffer, byteOffset, byteLength } = this.#bytes;
    this.#text ??= Buffer.from(buffer, byteOffset, byteLength);
    return this.#text.toString('latin1', this.starts[place], this.ends[place]);
  }

  #look(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#text = undefined;
  }

  /** A symbol in its one spelling (market/symbols.ts): a spreadsheet that opens it finds no formula in it. */
  #skipSymbol(at: number, end: number): number {
    const bytes = this.#bytes;
    const nameAt = at + EXCHANGE_BYTES;
    if (nameAt >= end || !EXCHANGES.includes(this.#view.getInt32(at, true))) return -1;
    if (FIRST_IN_NAME[bytes[nameAt] as number] === 0) return -1;
    let place = nameAt;
    let onlyLetters = true;
    for (;;) {
      const byte = bytes[place] as number;
      if (IN_NAME[byte] === 0) break;
      place++;
      if (byte < LETTER_UPPER_A || byte > LETTER_UPPER_Z) {
        onlyLetters = false;
        if (byte === BLANK && (bytes[place] === BLANK || bytes[place] === QUOTE)) return -1;
      }
    }
    return bytes[place] === QUOTE && !onlyLetters && place - at <= MAX_SYMBOL_CHARACTERS ? place : -1;
  }

  /** A number in the one form that it is printed in, or null where there may be none. */
  #skipNumber(at: number, end: number, form: number, maxDigits: number): number {
    const bytes = this.#bytes;
    const first = bytes[at] as number;
    let wholeAt = at;
    if (first > ZERO + MAX_DIGIT) {
      if (first !== LETTER_N || form === FORM.time || at + WORD_BYTES >= end) return -1;
      return this.#view.getInt32(at, true) === NULL_WORD ? at + WORD_BYTES : -1;
    }
    if (first === MINUS) {
      if (form === FORM.time) return -1;
      wholeAt++;
    }
    let place = wholeAt;
    while (((bytes[place] as number) - ZERO) >>> 0 <= MAX_DIGIT) place++;
    const digits = place - wholeAt;
    if (digits === 0 || digits > maxDigits) return -1;
    const isZero = bytes[wholeAt] === ZERO;
    // No number is printed with zeros in front.
    if (isZero && digits > 1) return -1;
    if (form === FORM.price) {
      const next = bytes[place] as number;
      if (next === POINT) return this.#skipDecimals(place, isZero ? 0 : digits);
      if (next === LETTER_E) return this.#skipExponent(place, 0, isZero ? 0 : digits);
    }
    return isZero && first === MINUS ? -1 : place;
  }

  /** From the point on. @param wholeDigits before it, none for 0 */
  #skipDecimals(pointAt: number, wholeDigits: number): number {
    const bytes = this.#bytes;
    let place = pointAt + 1;
    while (((bytes[place] as number) - ZERO) >>> 0 <= MAX_DIGIT) place++;
    const decimals = place - pointAt - 1;
    if (decimals === 0 || decimals > MAX_PRICE_DECIMALS || bytes[place - 1] === ZERO) return -1;
    if (bytes[place] === LETTER_E) return this.#skipExponent(place, decimals, wholeDigits);
    if (wholeDigits + decimals > MAX_DIGITS) return -1;
    if (wholeDigits > 0) return place;
    // What is below 10^-6 is printed with an exponent.
    let leastPlain = pointAt + 1;
    while (bytes[leastPlain] === ZERO) leastPlain++;
    return leastPlain - pointAt > MAX_ZEROS_BEHIND_POINT + 1 ? -1 : place;
  }

  /** From the `e` on: one digit stands before the point of such a number, and it is below 10^-6. */
  #skipExponent(at: number, decimals: number, wholeDigits: number): number {
    const bytes = this.#bytes;
    if (wholeDigits !== 1 || bytes[at + 1] !== MINUS || bytes[at + 2] === ZERO) return -1;
    let place = at + 2;
    let exponent = 0;
    while (((bytes[place] as number) - ZERO) >>> 0 <= MAX_DIGIT && place < at + 5) {
      exponent = exponent * 10 + (bytes[place++] as number) - ZERO;
    }
    const digits = place - at - 2;
    if (digits === 0 || digits > 2) return -1;
    return exponent > MAX_ZEROS_BEHIND_POINT + 1 && exponent + decimals <= MAX_PRICE_DECIMALS ? place : -1;
  }
}

const TYPE_AT = '{"type":"'.length;

/** Reads rows of several shapes, which begin with different types. */
export class RowScanners {
  /** By the first letter of the type. */
  readonly #scanners: (RowScanner | undefined)[] = [];

  constructor(shapes: Iterable<RowShape> = KINDS.map(rowShape)) {
    for (const shape of shapes) this.#scanners[ROW_TYPES[shape.kind].charCodeAt(0)] = new RowScanner(shape);
  }

  /** The scanner for a row that begins here, by the first letter of its type alone. */
  find(bytes: Uint8Array, begin: number): RowScanner | undefined {
    return this.#scanners[bytes[begin + TYPE_AT] as number];
  }

  /** The same as `RowScanner.scan`, for a row of any of the shapes. */
  scan(bytes: Uint8Array, begin: number, end: number): number {
    return begin + TYPE_AT < end ? (this.find(bytes, begin)?.scan(bytes, begin, end) ?? -1) : -1;
  }
}

/** A bit for each kind, so that a number can say which kinds there are. */
export function kindBit(kind: Kind): number {
  return 1 << KINDS.indexOf(kind);
}
