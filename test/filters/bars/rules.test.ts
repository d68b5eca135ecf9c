import { describe, expect, test } from 'vitest';
import { createCalendar } from '../../../src/lib/market/calendar.ts';
import { makeBuilder, makeRow, seconds, showBars } from '../../support/bar-rows.ts';

describe('rule 1: labels and intervals', () => {
  test('a bar is named by its start, has every key of the contract in order, and excludes its end', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('09:15:00', { ltp: 100, volume: 50, high: 100, low: 100, oi: 7 }));
    builder.tick(makeRow('09:15:30', { ltp: 101.5, volume: 60, high: 101.5, low: 100, oi: 8 }));
    builder.tick(makeRow('09:15:59', { ltp: 101, volume: 90, high: 101.5, low: 100, oi: 9 }));
    builder.tick(makeRow('09:16:00', { ltp: 99, volume: 91, high: 101.5, low: 99, oi: 9 }));
    expect(bars).toEqual([]);
    builder.tick(makeRow('09:16:02', { ltp: 98, volume: 92, high: 101.5, low: 98, oi: 9 }));
    expect(JSON.stringify(bars)).toBe(
      JSON.stringify([
        {
          symbol: 'NSE:SBIN-EQ',
          interval: '1m',
          start: seconds('09:15:00'),
          end: seconds('09:16:00'),
          open: 100,
          high: 101.5,
          low: 100,
          close: 101,
          volume: 40,
          vwap: 101.125,
          ticks: 2,
          oi: 9,
          final: true,
          partial: true,
          gap_ms: 0,
          received_at: seconds('09:15:59') * 1_000 + 100,
        },
      ]),
    );
  });

  test('intervals count from the open of the session, and the last bar ends with it', () => {
    const { builder, bars } = makeBuilder({ intervals: '10m,1h' });
    builder.tick(makeRow('09:15:00', { ltp: 100, volume: 1 }));
    builder.tick(makeRow('09:25:00', { ltp: 101, volume: 2 }));
    builder.tick(makeRow('15:29:59', { ltp: 102, volume: 3 }));
    builder.tick(makeRow('15:30:02', { ltp: 102, volume: 3, traded: '15:29:59' }));
    const times = bars.map(({ interval, start, end }) => [interval, start, end]);
    expect(times).toEqual([
      ['10m', seconds('09:15:00'), seconds('09:25:00')],
      ['10m', seconds('09:25:00'), seconds('09:35:00')],
      ['1h', seconds('09:15:00'), seconds('10:15:00')],
      ['10m', seconds('15:25:00'), seconds('15:30:00')],
      ['1h', seconds('15:15:00'), seconds('15:30:00')],
    ]);
  });

  test('1d is the session', () => {
    const { builder, bars } = makeBuilder({ intervals: '1d' });
    builder.tick(makeRow('09:15:00', { ltp: 100, volume: 1 }));
    builder.tick(makeRow('15:29:59', { ltp: 102, volume: 3 }));
    builder.tick(makeRow('15:30:02', { ltp: 102, volume: 3, traded: '15:29:59' }));
    expect(bars).toMatchObject([{ start: seconds('09:15:00'), end: seconds('15:30:00'), open: 100, close: 102 }]);
  });

  test('each session of a day is anchored at its own open', () => {
    const calendar = createCalendar([
      {
        year: 2026,
        days: [
          {
            date: '2026-11-23',
            name: 'two sessions',
            hours: {
              equity: [
                ['09:15', '10:07'],
                ['11:30', '12:30'],
              ],
            },
          },
        ],
      },
    ]);
    const { builder, bars } = makeBuilder({ intervals: '10m,1d', calendar });
    builder.tick(makeRow('10:06:00', { ltp: 100, volume: 1 }));
    builder.tick(makeRow('11:00:00', { ltp: 101, volume: 2 }));
    builder.tick(makeRow('11:45:00', { ltp: 102, volume: 4 }));
    builder.end();
    expect(bars.map(({ interval, start, end, volume }) => [interval, start, end, volume])).toEqual([
      ['10m', seconds('10:05:00'), seconds('10:07:00'), 0],
      ['1d', seconds('09:15:00'), seconds('10:07:00'), 0],
      ['10m', seconds('11:40:00'), seconds('11:50:00'), 2],
      ['1d', seconds('11:30:00'), seconds('12:30:00'), 2],
    ]);
    expect(builder.counters.outside).toBe(1);
  });
});

