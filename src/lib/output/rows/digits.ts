import { decimalNumber } from '../../market/price.ts';

/*
 * Numbers as ASCII digits, straight into a buffer. Each writer returns where it stopped. The text is the one that
 * `JSON.stringify` gives for the number: shortest, no trailing zeros, no `-0`.
 */

const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;
const INT32_MAX = 0x7fffffff;
const BILLION = 1_000_000_000;
const POWERS_OF_TEN = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const;
/** Numbers below 10^-6 are written with an exponent. */
const LEAST_PLAIN_EXPONENT = 6;
/** More digits than these do not fit into 32 bits. */
const MAX_FRACTION_DIGITS = 9;
/** `-9007199254740991` with a point, or `-9.007199254740991e-7`. */
export const MAX_NUMBER_BYTES = 24;

/** The first `count` bytes. So few are copied faster one by one than by a call. */
export function copyBytes(from: Uint8Array, count: number, to: Uint8Array, at: number): void {
  for (let offset = 0; offset < count; offset++) to[at + offset] = from[offset] as number;
}

/** An integer, |value| < 2^53. */
export function writeInteger(bytes: Uint8Array, at: number, value: number): number {
  let start = at;
  let rest = value;
  if (rest < 0) {
    bytes[start++] = MINUS;
    rest = -rest;
  }
  if (rest <= INT32_MAX) return writeInt32(bytes, start, rest);
  const high = Math.floor(rest / BILLION);
  return writePadded(bytes, writeInteger(bytes, start, high), rest - high * BILLION, 9);
}

/** `units` of 10^-precision, |units| < 10^15, precision 0 to 13. */
export function writeDecimal(bytes: Uint8Array, at: number, units: number, precision: number): number {
  if (precision === 0 || units === 0) return writeInteger(bytes, at, units);
  if (precision > MAX_FRACTION_DIGITS) return writeText(bytes, at, decimalNumber(units, precision));
  const power = POWERS_OF_TEN[precision] as number;
  let start = at;
  let magnitude = units;
  if (units < 0) {
    bytes[start++] = MINUS;
    magnitude = -units;
  }
  if (precision > LEAST_PLAIN_EXPONENT && magnitude * 1e6 < power) return writeText(bytes, start, magnitude / power);
  const whole = magnitude <= INT32_MAX ? (magnitude / power) | 0 : Math.floor(magnitude / power);
  let fraction = (magnitude - whole * power) | 0;
  const end = writeInteger(bytes, start, whole);
  if (fraction === 0) return end;
  let decimals = precision;
  while (fraction % 10 === 0) {
    fraction = (fraction / 10) | 0;
    decimals--;
  }
  bytes[end] = POINT;
  return writePadded(bytes, end + 1, fraction, decimals);
}

/** 0 to 2^31 - 1. */
function writeInt32(bytes: Uint8Array, at: number, value: number): number {
  const end = at + countDigits(value);
  let rest = value | 0;
  for (let place = end - 1; place >= at; place--) {
    const next = (rest / 10) | 0;
    bytes[place] = ZERO + rest - next * 10;
    rest = next;
  }
  return end;
}

/** A fixed number of digits, zeros in front; value below 10^width, width at most 9. */
function writePadded(bytes: Uint8Array, at: number, value: number, width: number): number {
  let rest = value | 0;
  for (let place = at + width - 1; place >= at; place--) {
    const next = (rest / 10) | 0;
    bytes[place] = ZERO + rest - next * 10;
    rest = next;
  }
  return at + width;
}

/** A number below 10^-6 or with more than nine decimals: no price is like that, so it may take the slow road. */
function writeText(bytes: Uint8Array, at: number, value: number): number {
  const text = String(value);
  for (let place = 0; place < text.length; place++) bytes[at + place] = text.charCodeAt(place);
  return at + text.length;
}

/** Of an integer from 0 to 2^31 - 1. */
export function countDigits(value: number): number {
  if (value < 100_000) {
    if (value < 100) return value < 10 ? 1 : 2;
    if (value < 1_000) return 3;
    return value < 10_000 ? 4 : 5;
  }
  if (value < 10_000_000) return value < 1_000_000 ? 6 : 7;
  if (value < 100_000_000) return 8;
  return value < BILLION ? 9 : 10;
}
