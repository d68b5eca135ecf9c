/*
 * Prices stay integers until they are printed. The wire carries raw = price x multiplier x 10^precision; here a price is a
 * count of units of 10^-precision, which a decimal printer can write exactly.
 */

/** Rounds numerator / denominator to an integer, halves away from zero. Exact for |numerator| < 2^53; denominator > 0. */
export function divideHalfAway(numerator: number, denominator: number): number {
  const quotient = Math.trunc(numerator / denominator);
  const rest = numerator - quotient * denominator;
  if (Math.abs(rest) * 2 < denominator) return quotient === 0 ? 0 : quotient;
  return numerator < 0 ? quotient - 1 : quotient + 1;
}

/** A raw wire price as units of 10^-precision of the instrument. */
export function priceUnits(raw: number, multiplier: number): number {
  return multiplier === 1 ? raw : divideHalfAway(raw, multiplier);
}

/** The change of a price as a percentage in units of 0.01, halves away from zero; `previous` is not 0. */
export function changePercentUnits(change: number, previous: number): number {
  return previous > 0 ? divideHalfAway(change * 10_000, previous) : divideHalfAway(-change * 10_000, -previous);
}

const POWERS_OF_TEN = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const;

/** Units of 10^-precision as the nearest number: 61045 at precision 2 is 610.45. Precision 0 to 9. */
export function decimalNumber(units: number, precision: number): number {
  return units === 0 ? 0 : units / (POWERS_OF_TEN[precision] as number);
}
