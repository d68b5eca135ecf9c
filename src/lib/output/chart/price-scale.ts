/** The leading digits of round steps. */
const ROUND_STEPS = [1, 2, 2.5, 5, 10];
/** A price that is labelled needs so many rows. */
const ROWS_PER_LABEL = 4;
const DEFAULT_DECIMALS = 2;

/** Where prices stand in a number of rows; row 0 is the top. */
export interface PriceScale {
  readonly low: number;
  readonly high: number;
  /** The place of a price in a number of equal steps from the top, 0 to `steps - 1`. */
  placeOf(price: number, steps: number): number;
  /** Round prices, each with its row. */
  readonly labels: readonly { readonly row: number; readonly text: string }[];
  /** A price as the labels show it. */
  format(price: number): string;
}

/**
 * A scale from the lowest to the highest price.
 * @param decimals how many the instrument's prices have
 */
export function makePriceScale(prices: readonly number[], rows: number, decimals = DEFAULT_DECIMALS): PriceScale {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const price of prices) {
    if (price < low) low = price;
    if (price > high) high = price;
  }
  // A price that never moved stands in the middle.
  const least = 10 ** -decimals;
  if (low === high) [low, high] = [low - least * rows, high + least * rows];
  const placeOf = (price: number, steps: number): number => {
    const place = Math.round(((high - price) / (high - low)) * (steps - 1));
    return Math.min(steps - 1, Math.max(0, place));
  };
  const step = Math.max(least, roundStep((high - low) / Math.max(1, rows / ROWS_PER_LABEL)));
  const labels: { row: number; text: string }[] = [];
  const format = (price: number): string => price.toFixed(decimals);
  for (let count = Math.ceil(low / step - 1e-9); count * step <= high + step * 1e-9; count++) {
    const row = placeOf(count * step, rows);
    if (labels.every((label) => label.row !== row)) labels.push({ row, text: format(count * step) });
  }
  return { low, high, placeOf, labels, format };
}

/** The smallest round step that is at least this. */
export function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const digits = ROUND_STEPS.find((step) => step * power >= least * (1 - 1e-9)) ?? 10;
  return digits * power;
}
