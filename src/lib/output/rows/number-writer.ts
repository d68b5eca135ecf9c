import { copyBytes, countDigits, MAX_NUMBER_BYTES, writeDecimal } from './digits.ts';

const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;
const INT32_MAX = 0x7fffffff;
/** Numbers with more decimals may need an exponent. */
const MAX_PLAIN_DECIMALS = 6;

/**
 * Writes decimals in two steps: how wide one will be, then its digits at a place that fits. Numbers within 31 bits, which are
 * nearly all that feeds send, are one loop over their digits; others take the road of `writeDecimal`.
 */
export class NumberWriter {
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
    this.#width = this.#isPlain
      ? this.#preparePlain(units | 0, precision)
      : writeDecimal(this.#text, 0, units, precision);
    return this.#width;
  }

  /** Writes what was prepared. */
  write(bytes: Uint8Array, at: number): void {
    if (!this.#isPlain) {
      copyBytes(this.#text, this.#width, bytes, at);
      return;
    }
    let place = at + this.#width - 1;
    let rest = this.#magnitude | 0;
    const decimals = this.#decimals;
    if (decimals > 0) {
      for (let left = decimals; left > 0; left--) {
        const next = (rest / 10) | 0;
        bytes[place--] = ZERO + rest - next * 10;
        rest = next;
      }
      bytes[place--] = POINT;
    }
    do {
      const next = (rest / 10) | 0;
      bytes[place--] = ZERO + rest - next * 10;
      rest = next;
    } while (rest > 0);
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
    const digits = countDigits(rest);
    const point = decimals === 0 ? 0 : 1;
    return (units < 0 ? 1 : 0) + point + (digits > decimals ? digits : decimals + 1);
  }
}
