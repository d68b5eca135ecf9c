import { describe, expect, it } from 'vitest';
import { COLUMNS } from '../../src/lib/market/columns.ts';
import type { Kind } from '../../src/lib/market/kinds.ts';
import { toRow } from '../../src/lib/market/row.ts';
import { rowSchema } from '../../src/lib/market/rows.ts';
import { makeTick } from '../support/make-tick.ts';

/** The contract, by hand: a change here changes what users read. */
const KEYS: Record<Kind, string> = {
  symbol:
    'type symbol ltp open high low close prev_close change change_percent bid ask bid_size ask_size volume last_qty ' +
    'avg_price total_buy_qty total_sell_qty oi year_high year_low lower_circuit upper_circuit last_trade_time exchange_time received_at',
  index:
    'type symbol ltp open high low close prev_close change change_percent year_high year_low exchange_time received_at',
  depth: 'type symbol bid ask spread imbalance received_at',
  lite: 'type symbol ltp received_at',
};

const FLAT_BOOK =
  'type symbol bid_price_1 bid_quantity_1 bid_orders_1 bid_price_2 bid_quantity_2 bid_orders_2 bid_price_3 bid_quantity_3 bid_orders_3 ' +
  'bid_price_4 bid_quantity_4 bid_orders_4 bid_price_5 bid_quantity_5 bid_orders_5 ask_price_1 ask_quantity_1 ask_orders_1 ' +
  'ask_price_2 ask_quantity_2 ask_orders_2 ask_price_3 ask_quantity_3 ask_orders_3 ask_price_4 ask_quantity_4 ask_orders_4 ' +
  'ask_price_5 ask_quantity_5 ask_orders_5 spread imbalance received_at';

const SYMBOLS: Record<Kind, string> = {
  symbol: 'NSE:SBIN-EQ',
  index: 'NSE:NIFTY50-INDEX',
  depth: 'NSE:SBIN-EQ',
  lite: 'NSE:SBIN-EQ',
};
const KINDS = Object.keys(KEYS) as Kind[];

describe('toRow', () => {
  it.each(KINDS)('of kind %s has the keys of the contract, in its order', (kind) => {
    const tick = makeTick(0, kind, SYMBOLS[kind]);
    const row = toRow(tick, { simulated: false, time: 'epoch' });
    expect(Object.keys(row).join(' ')).toBe(KEYS[kind]);
    const marked = toRow(tick, { simulated: true, time: 'epoch' });
    expect(Object.keys(marked).join(' ')).toBe(`${KEYS[kind]} simulated`);
  });

  it.each(KINDS)('of kind %s is what the schema says, with all values and with none', (kind) => {
    const values = Object.fromEntries(Array.from({ length: 30 }, (_, slot) => [slot, 1_000 + slot]));
    const slots = makeTick(0, kind, SYMBOLS[kind]).state.values.length;
    const all = Object.fromEntries(Object.entries(values).slice(0, slots));
    for (const given of [{}, { values: all }, { values: { 0: 61_050 } }]) {
      for (const time of ['epoch', 'iso'] as const) {
        const row = toRow(makeTick(0, kind, SYMBOLS[kind], given), { simulated: time === 'iso', time });
        expect(rowSchema.parse(row)).toEqual(row);
        expect(Object.keys(rowSchema.parse(row))).toEqual(Object.keys(row));
      }
    }
  });

  it('is a copy that stays when the state goes on', () => {
    const tick = makeTick(0, 'depth', 'NSE:SBIN-EQ', { values: { 0: 61_050 } });
    const row = toRow(tick, { simulated: false, time: 'epoch' });
    const text = JSON.stringify(row);
    tick.state.values[0] = 61_060;
    expect(JSON.stringify(row)).toBe(text);
  });
});

describe('COLUMNS', () => {
  it('are the keys of the contract, the book flattened', () => {
    for (const kind of KINDS) {
      expect(COLUMNS[kind].map(({ name }) => name).join(' ')).toBe(kind === 'depth' ? FLAT_BOOK : KEYS[kind]);
    }
  });
});
