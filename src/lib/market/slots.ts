import type { TopicKind } from './kinds.ts';

/*
 * A topic's state is one Int32Array of raw values. A slot is a field's place in it. The numbers are the
 * feed's default wire order (docs/protocol.md, "Fields"); a server's dictionary may reorder the wire, never the slots.
 */

export const SYMBOL_SLOTS = {
  ltp: 0,
  volume: 1,
  lastTradeTime: 2,
  exchangeTime: 3,
  bidSize: 4,
  askSize: 5,
  bid: 6,
  ask: 7,
  lastQty: 8,
  totalBuyQty: 9,
  totalSellQty: 10,
  avgPrice: 11,
  oi: 12,
  low: 13,
  high: 14,
  yearHigh: 15,
  yearLow: 16,
  lowerCircuit: 17,
  upperCircuit: 18,
  open: 19,
  prevClose: 20,
} as const;

export const INDEX_SLOTS = {
  ltp: 0,
  prevClose: 1,
  exchangeTime: 2,
  high: 3,
  low: 4,
  open: 5,
  yearHigh: 6,
  yearLow: 7,
} as const;

export const DEPTH_LEVELS = 5;

/** First slot of each run of five levels, best level first. */
export const DEPTH_SLOTS = {
  bidPrice: 0,
  askPrice: 5,
  bidQuantity: 10,
  askQuantity: 15,
  bidOrders: 20,
  askOrders: 25,
} as const;

/** How many slots a topic of each kind has. At most 31, so that a set of slots is one small integer. */
export const SLOT_COUNTS: Record<TopicKind, number> = { sf: 21, if: 8, dp: 30 };

/** The slot of the last traded price, the same for symbols and indices: lite rows need no more. */
export const LTP_SLOT = 0;