describe('rule 2: which bar a row belongs to', () => {
  test('a row belongs to the time of its last trade, not to its own', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('09:15:10', { ltp: 100, volume: 10 }));
    builder.tick(makeRow('09:16:01', { ltp: 105, volume: 15, traded: '09:15:58' }));
    builder.tick(makeRow('09:17:02', { ltp: 105, volume: 15, traded: '09:15:58' }));
    builder.end();
    expect(showBars(bars)).toEqual(['09:15 100 105 100 105 5']);
  });

  test('a quote without a trade opens and touches no bar', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('09:15:10', { ltp: 100, volume: 10 }));
    builder.tick(makeRow('09:15:20', { ltp: 999, volume: 10, traded: '09:15:10' }));
    builder.tick(makeRow('09:17:20', { ltp: 998, volume: 10, traded: '09:15:10' }));
    builder.end();
    expect(bars).toMatchObject([{ close: 100, high: 100, ticks: 0, received_at: seconds('09:15:10') * 1_000 + 100 }]);
    expect(bars).toHaveLength(1);
  });

  test('a later trade time alone is a trade', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('09:15:10', { ltp: 100 }));
    builder.tick(makeRow('09:15:20', { ltp: 101 }));
    builder.end();
    expect(bars).toMatchObject([{ close: 101, ticks: 1, volume: 0, vwap: null }]);
  });

  test('an index goes by exchange_time, and has no volume', () => {
    const { builder, bars } = makeBuilder();
    const index = { kind: 'index', symbol: 'NSE:NIFTY50-INDEX' } as const;
    builder.tick(makeRow('09:15:01', { ...index, ltp: 26_000, traded: null }));
    builder.tick(makeRow('09:15:01', { ...index, ltp: 26_001, traded: null }));
    builder.tick(makeRow('09:15:59', { ...index, ltp: 26_002, traded: null }));
    builder.tick(makeRow('09:16:02', { ...index, ltp: 26_003, traded: null }));
    expect(bars).toMatchObject([{ open: 26_000, close: 26_002, volume: null, vwap: null, ticks: 2, oi: null }]);
    expect(bars[0]).not.toHaveProperty('clock');
  });

  test('last prices go by received_at, which the bar says', () => {
    const { builder, bars } = makeBuilder();
    const lite = (time: string, ltp: number) =>
      makeRow('03:00:00', { kind: 'lite', ltp, traded: null, received_at: seconds(time) * 1_000 });
    builder.tick(lite('09:15:01', 100));
    builder.tick(lite('09:15:02', 103));
    builder.tick(lite('09:16:01.999', 104));
    expect(bars).toEqual([]);
    builder.tick(lite('09:16:02', 105));
    expect(bars).toMatchObject([{ start: seconds('09:15:00'), close: 103, volume: null, clock: 'received', ticks: 1 }]);
    expect(Object.keys(bars[0] ?? {}).slice(-2)).toEqual(['received_at', 'clock']);
  });

  test('depth is passed over, and rows of another type than the first of a symbol are counted', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('09:15:10', { kind: 'depth' }));
    builder.tick(makeRow('09:15:10', { ltp: 100 }));
    builder.tick(makeRow('09:15:12', { kind: 'lite', ltp: 200 }));
    builder.end();
    expect(bars).toMatchObject([{ high: 100 }]);
    expect(builder.counters).toEqual({ placed: 1, late: 0, outside: 0, otherTypes: 1 });
  });
});

describe('rule 3: the first row', () => {
  test('it opens a bar with its price, and its volume counts for nothing', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 123_456, high: 110, low: 90 }));
    builder.end();
    expect(bars).toMatchObject([{ open: 100, high: 100, low: 100, close: 100, volume: 0, ticks: 0, partial: true }]);
  });

  test('only its own bar is partial', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
    builder.tick(makeRow('11:01:10', { ltp: 100, volume: 20 }));
    builder.tick(makeRow('11:02:02', { ltp: 100, volume: 20, traded: '11:01:10' }));
    expect(bars.map(({ partial }) => partial)).toEqual([true, false]);
  });

  test('it is not partial when the session began after the input did', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('09:14:58', { symbol: 'NSE:TCS-EQ', ltp: 1, traded: null }));
    builder.tick(makeRow('09:15:10', { ltp: 100, volume: 10 }));
    builder.tick(makeRow('09:16:02', { ltp: 100, volume: 10, traded: '09:15:10' }));
    expect(bars).toMatchObject([{ symbol: 'NSE:SBIN-EQ', partial: false, volume: 0, ticks: 0 }]);
  });

  test('an old price opens no bar: its interval is over', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10, traded: '10:31:00' }));
    builder.tick(makeRow('11:00:20', { ltp: 101, volume: 12 }));
    builder.tick(makeRow('11:01:02', { ltp: 101, volume: 12, traded: '11:00:20' }));
    expect(bars).toMatchObject([{ start: seconds('11:00:00'), open: 101, volume: 2, partial: false }]);
  });

  test('--skip-partial leaves it out', () => {
    const { builder, bars } = makeBuilder({ skipPartial: true });
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
    builder.tick(makeRow('11:01:10', { ltp: 100, volume: 20 }));
    builder.tick(makeRow('11:02:10', { ltp: 100, volume: 30 }));
    builder.end();
    expect(showBars(bars)).toEqual(['11:01 100 100 100 100 10']);
  });
});

