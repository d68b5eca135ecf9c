import { describe, expect, it } from 'vitest';
import { readBar, withReceivedBars } from '../../../src/lib/filters/bars/received-bars.ts';
import type { FilterOutput, TickFilter } from '../../../src/lib/filters/tick-filter.ts';
import type { Bar } from '../../../src/lib/market/bar.ts';
import { BAR } from '../../../src/lib/output/records/bar-record.ts';
import { makeTick } from '../../support/make-tick.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const ROW = { type: 'Bar', ...BAR.sample };

describe('a bar of another program', () => {
  it('is read with its values', () => {
    expect(readBar(ROW)).toEqual(BAR.sample);
    const times = { start: '2026-11-23T09:33:00.000+05:30', end: '2026-11-23T09:34:00.000+05:30' };
    expect(readBar({ ...ROW, ...times })).toMatchObject({ start: 1_795_406_580, end: 1_795_406_640 });
  });

  it.each(['symbol', 'interval', 'start', 'end', 'open', 'high', 'low', 'close'])('is none without %s', (name) => {
    expect(readBar({ ...ROW, [name]: undefined })).toBeUndefined();
    expect(readBar({ ...ROW, [name]: null })).toBeUndefined();
    expect(readBar({ ...ROW, [name]: Number.NaN })).toBeUndefined();
  });

  it('may lack what no picture needs', () => {
    const { symbol, interval, start, end, open, high, low, close } = BAR.sample;
    const short = { type: 'Bar', symbol, interval, start, end, open, high, low, close };
    expect(readBar(short)).toMatchObject({ volume: null, final: true, partial: false });
  });
});

describe('a filter that takes bars', () => {
  it('gives them on beside those that it makes, and counts what is none', () => {
    const given: Bar[] = [];
    const warnings: string[] = [];
    const calls: string[] = [];
    const inner: TickFilter = {
      tick: ({ symbol }) => calls.push(symbol),
      control: ({ type }) => calls.push(type),
      end: () => calls.push('end'),
    };
    const output = {
      emit: (bar: Bar) => given.push(bar),
      preview: () => {},
      warn: (message: string) => warnings.push(message),
    } as unknown as FilterOutput<Bar>;
    const surroundings = { clock: new ManualClock(), isLive: false, isLiveTable: false };
    const filter = withReceivedBars(() => inner)(output, surroundings as never);
    filter.record?.(ROW);
    filter.record?.({ type: 'Bar' });
    filter.tick(makeTick(0, 'symbol', 'NSE:SBIN-EQ'));
    filter.control({ type: 'Skipped', rows: 1, at: 1 });
    filter.end();
    expect(given).toEqual([BAR.sample]);
    expect(calls).toEqual(['NSE:SBIN-EQ', 'Skipped', 'end']);
    expect(warnings).toEqual(['1 row of type Bar lacks a symbol, an interval, times or prices: left out']);
  });
});
