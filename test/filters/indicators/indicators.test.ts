import { describe, expect, test } from 'vitest';
import { InvalidValue } from '../../../src/lib/errors/invalid-value.ts';
import { columnsOf, type Indicator, parseIndicators } from '../../../src/lib/filters/indicators/indicator.ts';
import { IndicatorColumns } from '../../../src/lib/filters/indicators/indicator-columns.ts';
import { createIndicator } from '../../../src/lib/filters/indicators/indicator-values.ts';
import type { Bar } from '../../../src/lib/market/bar.ts';
import { seconds } from '../../support/bar-rows.ts';
import { seededRandom } from '../../support/random.ts';
import { TA_LIB_CLOSES } from './ta-lib-closes.ts';

/** Bars a minute apart, with a high and a low around the close. */
function makeBars(closes: readonly number[]): Bar[] {
  const random = seededRandom(3);
  return closes.map((close, at) => {
    const start = seconds('09:15:00') + at * 60;
    const [high, low] = [close + random() * 3, close - random() * 3];
    const volume = 1 + Math.floor(random() * 100);
    const vwap = Math.round((low + random() * (high - low)) * 1e4) / 1e4;
    return {
      symbol: 'NSE:SBIN-EQ',
      interval: '1m',
      start,
      end: start + 60,
      open: close,
      high,
      low,
      close,
      volume,
      vwap,
      ticks: 5,
      oi: null,
      final: true,
      partial: false,
      gap_ms: 0,
      received_at: start * 1_000,
    };
  });
}

const BARS = makeBars(TA_LIB_CLOSES);

function compute(indicator: Indicator, bars: readonly Bar[] = BARS): (number | null)[][] {
  const running = createIndicator(indicator);
  return bars.map((bar) => [...running.update(bar, false)]);
}

// --- the same by the textbook, all of it anew for each bar ---

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

/** Seeded with the first value. */
function emaAt(values: readonly number[], period: number): number {
  return values.reduce((average, value) => average + (2 / (period + 1)) * (value - average));
}

/** After Wilder: the mean of the first ones, then a part of each. */
function wilder(values: readonly number[], period: number): number {
  return values
    .slice(period)
    .reduce((average, value) => (average * (period - 1) + value) / period, mean(values.slice(0, period)));
}

function textbook(indicator: Indicator, bars: readonly Bar[]): (number | null)[] {
  const closes = bars.map(({ close }) => close);
  const count = closes.length;
  switch (indicator.kind) {
    case 'sma':
      return [count < indicator.period ? null : mean(closes.slice(-indicator.period))];
    case 'ema':
      return [count < indicator.period ? null : emaAt(closes, indicator.period)];
    case 'rsi': {
      const changes = closes.slice(1).map((close, at) => close - (closes[at] as number));
      if (changes.length < indicator.period) return [null];
      const gain = wilder(
        changes.map((change) => Math.max(change, 0)),
        indicator.period,
      );
      const loss = wilder(
        changes.map((change) => Math.max(-change, 0)),
        indicator.period,
      );
      return [gain + loss === 0 ? null : (100 * gain) / (gain + loss)];
    }
    case 'atr': {
      const ranges = bars.map(({ high, low }, at) => {
        const before = bars[at - 1]?.close ?? Number.NaN;
        return at === 0 ? high - low : Math.max(high, before) - Math.min(low, before);
      });
      return [count < indicator.period ? null : wilder(ranges, indicator.period)];
    }
    case 'macd': {
      if (count < 26) return [null, null, null];
      const lines = closes
        .slice(25)
        .map((_, at) => emaAt(closes.slice(0, at + 26), 12) - emaAt(closes.slice(0, at + 26), 26));
      const macd = lines.at(-1) as number;
      if (lines.length < 9) return [macd, null, null];
      return [macd, emaAt(lines, 9), macd - emaAt(lines, 9)];
    }
    case 'vwap': {
      const sum = (of: (bar: Bar) => number): number => bars.reduce((total, bar) => total + of(bar), 0);
      return [sum(({ vwap, volume }) => (vwap ?? 0) * (volume ?? 0)) / sum(({ volume }) => volume ?? 0)];
    }
  }
}

const ALL = parseIndicators('ema:20,rsi:14,atr:14,macd,sma:50,vwap,ema:1,sma:1,rsi:2,atr:1');