describe('rule 4: volume', () => {
  test('a lower volume is a correction: what was counted of the bar is not certain', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 1_000 }));
    builder.tick(makeRow('11:01:10', { ltp: 101, volume: 1_100 }));
    builder.tick(makeRow('11:01:20', { ltp: 102, volume: 1_050 }));
    builder.tick(makeRow('11:01:30', { ltp: 103, volume: 1_060 }));
    builder.tick(makeRow('11:02:10', { ltp: 103, volume: 1_061 }));
    builder.end();
    expect(bars.map(({ volume, ticks, partial, close }) => [volume, ticks, partial, close])).toEqual([
      [0, 0, true, 100],
      [110, 2, true, 103],
      [1, 1, true, 103],
    ]);
  });

  test('a correction without a trade only marks the bar', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 1_000 }));
    builder.tick(makeRow('11:01:10', { ltp: 101, volume: 1_100 }));
    builder.tick(makeRow('11:01:20', { ltp: 109, volume: 1_050, traded: '11:01:10' }));
    builder.tick(makeRow('11:02:02', { ltp: 101, volume: 1_050, traded: '11:01:10' }));
    expect(bars[1]).toMatchObject({ high: 101, volume: 100, ticks: 1, partial: true });
  });

  test('a new session begins anew', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('15:29:50', { ltp: 100, volume: 9_000, high: 120, low: 80 }));
    builder.tick(makeRow('2026-11-24 09:15:05', { ltp: 105, volume: 700, high: 106, low: 104 }));
    builder.tick(makeRow('2026-11-24 09:15:09', { ltp: 105.5, volume: 750, high: 106, low: 104 }));
    builder.end();
    expect(bars).toMatchObject([
      { volume: 0, close: 100 },
      { start: seconds('2026-11-24 09:15:00'), open: 105, high: 105.5, low: 105, volume: 50, ticks: 1, partial: true },
    ]);
    expect(bars[1]).not.toHaveProperty('extreme_unplaced');
  });

  test('a new session is one also when more was traded than on the day before', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('15:29:50', { ltp: 100, volume: 10 }));
    builder.tick(makeRow('2026-11-24 09:15:05', { ltp: 105, volume: 700 }));
    builder.end();
    expect(bars[1]).toMatchObject({ volume: 0, partial: true });
  });

  test('what is seen before the session is its baseline: the first bar is whole', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('08:59:00', { ltp: 100, volume: 9_000, high: 120, low: 80, traded: '2026-11-20 15:29:59' }));
    builder.tick(makeRow('09:00:01', { ltp: 100, volume: 0, high: 0, low: 0, traded: '2026-11-20 15:29:59' }));
    builder.tick(makeRow('09:08:00', { ltp: 101, volume: 500, high: 101, low: 101, traded: '09:07:30' }));
    builder.tick(makeRow('09:15:01', { ltp: 102, volume: 540, high: 102, low: 101 }));
    builder.tick(makeRow('09:16:02', { ltp: 102, volume: 540, high: 102, low: 101, traded: '09:15:01' }));
    expect(bars).toMatchObject([{ start: seconds('09:15:00'), open: 102, volume: 40, ticks: 1, partial: false }]);
  });

  test('the first difference after a gap cannot be placed', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 1_000 }));
    builder.tick(makeRow('11:00:20', { ltp: 101, volume: 1_010 }));
    builder.gap(seconds('11:00:20') * 1_000, seconds('11:00:40') * 1_000, ['NSE:SBIN-EQ']);
    builder.tick(makeRow('11:00:41', { ltp: 103, volume: 1_500 }));
    builder.tick(makeRow('11:00:42', { ltp: 104, volume: 1_530 }));
    builder.end();
    expect(bars).toMatchObject([
      { volume: 40, gap_volume: 490, ticks: 3, vwap: 103.25, gap_ms: 20_000, partial: true },
    ]);
    expect(Object.keys(bars[0] ?? {}).slice(-2)).toEqual(['received_at', 'gap_volume']);
  });

  test('rows that were lost are a gap of all symbols', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 1_000, received_at: seconds('11:00:10') * 1_000 }));
    builder.skipped(seconds('11:00:30') * 1_000);
    builder.tick(makeRow('11:00:31', { ltp: 103, volume: 1_500 }));
    builder.end();
    expect(bars).toMatchObject([{ volume: 0, gap_volume: 500, gap_ms: 20_000, partial: true }]);
  });
});

