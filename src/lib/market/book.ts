import { countOf } from './count.ts';
import { divideHalfAway, priceUnits } from './price.ts';
import { DEPTH_LEVELS, DEPTH_SLOTS } from './slots.ts';
import type { TopicState } from './tick.ts';

const { bidPrice, askPrice, bidQuantity, askQuantity } = DEPTH_SLOTS;

/** Slots that decide the spread: both best prices and their quantities. */
export const SPREAD_SLOTS = (1 << bidPrice) | (1 << askPrice) | (1 << bidQuantity) | (1 << askQuantity);

/** Slots that decide the imbalance: all ten quantities. */
export const IMBALANCE_SLOTS = (0b11111 << bidQuantity) | (0b11111 << askQuantity);

/** Best ask minus best bid in units of the price; null when either side is empty (a locked circuit). */
export function spreadUnits(state: TopicState): number | null {
  const { values, known, multiplier } = state;
  if ((known & SPREAD_SLOTS) !== SPREAD_SLOTS) return null;
  const bid = priceUnits(values[bidPrice] as number, multiplier);
  const ask = priceUnits(values[askPrice] as number, multiplier);
  if (bid === 0 || ask === 0 || values[bidQuantity] === 0 || values[askQuantity] === 0) return null;
  return ask - bid;
}

export const IMBALANCE_PRECISION = 4;

/** (bid quantities - ask quantities) / their sum, in units of 10^-4, halves away from zero; null when the sum is 0. */
export function imbalanceUnits(state: TopicState): number | null {
  let bids = 0;
  let asks = 0;
  for (let level = 0; level < DEPTH_LEVELS; level++) {
    if (state.known & (1 << (bidQuantity + level))) bids += countOf(state.values[bidQuantity + level] as number);
    if (state.known & (1 << (askQuantity + level))) asks += countOf(state.values[askQuantity + level] as number);
  }
  const sum = bids + asks;
  return sum === 0 ? null : divideHalfAway((bids - asks) * 10 ** IMBALANCE_PRECISION, sum);
}
