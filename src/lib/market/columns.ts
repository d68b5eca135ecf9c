import type { Kind } from './kinds.ts';
import { DEPTH_LEVELS, DEPTH_SLOTS, INDEX_SLOTS, SYMBOL_SLOTS } from './slots.ts';

/**
 * How a column's value follows from a topic's state.
 *
 * - `type`, `symbol`, `receivedAt`: not from a slot.
 * - `price`: the slot scaled by multiplier and precision. `integer`: a count, the slot's 32 bits unsigned. `seconds`: epoch seconds, null when 0.
 * - `change`, `changePercent`: of `slot` against `base`; null when either is unknown or 0.
 * - `spread`, `imbalance`: of the whole book.
 */
export type ColumnSource =
  | { readonly from: 'type' | 'symbol' | 'receivedAt' }
  | { readonly from: 'spread' | 'imbalance' }
  | { readonly from: 'price' | 'integer' | 'seconds'; readonly slot: number }
  | { readonly from: 'change' | 'changePercent'; readonly slot: number; readonly base: number };

/** Where a flattened column of the book stands in a nested row. */
export interface BookPlace {
  readonly side: 'bid' | 'ask';
  /** 0 is the best. */
  readonly level: number;
  readonly key: 'price' | 'quantity' | 'orders';
}

export type Column = ColumnSource & { readonly name: string; readonly place?: BookPlace };

const price = (name: string, slot: number): Column => ({ name, from: 'price', slot });
const integer = (name: string, slot: number): Column => ({ name, from: 'integer', slot });
const seconds = (name: string, slot: number): Column => ({ name, from: 'seconds', slot });

const TYPE: Column = { name: 'type', from: 'type' };
const SYMBOL: Column = { name: 'symbol', from: 'symbol' };
const RECEIVED_AT: Column = { name: 'received_at', from: 'receivedAt' };

function depthSide(side: BookPlace['side']): Column[] {
  const columns: Column[] = [];
  for (let level = 0; level < DEPTH_LEVELS; level++) {
    const add = (key: BookPlace['key'], column: Column): number =>
      columns.push({ ...column, place: { side, level, key } });
    const rank = level + 1;
    add('price', price(`${side}_price_${rank}`, DEPTH_SLOTS[`${side}Price`] + level));
    add('quantity', integer(`${side}_quantity_${rank}`, DEPTH_SLOTS[`${side}Quantity`] + level));
    add('orders', integer(`${side}_orders_${rank}`, DEPTH_SLOTS[`${side}Orders`] + level));
  }
  return columns;
}

/** The columns of each row, in the order of the contract; depth flattened, as CSV and `--fields` have it. */
export const COLUMNS: Record<Kind, readonly Column[]> = {
  symbol: [
    TYPE,
    SYMBOL,
    price('ltp', SYMBOL_SLOTS.ltp),
    price('open', SYMBOL_SLOTS.open),
    price('high', SYMBOL_SLOTS.high),
    price('low', SYMBOL_SLOTS.low),
    price('close', SYMBOL_SLOTS.ltp),
    price('prev_close', SYMBOL_SLOTS.prevClose),
    { name: 'change', from: 'change', slot: SYMBOL_SLOTS.ltp, base: SYMBOL_SLOTS.prevClose },
    { name: 'change_percent', from: 'changePercent', slot: SYMBOL_SLOTS.ltp, base: SYMBOL_SLOTS.prevClose },
    price('bid', SYMBOL_SLOTS.bid),
    price('ask', SYMBOL_SLOTS.ask),
    integer('bid_size', SYMBOL_SLOTS.bidSize),
    integer('ask_size', SYMBOL_SLOTS.askSize),
    integer('volume', SYMBOL_SLOTS.volume),
    integer('last_qty', SYMBOL_SLOTS.lastQty),
    price('avg_price', SYMBOL_SLOTS.avgPrice),
    integer('total_buy_qty', SYMBOL_SLOTS.totalBuyQty),
    integer('total_sell_qty', SYMBOL_SLOTS.totalSellQty),
    integer('oi', SYMBOL_SLOTS.oi),
    price('year_high', SYMBOL_SLOTS.yearHigh),
    price('year_low', SYMBOL_SLOTS.yearLow),
    price('lower_circuit', SYMBOL_SLOTS.lowerCircuit),
    price('upper_circuit', SYMBOL_SLOTS.upperCircuit),
    seconds('last_trade_time', SYMBOL_SLOTS.lastTradeTime),
    seconds('exchange_time', SYMBOL_SLOTS.exchangeTime),
    RECEIVED_AT,
  ],
  index: [
    TYPE,
    SYMBOL,
    price('ltp', INDEX_SLOTS.ltp),
    price('open', INDEX_SLOTS.open),
    price('high', INDEX_SLOTS.high),
    price('low', INDEX_SLOTS.low),
    price('close', INDEX_SLOTS.ltp),
    price('prev_close', INDEX_SLOTS.prevClose),
    { name: 'change', from: 'change', slot: INDEX_SLOTS.ltp, base: INDEX_SLOTS.prevClose },
    { name: 'change_percent', from: 'changePercent', slot: INDEX_SLOTS.ltp, base: INDEX_SLOTS.prevClose },
    price('year_high', INDEX_SLOTS.yearHigh),
    price('year_low', INDEX_SLOTS.yearLow),
    seconds('exchange_time', INDEX_SLOTS.exchangeTime),
    RECEIVED_AT,
  ],
  depth: [
    TYPE,
    SYMBOL,
    ...depthSide('bid'),
    ...depthSide('ask'),
    { name: 'spread', from: 'spread' },
    { name: 'imbalance', from: 'imbalance' },
    RECEIVED_AT,
  ],
  lite: [TYPE, SYMBOL, price('ltp', SYMBOL_SLOTS.ltp), RECEIVED_AT],
};