describe('rule 5: high and low that no row showed', () => {
  const rows = (second: Parameters<typeof makeRow>[1], times: readonly [string, string] = ['11:00:10', '11:00:20']) => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow(times[0], { ltp: 100, volume: 10, high: 110, low: 90 }));
    builder.tick(makeRow(times[1], { ltp: 101, volume: 20, high: 110, low: 90, ...second }));
    builder.end();
    return bars.at(-1);
  };

  test("the day's new high or low is that of the bar", () => {
    expect(rows({ high: 111 })).toMatchObject({ high: 111, low: 100, close: 101 });
    expect(rows({ low: 89 })).toMatchObject({ high: 101, low: 89 });
    expect(rows({})).toMatchObject({ high: 101, low: 100 });
  });

  test("across a bar's boundary it is not known which bar it belongs to", () => {
    const bar = rows({ high: 111 }, ['11:00:50', '11:01:05']);
    expect(bar).toMatchObject({ start: seconds('11:01:00'), high: 101, extreme_unplaced: true });
    expect(Object.keys(bar ?? {}).slice(-2)).toEqual(['received_at', 'extreme_unplaced']);
  });

  test('unless the row has that price itself', () => {
    const bar = rows({ ltp: 111, high: 111 }, ['11:00:50', '11:01:05']);
    expect(bar).toMatchObject({ high: 111, low: 111 });
    expect(bar).not.toHaveProperty('extreme_unplaced');
  });

  test('a quote between shows that the trade came after it', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('11:00:50', { ltp: 100, volume: 10, high: 110, low: 90 }));
    builder.tick(makeRow('11:01:00', { ltp: 100, volume: 10, high: 110, low: 90, traded: '11:00:50' }));
    builder.tick(makeRow('11:01:05', { ltp: 101, volume: 20, high: 112, low: 90 }));
    builder.end();
    expect(bars[1]).toMatchObject({ high: 112, low: 101 });
  });

  test('a quote with a new high belongs to the trade that follows', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10, high: 110, low: 90 }));
    builder.tick(makeRow('11:00:20', { ltp: 100, volume: 10, high: 112, low: 90, traded: '11:00:10' }));
    builder.tick(makeRow('11:00:30', { ltp: 101, volume: 20, high: 112, low: 90 }));
    builder.end();
    expect(bars).toMatchObject([{ high: 112 }]);
  });

  test('not across a gap', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10, high: 110, low: 90 }));
    builder.gap(seconds('11:00:11') * 1_000, seconds('11:00:14') * 1_000, ['NSE:SBIN-EQ']);
    builder.tick(makeRow('11:00:20', { ltp: 101, volume: 20, high: 112, low: 90 }));
    builder.tick(makeRow('11:00:30', { ltp: 101, volume: 21, high: 113, low: 90 }));
    builder.end();
    expect(bars).toMatchObject([{ high: 113, extreme_unplaced: true }]);
  });

  test('of an index, too', () => {
    const { builder, bars } = makeBuilder();
    const index = { kind: 'index', symbol: 'NSE:NIFTY50-INDEX', traded: null } as const;
    builder.tick(makeRow('11:00:10', { ...index, ltp: 100, high: 110, low: 90 }));
    builder.tick(makeRow('11:00:12', { ...index, ltp: 101, high: 111, low: 90 }));
    builder.end();
    expect(bars).toMatchObject([{ high: 111 }]);
  });
});

describe('rule 6: vwap', () => {
  test('prices weighted by what traded, four decimals; null without volume', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
    builder.tick(makeRow('11:01:10', { ltp: 100.1, volume: 11 }));
    builder.tick(makeRow('11:01:20', { ltp: 100.3, volume: 13 }));
    builder.tick(makeRow('11:02:20', { ltp: 100.3, volume: 13 }));
    builder.end();
    expect(bars.map(({ vwap }) => vwap)).toEqual([null, 100.2333, null]);
  });
});

