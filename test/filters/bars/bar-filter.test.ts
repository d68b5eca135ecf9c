import { describe, expect, test } from 'vitest';
import { createBarFilter } from '../../../src/lib/filters/bars/bar-filter.ts';
import { parseIntervals } from '../../../src/lib/filters/bars/interval.ts';
import type { Bar } from '../../../src/lib/market/bar.ts';
import { WEEKDAYS } from '../../../src/lib/market/trading-hours.ts';
import { makeRow, seconds } from '../../support/bar-rows.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function start({
  isLive = true,
  isLiveTable = false,
  changesMs,
}: {
  isLive?: boolean;
  isLiveTable?: boolean;
  changesMs?: number;
} = {}) {
  const clock = new ManualClock(seconds('11:00:00') * 1_000);
  const bars: Bar[] = [];
  const shown: Bar[] = [];
  const warnings: string[] = [];
  const create = createBarFilter({
    intervals: parseIntervals('1m'),
    calendar: WEEKDAYS,
    allHours: false,
    graceMs: 2_000,
    skipPartial: false,
    revise: false,
    fill: false,
    changesMs,
  });
  const filter = create(
    {
      emit: (bar) => bars.push(bar),
      preview: (bar) => shown.push(bar),
      hold: () => {},
      warn: (message) => warnings.push(message),
    },
    { clock, isLive, isLiveTable, isSimulated: () => false },
  );
  const state = (name: string): void => filter.control({ type: 'Status', state: name, at: clock.now(), reason: null });
  return { clock, bars, shown, warnings, filter, state };
}

describe('a live feed that is silent', () => {
  test('has its bars closed by the wall clock, three seconds after end and grace', () => {
    const { clock, bars, filter, state } = start();
    state('live');
    filter.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
    clock.advance(64_500);
    expect(bars).toEqual([]);
    clock.advance(500);
    expect(bars).toMatchObject([{ close: 100, final: true }]);
  });

  test('does not have them closed while it is not connected: a gap follows', () => {
    const { clock, bars, filter, state } = start();
    state('live');
    filter.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
    clock.advance(20_000);
    state('disconnected');
    clock.advance(100_000);
    state('live');
    expect(bars).toEqual([]);
    const [from, to] = [seconds('11:00:20') * 1_000, clock.now()];
    filter.control({ type: 'Gap', from, to, reason: 'server_closed', symbols: ['NSE:SBIN-EQ'] });
    clock.advance(3_000);
    expect(bars).toMatchObject([{ gap_ms: 40_000, partial: true }]);
  });

  test('is not silent while rows come, whatever their time is', () => {
    const { clock, bars, filter, state } = start();
    state('live');
    for (let second = 0; second < 90; second++) {
      filter.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
      clock.advance(1_000);
    }
    expect(bars).toEqual([]);
  });

  test('stops its timer at the end', () => {
    const { clock, bars, filter, state } = start();
    state('live');
    filter.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
    expect(clock.pending).toBe(1);
    filter.end();
    expect([clock.pending, bars.length]).toEqual([0, 1]);
  });
});

test('no clock counts for rows of a pipe or a recording', () => {
  const { clock, bars, filter, state } = start({ isLive: false });
  state('live');
  filter.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
  clock.advance(3_600_000);
  expect([bars, clock.pending]).toEqual([[], 0]);
});

test('rows that were lost are a gap', () => {
  const { bars, filter } = start({ isLive: false });
  filter.tick(makeRow('11:00:10', { ltp: 100, volume: 10, received_at: seconds('11:00:10') * 1_000 }));
  filter.control({ type: 'Skipped', rows: 5, at: seconds('11:00:15') * 1_000 });
  filter.tick(makeRow('11:00:16', { ltp: 100, volume: 30 }));
  filter.end();
  expect(bars).toMatchObject([{ gap_ms: 5_000, gap_volume: 20 }]);
});

describe('forming bars', () => {
  test('are shown in a live table, and are no printed rows', () => {
    const { bars, shown, filter } = start({ isLiveTable: true });
    for (const second of [10, 11, 12]) filter.tick(makeRow(`11:00:${second}`, { ltp: second, volume: second }));
    expect(shown.map(({ close, final }) => [close, final])).toEqual([
      [10, false],
      [11, false],
    ]);
    expect(bars).toEqual([]);
  });

  test('are printed with --emit changes', () => {
    const { bars, shown, filter } = start({ isLiveTable: true, changesMs: 1_000 });
    for (const second of [10, 11, 12]) filter.tick(makeRow(`11:00:${second}`, { ltp: second, volume: second }));
    expect([bars.length, shown.length]).toEqual([2, 0]);
  });
});

describe('what the last message says', () => {
  test('nothing when every row was in time', () => {
    const { warnings, filter } = start();
    filter.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
    filter.end();
    expect(warnings).toEqual([]);
  });

  test('how many rows were late, outside the session, or of another type', () => {
    const { warnings, filter } = start();
    filter.tick(makeRow('11:00:10', { ltp: 100, volume: 10 }));
    filter.tick(makeRow('11:01:10', { ltp: 100, volume: 20 }));
    filter.tick(makeRow('11:01:11', { ltp: 100, volume: 30, traded: '11:00:12' }));
    filter.tick(makeRow('11:01:12', { ltp: 100, volume: 30, kind: 'lite' }));
    filter.tick(makeRow('15:31:00', { ltp: 100, volume: 40 }));
    filter.tick(makeRow('15:32:00', { ltp: 100, volume: 50 }));
    filter.end();
    expect(warnings).toEqual([
      '1 row came after its bar was closed; 2 trades outside the session were left out; 1 row of another type was left out',
    ]);
  });
});

test('a market that is closed is named at its first trade', () => {
  const { warnings, filter } = start();
  for (const second of [10, 11, 12]) filter.tick(makeRow(`18:00:${second}`, { ltp: 100, volume: second }));
  expect(warnings).toEqual([
    'a trade of NSE:SBIN-EQ is outside its trading session; such trades are left out without --all-hours',
  ]);
});
