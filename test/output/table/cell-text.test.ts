import { describe, expect, it } from 'vitest';
import { SYMBOL_SLOTS } from '../../../src/lib/market/slots.ts';
import { columnNamed } from '../../../src/lib/output/rows/field-selection.ts';
import { ageText, cellText, shortCount } from '../../../src/lib/output/table/cell-text.ts';
import { makeTick } from '../../support/make-tick.ts';

const NOW = Date.parse('2026-11-23T10:41:23.755+05:30');
const seconds = (time: string): number => Date.parse(time) / 1_000;

const text = (
  name: string,
  values: Record<number, number>,
  options: { time?: 'epoch' | 'iso'; precision?: number } = {},
) => {
  const column = columnNamed('symbol', name);
  if (column === undefined) throw new Error(`no column ${name}`);
  const { precision = 2, time = 'epoch' } = options;
  return cellText(column, makeTick(0, 'symbol', 'NSE:SBIN-EQ', { values, precision, receivedAt: NOW }), time, NOW);
};

describe('cellText', () => {
  it('pads prices to the precision of the instrument, percentages to two', () => {
    const values = { [SYMBOL_SLOTS.ltp]: 61_050, [SYMBOL_SLOTS.prevClose]: 61_000, [SYMBOL_SLOTS.volume]: 7 };
    expect(['ltp', 'close', 'change', 'change_percent', 'volume', 'open'].map((name) => text(name, values))).toEqual([
      '610.50',
      '610.50',
      '0.50',
      '0.08',
      '7',
      '-',
    ]);
    expect(text('ltp', values, { precision: 4 })).toBe('6.1050');
    expect(text('ltp', values, { precision: 0 })).toBe('61050');
    expect(text('ltp', values, { precision: 9 })).toBe('0.000061050');
  });

  it('shows the time of day in India, with the date of another day', () => {
    const at = (time: string): string => text('last_trade_time', { [SYMBOL_SLOTS.lastTradeTime]: seconds(time) });
    expect(at('2026-11-23T10:41:21+05:30')).toBe('10:41:21');
    expect(at('2026-11-23T00:00:00+05:30')).toBe('00:00:00');
    expect(at('2026-11-20T15:29:59+05:30')).toBe('2026-11-20 15:29:59');
    expect(text('received_at', {})).toBe('10:41:23');
    expect(text('last_trade_time', { [SYMBOL_SLOTS.lastTradeTime]: 0 })).toBe('-');
  });

  it('shows what --time iso says when that is asked for', () => {
    const values = { [SYMBOL_SLOTS.exchangeTime]: seconds('2026-11-23T10:41:21+05:30') };
    expect(text('exchange_time', values, { time: 'iso' })).toBe('2026-11-23T10:41:21.000+05:30');
    expect(text('received_at', values, { time: 'iso' })).toBe('2026-11-23T10:41:23.755+05:30');
    expect(text('last_trade_time', values, { time: 'iso' })).toBe('-');
  });
});

describe('ageText', () => {
  it.each([
    [-5, '0.0s'],
    [0, '0.0s'],
    [1_540, '1.5s'],
    [9_900, '9.9s'],
    [9_999, '9.9s'],
    [10_000, '10s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [3_599_999, '59m'],
    [3_600_000, '1h'],
    [86_399_999, '23h'],
    [86_400_000, '2026-11-22'],
  ])('%d ms is %s', (ms, age) => {
    expect(ageText(NOW - ms, NOW)).toBe(age);
  });
});

describe('shortCount', () => {
  it.each([
    [0, '0'],
    [9_999, '9999'],
    [10_000, '10K'],
    [104_932, '104K'],
    [999_999, '999K'],
    [1_290_000, '1.2M'],
    [123_456_789, '123M'],
    [4_294_967_295, '4.2B'],
  ])('%d is %s', (count, text) => {
    expect(shortCount(count)).toBe(text);
  });
});