describe('an indicator', () => {
  test.each(ALL.map((one) => [columnsOf(one).join(), one] as const))(
    '%s: by the textbook to 1e-9, null until it is defined',
    (_, one) => {
      const computed = compute(one);
      for (const at of BARS.keys()) {
        const expected = textbook(one, BARS.slice(0, at + 1));
        for (const [place, value] of expected.entries()) {
          const found = computed[at]?.[place] ?? null;
          if (value === null) expect([at, found]).toEqual([at, null]);
          else expect(Math.abs((found as number) - value), `${at}: ${found} ${value}`).toBeLessThan(1e-9);
        }
      }
    },
  );

  // Figures of TA-Lib's tests test_ma.c and test_rsi.c, which have two decimals. Its EMA is that of the compatibility with Metastock.
  test.each<[string, number, number]>([
    ['sma:2', 1, 93.16],
    ['sma:2', 2, 94.59],
    ['sma:2', 3, 94.73],
    ['sma:2', 251, 108.31],
    ['ema:2', 1, 93.71],
    ['ema:2', 2, 94.15],
    ['ema:2', 3, 94.78],
    ['ema:2', 251, 108.21],
    ['ema:10', 9, 92.6],
    ['ema:10', 10, 93.24],
    ['ema:10', 11, 93.97],
    ['ema:10', 30, 86.23],
    ['ema:10', 251, 108.97],
    ['rsi:14', 14, 49.14],
    ['rsi:14', 15, 52.32],
    ['rsi:14', 16, 46.07],
    ['rsi:14', 251, 49.63],
  ])("%s of bar %d as TA-Lib's tests have it: %d", (name, at, value) => {
    const [indicator] = parseIndicators(name) as [Indicator];
    expect(Math.abs((compute(indicator)[at]?.[0] as number) - value)).toBeLessThan(0.0101);
  });

  test.each(ALL.map((one) => [columnsOf(one).join(), one] as const))(
    '%s: a bar that is replaced leaves nothing behind',
    (_, one) => {
      const running = createIndicator(one);
      const plain = compute(one);
      const random = seededRandom(9);
      for (const [at, bar] of BARS.entries()) {
        const wrong = (): Bar => ({
          ...bar,
          close: bar.close + random(),
          high: bar.high + random(),
          vwap: 1 + random(),
        });
        running.update(wrong(), false);
        for (let times = Math.floor(random() * 3); times > 0; times--) running.update(wrong(), true);
        const values = running.update(bar, true);
        for (const [place, value] of (plain[at] as (number | null)[]).entries()) {
          if (value === null) expect(values[place]).toBeNull();
          else expect(Math.abs((values[place] as number) - value), `${at}`).toBeLessThan(1e-9);
        }
      }
    },
  );

  test('rsi of a price that never changed is not defined', () => {
    const bars = makeBars(Array.from({ length: 30 }, () => 100));
    expect(
      compute({ kind: 'rsi', period: 14 }, bars)
        .flat()
        .every((value) => value === null),
    ).toBe(true);
  });

  test("the session's average begins anew each day", () => {
    const [first, second] = makeBars([100, 200]) as [Bar, Bar];
    const next = { ...second, start: second.start + 86_400, vwap: 200, volume: 7 };
    expect(compute({ kind: 'vwap' }, [first, next])).toEqual([[first.vwap], [200]]);
    expect(compute({ kind: 'vwap' }, [{ ...first, volume: null }])).toEqual([[null]]);
    const candle = { ...first, vwap: null, high: 12, low: 6, close: 9, volume: 5 };
    expect(compute({ kind: 'vwap' }, [candle])).toEqual([[9]]);
  });
});

