import { decimalNumber } from '../../market/price.ts';

/*
 * Numbers as ASCII digits, straight into a buffer. The text is the one that `JSON.stringify` gives for the number: shortest,
 * no trailing zeros, no `-0`. Nearly all numbers that feeds send are plain: within 31 bits, with six decimals at most.
 */

const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;
const INT32_MAX = 0x7fffffff;
/** Numbers with more decimals may need an exponent. */
export const MAX_PLAIN_DECIMALS = 6;
/** `-9007199254740991` with a point, or `-9.007199254740991e-7`. */
export const MAX_NUMBER_BYTES = 24;
/** `00` to `99`: a division for two digits instead of one for each. */
const DIGIT_PAIRS = Uint8Array.from(
  { length: 200 },
  (_, at) => ZERO + (at % 2 === 0 ? Math.floor(at / 20) : (at >> 1) % 10),
);

/** The first `count` bytes. So few are copied faster one by one than by a call. */
export function copyBytes(from: Uint8Array, count: number, to: Uint8Array, at: number): void {
  for (let offset = 0; offset < count; offset++) to[at + offset] = from[offset] as number;
}

/** The width of a plain number without its sign. */
export function plainWidth(magnitude: number, decimals: number): number {
  const digits = countDigits(magnitude);
  if (decimals === 0) return digits;
  return (digits > decimals ? digits : decimals + 1) + 1;
}

/** Writes a plain number without its sign: the last digit stands before `end`. */
export function writePlain(magnitude: number, decimals: number, bytes: Uint8Array, end: number): void {
  let rest = magnitude | 0;
  let place = end;
  if (decimals > 0) {
    let left = decimals;
    for (; left > 1; left -= 2) {
      const next = (rest / 100) | 0;
      const pair = (rest - next * 100) << 1;
      bytes[--place] = DIGIT_PAIRS[pair + 1] as number;
      bytes[--place] = DIGIT_PAIRS[pair] as number;
      rest = next;
    }
    if (left > 0) {
      const next = (rest / 10) | 0;
      bytes[--place] = ZERO + rest - next * 10;
      rest = next;
    }
    bytes[--place] = POINT;
  }
  while (rest > 99) {
    const next = (rest / 100) | 0;
    const pair = (rest - next * 100) << 1;
    bytes[--place] = DIGIT_PAIRS[pair + 1] as number;
    bytes[--place] = DIGIT_PAIRS[pair] as number;
    rest = next;
  }
  if (rest > 9) {
    bytes[--place] = DIGIT_PAIRS[(rest << 1) + 1] as number;
    bytes[--place] = DIGIT_PAIRS[rest << 1] as number;
  } else bytes[--place] = ZERO + rest;
}

/** Writes `000000` to `999999`. */
export function writeSixDigits(value: number, bytes: Uint8Array, at: number): void {
  let rest = value | 0;
  for (let place = at + 4; place >= at; place -= 2) {
    const next = (rest / 100) | 0;
    const pair = (rest - next * 100) << 1;
    bytes[place] = DIGIT_PAIRS[pair] as number;
    bytes[place + 1] = DIGIT_PAIRS[pair + 1] as number;
    rest = next;
  }
}

/** Writes decimals in two steps: how wide one will be, then its digits at a place that fits. */
export class NumberWriter {
  /** The digits of a number that is not plain. */
  readonly #text = new Uint8Array(MAX_NUMBER_BYTES);
  #isPlain = true;
  #isNegative = false;
  /** Without the zeros at the end of its decimals. */
  #magnitude = 0;
  #decimals = 0;
  #width = 0;

  /** `units` of 10^-precision, |units| < 10^15, precision 0 to 13. Returns how many bytes they take. */
  prepare(units: number, precision: number): number {
    this.#isPlain = precision <= MAX_PLAIN_DECIMALS && units <= INT32_MAX && units >= -INT32_MAX;
    if (this.#isPlain) this.#width = this.#preparePlain(units | 0, precision);
    else if (precision === 0 && units > 0) this.#width = this.#prepareLarge(units);
    else this.#width = this.#prepareText(String(decimalNumber(units, precision)));
    return this.#width;
  }

  /** Writes what was prepared. */
  write(bytes: Uint8Array, at: number): void {
    if (!this.#isPlain) {
      copyBytes(this.#text, this.#width, bytes, at);
      return;
    }
    writePlain(this.#magnitude, this.#decimals, bytes, at + this.#width);
    if (this.#isNegative) bytes[at] = MINUS;
  }

  #preparePlain(units: number, precision: number): number {
    this.#isNegative = units < 0;
    let rest = (units < 0 ? -units : units) | 0;
    let decimals = precision;
    while (decimals > 0) {
      const shorter = (rest / 10) | 0;
      if (shorter * 10 !== rest) break;
      rest = shorter;
      decimals--;
    }
    this.#magnitude = rest;
    this.#decimals = decimals;
    return (units < 0 ? 1 : 0) + plainWidth(rest, decimals);
  }

  /** A count above 31 bits, as large volumes are: in place, as it may come with every tick. */
  #prepareLarge(count: number): number {
    let width = 10;
    for (let limit = 1e10; count >= limit; limit *= 10) width++;
    let rest = count;
    for (let place = width - 1; place >= 0; place--) {
      const next = Math.floor(rest / 10);
      this.#text[place] = ZERO + rest - next * 10;
      rest = next;
    }
    return width;
  }

  /** A price beyond 31 bits or with more than six decimals: none is like that, so a string may be made of it. */
  #prepareText(text: string): number {
    for (let place = 0; place < text.length; place++) this.#text[place] = text.charCodeAt(place);
    return text.length;
  }
}

/** Of an integer from 0 to 2^31 - 1. */
function countDigits(value: number): number {
  if (value < 100_000) {
    if (value < 100) return value < 10 ? 1 : 2;
    if (value < 1_000) return 3;
    return value < 10_000 ? 4 : 5;
  }
  if (value < 10_000_000) return value < 1_000_000 ? 6 : 7;
  if (value < 100_000_000) return 8;
  return value < 1_000_000_000 ? 9 : 10;
}
