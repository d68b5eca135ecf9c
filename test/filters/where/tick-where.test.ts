import { describe, expect, it } from 'vitest';
import { TickWhere } from '../../../src/lib/filters/where/tick-where.ts';
import { DEPTH_SLOTS, INDEX_SLOTS, SYMBOL_SLOTS } from '../../../src/lib/market/slots.ts';
import type { RowBatch } from '../../../src/lib/market/tick.ts';
import { RowScanners } from '../../../src/lib/output/rows/row-scanner.ts';
import { RowTick } from '../../../src/lib/rows/row-tick.ts';
import { makeTick, setValues } from '../../support/make-tick.ts';
import { workOutRow } from '../../support/worked-out-row.ts';

const BEST = {
  [SYMBOL_SLOTS.bid]: 61_040,
  [SYMBOL_SLOTS.ask]: 61_060,
  [SYMBOL_SLOTS.bidSize]: 10,
  [SYMBOL_SLOTS.askSize]: 20,
};

describe('a live tick', () => {
  it('is judged by its values of the moment', () => {
    const tick = makeTick(0, 'symbol', 'NSE:SBIN-EQ', { values: { [SYMBOL_SLOTS.ltp]: 61_045 } });
    const where = new TickWhere('ltp == 610.45 and received_at > 1795428683754', ['symbol']);
    expect(where.matches(tick)).toBe(true);
    setValues(tick.state, { [SYMBOL_SLOTS.ltp]: 61_050 });
    expect(where.matches(tick)).toBe(false);
    expect(where.judged).toBe(2);
  });

  it.each([
    ['mid == 610.5', BEST, true],
    ['round(spread_bps * 1000) == 3276', BEST, true],
    ['mid > 0 or not mid > 0', { ...BEST, [SYMBOL_SLOTS.askSize]: 0 }, false],
    ['mid > 0 or not mid > 0', { ...BEST, [SYMBOL_SLOTS.bid]: 0 }, false],
    ['day_position == 0.25', { [SYMBOL_SLOTS.ltp]: 125, [SYMBOL_SLOTS.low]: 100, [SYMBOL_SLOTS.high]: 200 }, true],
    [
      'day_position >= 0 or day_position < 0',
      { [SYMBOL_SLOTS.ltp]: 1, [SYMBOL_SLOTS.low]: 1, [SYMBOL_SLOTS.high]: 1 },
      false,
    ],
  ])('%s', (expression, values, expected) => {
    const where = new TickWhere(expression, ['symbol']);
    expect(where.matches(makeTick(0, 'symbol', 'NSE:SBIN-EQ', { values }))).toBe(expected);
    expect(where.failures).toBe(0);
  });

  it('of each kind has its own columns; those of other kinds are null', () => {
    const index = makeTick(0, 'index', 'NSE:NIFTY50-INDEX', {
      values: { [INDEX_SLOTS.ltp]: 300, [INDEX_SLOTS.low]: 100, [INDEX_SLOTS.high]: 300 },
    });
    const depth = makeTick(1, 'depth', 'NSE:SBIN-EQ', {
      values: {
        [DEPTH_SLOTS.bidPrice]: 100,
        [DEPTH_SLOTS.askPrice]: 300,
        [DEPTH_SLOTS.bidQuantity]: 1,
        [DEPTH_SLOTS.askQuantity]: 1,
        [DEPTH_SLOTS.bidOrders + 4]: 9,
      },
    });
    const found = (expression: string): boolean[] => {
      const where = new TickWhere(expression, ['symbol', 'index', 'depth']);
      return [index, depth].map((tick) => where.matches(tick));
    };
    expect(found('day_position == 1')).toEqual([true, false]);
    expect(found('not day_position == 1')).toEqual([false, false]);
    expect(found('mid == 2 and bid_orders_5 == 9')).toEqual([false, true]);
    expect(found('type == "DepthUpdate" or symbol == "NSE:NIFTY50-INDEX"')).toEqual([true, true]);
    expect(found('volume > 0 or not volume > 0')).toEqual([false, false]);
    // A kind that was not named has no rows here.
    expect(new TickWhere('ltp > 0', ['symbol']).matches(index)).toBe(false);
  });

  it('that divides by zero is reported by its symbol, the first one only', () => {
    const reported: string[] = [];
    const where = new TickWhere('1 / (ltp - ltp) > 0', ['symbol'], ({ symbol }) => reported.push(symbol));
    for (const [id, symbol] of ['NSE:A-EQ', 'NSE:B-EQ'].entries()) {
      expect(where.matches(makeTick(id, 'symbol', symbol, { values: { [SYMBOL_SLOTS.ltp]: 1 } }))).toBe(false);
    }
    // Of an unknown price nothing is divided by zero.
    where.matches(makeTick(2, 'symbol', 'NSE:C-EQ'));
    expect([reported, where.failures, where.judged]).toEqual([['NSE:A-EQ'], 2, 3]);
  });
});

describe('a raw row', () => {
  const tick = makeTick(0, 'symbol', 'NSE:SBIN-EQ', { values: { [SYMBOL_SLOTS.ltp]: 61_045, ...BEST } });
  const row = JSON.stringify(workOutRow(tick, 'epoch'));

  it.each([
    ['of the contract', row],
    ['with blanks, as another version may send it', row.replaceAll(':', ': ')],
    ['with other columns', row.replace('"ltp"', '"turnover":5,"ltp"')],
    ['without a column in front', row.replace(/"open":[^,]+,/, '')],
  ])('%s is judged', (_, line) => {
    const bytes = Buffer.from(`${line}\n`);
    const rowTick = new RowTick(0, { kind: 'symbol', symbol: 'NSE:SBIN-EQ' }, new RowScanners(), () => {});
    rowTick.take(bytes, 0, bytes.length);
    for (const [expression, expected] of [
      ['ltp == 610.45 and mid == 610.5 and oi > 0', false],
      ['ltp == 610.45 and mid == 610.5 and symbol == "NSE:SBIN-EQ"', true],
      ['received_at == 1795428683755', true],
    ] as const) {
      expect([expression, new TickWhere(expression, ['symbol']).matches(rowTick)]).toEqual([expression, expected]);
    }
  });

  it('of a batch asks for its tick only when the symbol is wanted', () => {
    const bytes = Buffer.from(`${row}\n`);
    let asked = 0;
    const tickAt = () => {
      asked++;
      return tick;
    };
    const batch: RowBatch = { count: 1, bytes, endAt: () => bytes.length, tickAt };
    expect(new TickWhere('ltp > 1', ['symbol']).matchesRow(batch, 0, 0)).toBe(true);
    expect(asked).toBe(0);
    expect(new TickWhere('symbol == "NSE:SBIN-EQ"', ['symbol']).matchesRow(batch, 0, 0)).toBe(true);
    expect(asked).toBe(1);
    expect(new TickWhere('ltp > 1', ['index']).matchesRow(batch, 0, 0)).toBe(false);
  });

  it('of a batch that is none cannot be judged', () => {
    const bytes = Buffer.from('{"type":"Other"}\n');
    const batch: RowBatch = { count: 1, bytes, endAt: () => bytes.length, tickAt: () => tick };
    expect(new TickWhere('ltp > 1', ['symbol']).matchesRow(batch, 0, 0)).toBeUndefined();
  });
});
