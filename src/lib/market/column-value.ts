import type { Column } from './columns.ts';
import { changePercentUnits, decimalNumber, divideHalfAway, priceDecimals, priceUnits, type Scale } from './price.ts';
import { DEPTH_LEVELS, DEPTH_SLOTS } from './slots.ts';
import type { TopicState } from './tick.ts';

/** How many decimals a percentage has. */
const PERCENT_PRECISION = 2;
/** How many decimals an imbalance has. */
const IMBALANCE_PRECISION = 4;

const { bidPrice, askPrice, bidQuantity, askQuantity } = DEPTH_SLOTS;

/** Slots that decide the spread: both best prices and their quantities. */
const SPREAD_SLOTS = (1 << bidPrice) | (1 << askPrice) | (1 << bidQuantity) | (1 << askQuantity);

/** Slots that decide the imbalance: all ten quantities. */
const IMBALANCE_SLOTS = (0b11111 << bidQuantity) | (0b11111 << askQuantity);

/** Columns whose value is a number out of a topic's slots. */
export type NumericColumn = Exclude<Column, { readonly from: 'type' | 'symbol' | 'receivedAt' }>;

export function isNumeric(column: Column): column is NumericColumn {
  return column.from !== 'type' && column.from !== 'symbol' && column.from !== 'receivedAt';
}

/** The slots that decide a column's value: bit n stands for slot n. */
export function slotsOf(column: Column): number {
  switch (column.from) {
    case 'price':
    case 'integer':
    case 'seconds':
      return 1 << column.slot;
    case 'change':
    case 'changePercent':
      return (1 << column.slot) | (1 << column.base);
    case 'spread':
      return SPREAD_SLOTS;
    case 'imbalance':
      return IMBALANCE_SLOTS;
    default:
      return 0;
  }
}

/** A column's value, null where there is none. Not for the hot road. */
export function numberOf(column: NumericColumn, state: TopicState): number | null {
  if (state.columns) return state.columns.numberOf(column);
  const units = unitsOf(column, state);
  return units === null ? null : decimalNumber(units, decimalsOf(column, state));
}

/** A column's value as an integer in units of 10^-`decimalsOf`, out of slots; null where there is none. */
export function unitsOf(column: NumericColumn, state: TopicState): number | null {
  const { values, known, multiplier } = state;
  switch (column.from) {
    case 'spread':
      return spreadUnits(state);
    case 'imbalance':
      return imbalanceUnits(state);
    case 'change':
    case 'changePercent':
      return changeUnits(column, state);
    default: {
      if ((known & (1 << column.slot)) === 0) return null;
      const raw = values[column.slot] as number;
      if (column.from === 'price') return priceUnits(raw, multiplier);
      if (column.from === 'integer') return countOf(raw);
      return raw === 0 ? null : raw;
    }
  }
}

/** How many decimals a column's units have. */
export function decimalsOf(column: NumericColumn, scale: Scale): number {
  return ownDecimals(column) ?? priceDecimals(scale);
}

/** How many decimals a column has whatever the scale; undefined for prices, and for differences of them. */
export function ownDecimals(column: NumericColumn): number | undefined {
  switch (column.from) {
    case 'price':
    case 'change':
    case 'spread':
      return undefined;
    case 'changePercent':
      return PERCENT_PRECISION;
    case 'imbalance':
      return IMBALANCE_PRECISION;
    default:
      return 0;
  }
}

type ChangeColumn = Extract<NumericColumn, { readonly from: 'change' | 'changePercent' }>;

/** Null when either price is unknown or 0. */
function changeUnits(column: ChangeColumn, { values, known, multiplier }: TopicState): number | null {
  const both = (1 << column.slot) | (1 << column.base);
  if ((known & both) !== both) return null;
  const price = priceUnits(values[column.slot] as number, multiplier);
  const base = priceUnits(values[column.base] as number, multiplier);
  if (price === 0 || base === 0) return null;
  return column.from === 'change' ? price - base : changePercentUnits(price - base, base);
}

/** A raw count of the wire: nothing that is counted can be below zero, so all its 32 bits are magnitude. */
export function countOf(raw: number): number {
  return raw >>> 0;
}

/** Best ask minus best bid in units of the price; null when either side is empty (a locked circuit). */
function spreadUnits(state: TopicState): number | null {
  const { values, known, multiplier } = state;
  if ((known & SPREAD_SLOTS) !== SPREAD_SLOTS) return null;
  const bid = priceUnits(values[bidPrice] as number, multiplier);
  const ask = priceUnits(values[askPrice] as number, multiplier);
  if (bid === 0 || ask === 0 || values[bidQuantity] === 0 || values[askQuantity] === 0) return null;
  return ask - bid;
}

/** (bid quantities - ask quantities) / their sum, in units of 10^-4, halves away from zero; null when the sum is 0. */
function imbalanceUnits(state: TopicState): number | null {
  let bids = 0;
  let asks = 0;
  for (let level = 0; level < DEPTH_LEVELS; level++) {
    if (state.known & (1 << (bidQuantity + level))) bids += countOf(state.values[bidQuantity + level] as number);
    if (state.known & (1 << (askQuantity + level))) asks += countOf(state.values[askQuantity + level] as number);
  }
  const sum = bids + asks;
  return sum === 0 ? null : divideHalfAway((bids - asks) * 10 ** IMBALANCE_PRECISION, sum);
}
