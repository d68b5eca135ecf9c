const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const LETTER_N = 0x6e;
/** The digit 0 to 9, or more than 9 for another byte: `(byte - ZERO) >>> 0`. */
const MAX_DIGIT = 9;
/** So many digits are a small integer. */
const SMALL_DIGITS = 9;
/** Any number of so many digits is the same in decimal and in binary. */
const MAX_BYTES = 15;
export const POWERS_OF_TEN = Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

/** The JSON number that stands between two offsets, exactly as `JSON.parse` gives it; NaN for null. */
export function readNumber(bytes: Uint8Array, begin: number, end: number): number {
  if (end - begin > MAX_BYTES) return parse(bytes, begin, end);
  let at = begin;
  const first = bytes[at] as number;
  if (first === LETTER_N) return Number.NaN;
  if (first === MINUS) at++;
  let units = 0;
  let decimals = 0;
  // Two small integers instead of one large number: adding up doubles digit by digit takes three times as long.
  let rest = 0;
  let restDigits = 0;
  const small = Math.min(end, at + SMALL_DIGITS);
  for (; at < small; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit >= 0 && digit <= MAX_DIGIT) units = units * 10 + digit;
    else if (digit === POINT - ZERO) decimals = end - at - 1;
    else return parse(bytes, begin, end);
  }
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit >= 0 && digit <= MAX_DIGIT) {
      rest = rest * 10 + digit;
      restDigits++;
    } else if (digit === POINT - ZERO) decimals = end - at - 1;
    else return parse(bytes, begin, end);
  }
  if (restDigits > 0) units = units * (POWERS_OF_TEN[restDigits] as number) + rest;
  // Both are exact, and so their quotient is the number nearest to the decimal one.
  if (decimals > 0) units /= POWERS_OF_TEN[decimals] as number;
  return first === MINUS ? -units : units;
}

/** A number with an exponent, or of many digits. */
function parse(bytes: Uint8Array, begin: number, end: number): number {
  return Number(Buffer.from(bytes.buffer, bytes.byteOffset + begin, end - begin).toString('latin1'));
}
