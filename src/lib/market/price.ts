/*
 * Prices stay integers until they are printed. The wire carries raw = price x multiplier x 10^precision (docs/protocol.md).
 * Under a multiplier that is a power of ten, raw counts units of 10^-(precision + log10 of the multiplier), so that no price is
 * rounded. The quotients of other multipliers have no end: they are rounded to two decimals more than the precision.
 */

/** How the prices of a topic travel. Multiplier 1 to 65,535, precision 0 to 9. */
export interface Scale {
  readonly multiplier: number;
  readonly precision: number;
}

const DECIMALS_OF_QUOTIENTS = 2;
/** Precision 9 under multiplier 10,000. */
export const MAX_PRICE_DECIMALS = 13;

/** Rounds numerator / denominator to an integer, halves away from zero. Exact for |numerator| < 2^53; denominator > 0. */
export function divideHalfAway(numerator: number, denominator: number): number {
  const quotient = Math.trunc(numerator / denominator);
  const rest = numerator - quotient * denominator;
  if (Math.abs(rest) * 2 < denominator) return quotient === 0 ? 0 : quotient;
  return numerator < 0 ? quotient - 1 : quotient + 1;
}

/** How many decimals the prices of a topic have. */
export function priceDecimals({ multiplier, precision }: Scale): number {
  switch (multiplier) {
    case 1:
      return precision;
    case 10:
      return precision + 1;
    case 100:
      return precision + 2;
    case 1_000:
      return precision + 3;
    case 10_000:
      return precision + 4;
    default:
      return precision + DECIMALS_OF_QUOTIENTS;
  }
}

/** A raw wire price as units of 10^-`priceDecimals`. */
export function priceUnits(raw: number, multiplier: number): number {
  switch (multiplier) {
    case 1:
    case 10:
    case 100:
    case 1_000:
    case 10_000:
      return raw;
    default:
      return divideHalfAway(raw * 10 ** DECIMALS_OF_QUOTIENTS, multiplier);
  }
}

/**
 * The change of a price as a percentage in units of 0.01, halves away from zero; `previous` is not 0. Of the magnitude of the
 * previous price: a price that rises from below zero has a change and a percentage above it.
 */
export function changePercentUnits(change: number, previous: number): number {
  return divideHalfAway(change * 10_000, Math.abs(previous));
}

const POWERS_OF_TEN = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13] as const;

/** Units of 10^-decimals as the nearest number: 61045 at 2 decimals is 610.45. Decimals 0 to 13. */
export function decimalNumber(units: number, decimals: number): number {
  return units === 0 ? 0 : units / (POWERS_OF_TEN[decimals] as number);
}