describe('the columns of indicators', () => {
  const add = (columns: IndicatorColumns, bars: readonly Bar[]) => bars.map((bar) => columns.add(bar));

  test('stand behind those of the bar, in the order in which they were asked for, then warm', () => {
    const columns = new IndicatorColumns(parseIndicators('sma:2,macd,vwap,ema:20'));
    const [first, second] = add(columns, BARS) as [object, object];
    const keys = Object.keys(BARS[0] as Bar);
    expect(Object.keys(first)).toEqual([
      ...keys,
      'sma_2',
      'macd',
      'macd_signal',
      'macd_hist',
      'session_vwap',
      'ema_20',
      'warm',
    ]);
    expect(second).toMatchObject({ sma_2: 93.1575, macd: null, ema_20: null, warm: false });
  });

  test('have four decimals', () => {
    const columns = new IndicatorColumns(parseIndicators('ema:3'));
    expect(add(columns, BARS).slice(2, 4)).toMatchObject([{ ema_3: 93.7663 }, { ema_3: 94.4306 }]);
  });

  test('are warm after four times the longest period', () => {
    const warmFrom = (text: string): number =>
      add(new IndicatorColumns(parseIndicators(text)), BARS).findIndex(({ warm }) => warm);
    expect([warmFrom('ema:20,rsi:14'), warmFrom('macd'), warmFrom('sma:50,macd'), warmFrom('vwap')]).toEqual([
      79, 103, 199, 0,
    ]);
  });

  test("are warm as soon as the broker's bars define them, and go on from these", () => {
    const columns = new IndicatorColumns(parseIndicators('sma:3'));
    const history = BARS.slice(0, 4).map((bar): Bar => ({ ...bar, source: 'history' }));
    expect(add(columns, history).map(({ warm }) => warm)).toEqual([false, false, true, true]);
    const [, , , , next] = add(new IndicatorColumns(parseIndicators('sma:3')), BARS.slice(0, 5));
    expect(columns.add(BARS[4] as Bar)).toEqual({ ...next, warm: true });
  });

  test("the session's average is warm only when the day's first bar was whole", () => {
    const columns = new IndicatorColumns(parseIndicators('vwap'));
    const [first, second] = BARS as [Bar, Bar];
    expect(add(columns, [{ ...first, partial: true }, second]).map(({ warm }) => warm)).toEqual([false, false]);
    const tomorrow = { ...second, start: second.start + 86_400 };
    expect(columns.add(tomorrow)).toMatchObject({ warm: true });
  });

  test('of a forming bar are those that it would have, and of its final one the same as without it', () => {
    const columns = new IndicatorColumns(parseIndicators('sma:2,rsi:2'));
    const plain = add(new IndicatorColumns(parseIndicators('sma:2,rsi:2')), BARS);
    for (const [at, bar] of BARS.slice(0, 20).entries()) {
      columns.add({ ...bar, final: false, close: bar.close + 5 });
      expect(columns.add({ ...bar, final: false })).toMatchObject({ ...plain[at], final: false });
      expect(columns.add(bar)).toEqual(plain[at]);
    }
  });

  test('of a later bar that is forming while one before it is, are null', () => {
    const columns = new IndicatorColumns(parseIndicators('ema:1'));
    const [first, second] = BARS as [Bar, Bar];
    columns.add({ ...first, final: false });
    expect(columns.add({ ...second, final: false })).toMatchObject({ ema_1: null });
    expect(columns.add(first)).toMatchObject({ ema_1: first.close });
    expect(columns.add(second)).toMatchObject({ ema_1: second.close });
  });

  test('follow a revision of the last bar, and are null for one of an earlier bar', () => {
    const columns = new IndicatorColumns(parseIndicators('sma:2'));
    const [first, second, third] = BARS as [Bar, Bar, Bar];
    add(columns, [first, second]);
    expect(columns.add({ ...second, close: 100, revision: 1 })).toMatchObject({ sma_2: 95.75 });
    expect(columns.add({ ...first, close: 1, revision: 1 })).toMatchObject({ sma_2: null });
    expect(columns.add(third)).toMatchObject({ sma_2: 97.1875 });
  });

  test('of each symbol and interval are their own', () => {
    const columns = new IndicatorColumns(parseIndicators('sma:1'));
    const [bar] = BARS as [Bar];
    const others = [bar, { ...bar, symbol: 'NSE:TCS-EQ', close: 1 }, { ...bar, interval: '5m', close: 2 }];
    expect(add(columns, others).map((one) => one['sma_1'])).toEqual([91.5, 1, 2]);
  });
});

describe('the list of indicators', () => {
  test('names each once', () => {
    expect(parseIndicators('ema:20, macd,ema:20')).toEqual([{ kind: 'ema', period: 20 }, { kind: 'macd' }]);
  });

  test.each(['', 'ema', 'ema:0', 'rsi:1', 'sma:1001', 'macd:12', 'vwap:5', 'adx:14', 'EMA:5', 'ema:5.5', 'ema:20,'])(
    'not %j',
    (text) => {
      expect(() => parseIndicators(text)).toThrow(InvalidValue);
    },
  );
});