describe('rule 7: when a bar closes', () => {
  test("by the clock of the whole input: a quiet symbol's bar does not wait for its next trade", () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
    builder.tick(makeRow('11:01:01', { symbol: 'NSE:TCS-EQ', ltp: 1 }));
    expect(bars).toEqual([]);
    builder.tick(makeRow('11:01:02', { symbol: 'NSE:TCS-EQ', ltp: 1, traded: '11:01:01' }));
    expect(bars).toMatchObject([{ symbol: 'NSE:SBIN-EQ' }]);
  });

  test('its last row may be the one that closes it', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
    builder.tick(makeRow('11:01:02', { ltp: 104, volume: 15, traded: '11:00:59' }));
    expect(showBars(bars)).toEqual(['11:00 100 104 100 104 5']);
    expect(builder.counters.late).toBe(0);
  });

  test('rows of two bars may come by turns within the grace', () => {
    const { builder, bars } = makeBuilder({ graceMs: 5_000 });
    builder.tick(makeRow('11:00:58', { ltp: 100, volume: 10 }));
    builder.tick(makeRow('11:01:01', { ltp: 101, volume: 20 }));
    builder.tick(makeRow('11:01:02', { ltp: 102, volume: 30, traded: '11:00:59' }));
    builder.tick(makeRow('11:01:04', { ltp: 103, volume: 40 }));
    builder.tick(makeRow('11:01:05', { ltp: 103, volume: 40, traded: '11:01:04' }));
    builder.end();
    expect(showBars(bars)).toEqual(['11:00 100 102 100 102 10', '11:01 101 103 101 103 20']);
  });

  test('without grace at once', () => {
    const { builder, bars } = makeBuilder({ graceMs: 0 });
    builder.tick(makeRow('11:00:58', { ltp: 100, volume: 10 }));
    builder.tick(makeRow('11:01:00', { ltp: 101, volume: 20 }));
    expect(bars).toHaveLength(1);
  });

  test('bars that close together come by their end, then by name', () => {
    const { builder, bars } = makeBuilder({ intervals: '1m,2m' });
    for (const symbol of ['NSE:TCS-EQ', 'NSE:SBIN-EQ'])
      builder.tick(makeRow('09:15:10', { symbol, ltp: 1, volume: 1 }));
    for (const symbol of ['NSE:TCS-EQ', 'NSE:SBIN-EQ'])
      builder.tick(makeRow('09:16:01', { symbol, ltp: 2, volume: 2 }));
    builder.tick(makeRow('09:30:00', { symbol: 'NSE:INFY-EQ', ltp: 2, volume: 2 }));
    const shown = bars.map(({ symbol, interval, end }) => `${end - seconds('09:15:00')} ${symbol} ${interval}`);
    expect(shown).toEqual([
      '60 NSE:SBIN-EQ 1m',
      '60 NSE:TCS-EQ 1m',
      '120 NSE:SBIN-EQ 1m',
      '120 NSE:SBIN-EQ 2m',
      '120 NSE:TCS-EQ 1m',
      '120 NSE:TCS-EQ 2m',
    ]);
  });

  test('on a quiet live feed by wall time, three seconds after the grace', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
    builder.quiet(seconds('11:01:04.999') * 1_000);
    expect(bars).toEqual([]);
    builder.quiet(seconds('11:01:05') * 1_000);
    expect(bars).toMatchObject([{ close: 100, final: true }]);
  });

  test('a wall clock that is wrong does not close a bar early', () => {
    const { builder, bars } = makeBuilder();
    const aheadMs = 90_000;
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10, received_at: seconds('11:00:10') * 1_000 + aheadMs }));
    builder.quiet(seconds('11:01:04') * 1_000 + aheadMs);
    expect(bars).toEqual([]);
    builder.quiet(seconds('11:01:05') * 1_000 + aheadMs);
    expect(bars).toHaveLength(1);
  });

  test('the end of the input closes all bars, by their end', () => {
    const { builder, bars } = makeBuilder({ intervals: '1m,5m' });
    builder.tick(makeRow('09:14:59', { symbol: 'NSE:TCS-EQ', ltp: 1, traded: null }));
    builder.tick(makeRow('09:15:59', { ltp: 100, volume: 10 }));
    builder.tick(makeRow('09:16:01', { ltp: 101, volume: 20 }));
    builder.end();
    expect(bars.map(({ interval, start, partial }) => [interval, start - seconds('09:15:00'), partial])).toEqual([
      ['1m', 0, true],
      ['1m', 60, true],
      ['5m', 0, true],
    ]);
  });

  test('a time far in the future closes nothing and belongs to no bar', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
    const received_at = seconds('11:00:20') * 1_000;
    builder.tick(makeRow('2027-11-22 11:00:00', { ltp: 101, volume: 11, received_at }));
    builder.tick(makeRow('11:00:30', { ltp: 102, volume: 12 }));
    expect(bars).toEqual([]);
    builder.end();
    expect(builder.counters.outside).toBe(1);
    expect(showBars(bars)).toEqual(['11:00 100 102 100 102 1']);
  });
});

describe('rule 8: late rows', () => {
  const late = (revise: boolean) => {
    const made = makeBuilder({ revise });
    made.builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
    made.builder.tick(makeRow('11:00:30', { ltp: 101, volume: 15 }));
    made.builder.tick(makeRow('11:01:03', { symbol: 'NSE:TCS-EQ', ltp: 1 }));
    made.builder.tick(makeRow('11:01:04', { ltp: 99, volume: 35, traded: '11:00:59' }));
    made.builder.tick(makeRow('11:01:05', { ltp: 102, volume: 36 }));
    return made;
  };

  test('it is counted, and moves the baseline', () => {
    const { builder, bars } = late(false);
    builder.end();
    expect(builder.counters.late).toBe(1);
    expect(showBars(bars.filter(({ symbol }) => symbol === 'NSE:SBIN-EQ'))).toEqual([
      '11:00 100 101 100 101 5',
      '11:01 102 102 102 102 1',
    ]);
    expect(bars.every((bar) => !('revision' in bar))).toBe(true);
  });

  test('--revise gives its bar again, with its volume', () => {
    const { builder, bars } = late(true);
    expect(showBars(bars)).toEqual(['11:00 100 101 100 101 5', '11:00 100 101 99 99 25']);
    expect(bars[1]).toMatchObject({ revision: 1, ticks: 2, final: true });
    expect(Object.keys(bars[1] ?? {}).at(-1)).toBe('revision');
    builder.tick(makeRow('11:01:06', { ltp: 98, volume: 40, traded: '11:00:58' }));
    expect(bars[2]).toMatchObject({ revision: 2, low: 98, close: 99, volume: 29 });
    expect(builder.counters.late).toBe(2);
  });

  test('a row of an interval that had no bar is no late row', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10, traded: '10:00:00' }));
    builder.tick(makeRow('11:01:03', { symbol: 'NSE:TCS-EQ', ltp: 1 }));
    builder.tick(makeRow('11:01:04', { ltp: 99, volume: 35, traded: '11:00:59' }));
    expect(showBars(bars)).toEqual(['11:00 99 99 99 99 25']);
    expect(builder.counters.late).toBe(0);
  });
});

describe('rule 9: outside the session', () => {
  test('ticks are left out and counted, and move the baseline', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('15:29:50', { ltp: 100, volume: 10 }));
    builder.tick(makeRow('15:30:00', { ltp: 200, volume: 1_000, high: 200 }));
    builder.tick(makeRow('15:45:00', { ltp: 300, volume: 2_000, high: 300 }));
    builder.end();
    expect(showBars(bars)).toEqual(['15:29 100 100 100 100 0']);
    expect(builder.counters.outside).toBe(2);
  });

  test('a holiday has no session', () => {
    const calendar = createCalendar([
      { year: 2026, days: [{ date: '2026-11-23', name: 'x', hours: { all: 'closed' } }] },
    ]);
    const { builder, bars } = makeBuilder({ calendar });
    builder.tick(makeRow('11:00:00', { ltp: 100, volume: 10 }));
    builder.tick(makeRow('11:00:01', { ltp: 100, volume: 20 }));
    builder.end();
    expect([bars, builder.counters.outside]).toEqual([[], 1]);
  });

  test('hours are those of the symbol', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('22:00:00', { symbol: 'MCX:CRUDEOIL26DECFUT', ltp: 6_000, volume: 10 }));
    builder.end();
    expect(bars).toHaveLength(1);
  });

  test('--all-hours takes them; the day is from midnight to midnight', () => {
    const { builder, bars } = makeBuilder({ intervals: '10m,1d', allHours: true });
    builder.tick(makeRow('09:14:59', { ltp: 100, volume: 10 }));
    builder.tick(makeRow('23:59:59', { ltp: 101, volume: 11 }));
    builder.end();
    expect(bars.map(({ interval, start, end }) => [interval, start, end])).toEqual([
      ['10m', seconds('09:10:00'), seconds('09:20:00')],
      ['10m', seconds('23:50:00'), seconds('2026-11-24 00:00:00')],
      ['1d', seconds('00:00:00'), seconds('2026-11-24 00:00:00')],
    ]);
    expect(builder.counters.outside).toBe(0);
  });
});

describe('rule 10: gaps', () => {
  test('every bar that a gap overlaps is partial and says how long', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
    builder.gap(seconds('11:00:50') * 1_000, seconds('11:01:20') * 1_000, ['NSE:SBIN-EQ']);
    builder.tick(makeRow('11:01:30', { ltp: 100, volume: 20 }));
    builder.tick(makeRow('11:02:10', { ltp: 100, volume: 30 }));
    builder.tick(makeRow('11:03:10', { ltp: 100, volume: 40 }));
    expect(bars.map(({ gap_ms, partial }) => [gap_ms, partial])).toEqual([
      [10_000, true],
      [20_000, true],
      [0, false],
    ]);
  });

  test('a gap of another symbol does not matter, and no time counts twice', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
    builder.gap(seconds('11:00:20') * 1_000, seconds('11:00:30') * 1_000, ['NSE:TCS-EQ']);
    builder.gap(seconds('11:00:30') * 1_000, seconds('11:00:40') * 1_000, ['NSE:SBIN-EQ', 'NSE:X-EQ']);
    builder.gap(seconds('11:00:35') * 1_000, seconds('11:00:45') * 1_000, ['NSE:SBIN-EQ']);
    builder.end();
    expect(bars).toMatchObject([{ gap_ms: 15_000 }]);
  });

  test('--revise says it also of a bar that was given before', () => {
    const { builder, bars } = makeBuilder({ revise: true });
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
    builder.tick(makeRow('11:01:03', { symbol: 'NSE:TCS-EQ', ltp: 1 }));
    builder.gap(seconds('11:00:50') * 1_000, seconds('11:01:04') * 1_000, ['NSE:SBIN-EQ']);
    expect(bars).toMatchObject([{ gap_ms: 0 }, { gap_ms: 10_000, revision: 1 }]);
  });
});

describe('rule 11: intervals without a trade', () => {
  test('they have no bar', () => {
    const { builder, bars } = makeBuilder();
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
    builder.tick(makeRow('11:03:10', { ltp: 101, volume: 20 }));
    builder.end();
    expect(showBars(bars).map((line) => line.slice(0, 5))).toEqual(['11:00', '11:03']);
  });

  test('--fill gives flat ones, as the clock goes on', () => {
    const { builder, bars } = makeBuilder({ fill: true });
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10, oi: 5 }));
    builder.tick(makeRow('11:02:01', { symbol: 'MCX:GOLD26DECFUT', ltp: 1, traded: null }));
    expect(bars).toHaveLength(1);
    builder.tick(makeRow('11:02:02', { symbol: 'MCX:GOLD26DECFUT', ltp: 1, traded: null }));
    expect(bars[1]).toMatchObject({ open: 100, close: 100, volume: 0, vwap: null, ticks: 0, oi: 5, partial: false });
    builder.tick(makeRow('11:03:10', { ltp: 101, volume: 20 }));
    builder.tick(makeRow('11:04:02', { ltp: 101, volume: 20, traded: '11:03:10' }));
    expect(showBars(bars)).toEqual([
      '11:00 100 100 100 100 0',
      '11:01 100 100 100 100 0',
      '11:02 100 100 100 100 0',
      '11:03 101 101 101 101 10',
    ]);
  });

  test('up to the end of the session, and on the next day from its first price on', () => {
    const { builder, bars } = makeBuilder({ fill: true, intervals: '10m' });
    builder.tick(makeRow('15:05:00', { ltp: 100, volume: 10 }));
    builder.tick(makeRow('2026-11-24 09:30:00', { ltp: 101, volume: 5 }));
    builder.tick(makeRow('2026-11-24 09:47:00', { ltp: 101, volume: 5, traded: '2026-11-24 09:30:00' }));
    expect(showBars(bars).map((line) => line.slice(0, 5))).toEqual(['15:05', '15:15', '15:25', '09:25', '09:35']);
  });

  test('an old price of this session is a first price', () => {
    const { builder, bars } = makeBuilder({ fill: true });
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10, traded: '10:00:00' }));
    builder.tick(makeRow('11:02:02', { ltp: 100, volume: 10, traded: '10:00:00' }));
    expect(showBars(bars)).toEqual(['11:00 100 100 100 100 0', '11:01 100 100 100 100 0']);
  });
});

describe('rule 12: forming bars', () => {
  test('they are given at most once in the time by the rows, and then the final one', () => {
    const { builder, bars } = makeBuilder({ changesMs: 1_000 });
    const at = (second: number, ms: number, ltp: number, volume: number) =>
      makeRow(`11:00:${second}`, { ltp, volume, received_at: seconds(`11:00:${second}`) * 1_000 + ms });
    builder.tick(at(10, 100, 100, 10));
    builder.tick(at(10, 500, 101, 11));
    builder.tick(at(10, 900, 102, 12));
    expect(bars).toEqual([]);
    builder.tick(at(11, 0, 103, 13));
    expect(bars).toMatchObject([{ close: 102, final: false, start: seconds('11:00:00') }]);
    builder.tick(at(11, 900, 104, 14));
    builder.tick(makeRow('11:00:12', { ltp: 999, volume: 14, traded: '11:00:11' }));
    builder.tick(makeRow('11:00:13', { ltp: 999, volume: 14, traded: '11:00:11' }));
    expect(bars.map(({ close, final }) => [close, final])).toEqual([
      [102, false],
      [104, false],
    ]);
    builder.tick(makeRow('11:01:02', { ltp: 104, volume: 14, traded: '11:00:11' }));
    expect(bars.slice(2)).toMatchObject([{ close: 104, final: true, start: seconds('11:00:00') }]);
  });

  test('each change with a time of zero', () => {
    const { builder, bars } = makeBuilder({ changesMs: 0 });
    builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
    builder.tick(makeRow('11:00:10', { ltp: 101, volume: 11 }));
    builder.tick(makeRow('11:00:10', { ltp: 102, volume: 11 }));
    expect(bars.map(({ close }) => close)).toEqual([100, 101]);
  });
});

describe('rule 13: bars by trades and by volume', () => {
  test('500t counts trades seen; a bar begins and ends with a trade', () => {
    const { builder, bars } = makeBuilder({ intervals: '2t' });
    builder.tick(makeRow('09:14:00', { ltp: 1, volume: 0, traded: null }));
    for (const [at, ltp] of [10, 11, 12, 13, 14].entries()) {
      builder.tick(makeRow(`11:00:1${at}`, { ltp, volume: 10 * (at + 1) }));
    }
    expect(
      bars.map(({ interval, start, end, open, close, volume, ticks, partial }) => [
        interval,
        start - seconds('11:00:10'),
        end - seconds('11:00:10'),
        open,
        close,
        volume,
        ticks,
        partial,
      ]),
    ).toEqual([
      ['2t', 0, 1, 10, 11, 20, 2, false],
      ['2t', 2, 3, 12, 13, 20, 2, false],
    ]);
    builder.end();
    expect(bars[2]).toMatchObject({ start: seconds('11:00:14'), end: seconds('11:00:14'), ticks: 1, partial: true });
  });

  test('100v closes at its volume or above, and never divides a row', () => {
    const { builder, bars } = makeBuilder({ intervals: '100v' });
    builder.tick(makeRow('09:14:00', { ltp: 1, volume: 0, traded: null }));
    builder.tick(makeRow('11:00:10', { ltp: 10, volume: 60 }));
    builder.tick(makeRow('11:00:11', { ltp: 11, volume: 250 }));
    builder.tick(makeRow('11:00:12', { ltp: 12, volume: 350 }));
    expect(showBars(bars)).toEqual(['11:00 10 11 10 11 250', '11:00 12 12 12 12 100']);
  });

  test('they end with the session', () => {
    const { builder, bars } = makeBuilder({ intervals: '100t' });
    builder.tick(makeRow('15:29:58', { ltp: 10, volume: 60 }));
    builder.tick(makeRow('15:29:59', { ltp: 11, volume: 61 }));
    builder.tick(makeRow('2026-11-24 09:15:01', { ltp: 12, volume: 5 }));
    expect(bars).toMatchObject([{ start: seconds('15:29:58'), end: seconds('15:29:59'), ticks: 1 }]);
  });

  test('an index has no volume, and no bars by volume', () => {
    const { builder, bars } = makeBuilder({ intervals: '100v' });
    const index = { kind: 'index', symbol: 'NSE:NIFTY50-INDEX', traded: null } as const;
    builder.tick(makeRow('11:00:10', { ...index, ltp: 100 }));
    builder.tick(makeRow('11:00:12', { ...index, ltp: 101 }));
    builder.end();
    expect(bars).toEqual([]);
  });
});

test('a symbol that is dropped begins anew', () => {
  const { builder, bars } = makeBuilder();
  builder.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
  expect(builder.formingOf('NSE:SBIN-EQ')).toMatchObject([{ final: false, close: 100 }]);
  builder.forget('NSE:SBIN-EQ');
  builder.tick(makeRow('11:00:20', { ltp: 101, volume: 30 }));
  builder.end();
  expect(bars).toMatchObject([{ open: 101, volume: 0 }]);
});
