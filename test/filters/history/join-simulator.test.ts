import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createBarFilter } from '../../../src/lib/filters/bars/bar-filter.ts';
import { parseIntervals } from '../../../src/lib/filters/bars/interval.ts';
import { findIntervals, planHistory } from '../../../src/lib/filters/history/plan-history.ts';
import type { HistoryInterval } from '../../../src/lib/history/history-interval.ts';
import type { Bar } from '../../../src/lib/market/bar.ts';
import { createCalendar } from '../../../src/lib/market/calendar.ts';
import { CALENDAR_2026 } from '../../../src/lib/market/calendar-2026.ts';
import { SYMBOL_SLOTS as S } from '../../../src/lib/market/slots.ts';
import { SimulatedHistory } from '../../../src/lib/simulator/history/simulated-history.ts';
import { SimulatedMarket } from '../../../src/lib/simulator/market.ts';
import { Universe } from '../../../src/lib/simulator/universe.ts';
import { makeRow } from '../../support/bar-rows.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { seededRandom } from '../../support/random.ts';

const SYMBOL = 'NSE:SBIN-EQ';
const CALENDAR = createCalendar([CALENDAR_2026]);
const wall = (time: string): number => Date.parse(`2026-11-23T${time}+05:30`);

/** A session at the simulated market from 11:00:20 on: trades at random moments, each of which gives a row unless the feed is away. */
async function trade(interval: string, minutes: number, gap: readonly [number, number] | undefined, seed: number) {
  const clock = new ManualClock(wall('11:00:20'));
  const random = seededRandom(seed);
  const market = new SimulatedMarket(new Universe(), 1, clock);
  const history = new SimulatedHistory({ candlesOf: (symbol) => market.candlesOf(symbol), clock, calendar: CALENDAR });
  const intervals = parseIntervals(interval);
  const found = findIntervals(intervals, false) as HistoryInterval[];
  const printed: Bar[] = [];
  const warnings: string[] = [];
  const filter = createBarFilter({
    intervals,
    calendar: CALENDAR,
    allHours: false,
    graceMs: 2_000,
    skipPartial: false,
    revise: false,
    fill: false,
    changesMs: undefined,
    history: planHistory({ reach: { days: 1 }, intervals: found, calendar: CALENDAR, allHours: false, history }),
  })(
    {
      emit: (bar) => printed.push(bar),
      preview: () => {},
      hold: () => {},
      warn: (message) => warnings.push(message),
    },
    { clock, isLive: true, isLiveTable: false, isSimulated: () => true },
  );
  onTestFinished(() => filter.end());
  const mover = market.moverOf(SYMBOL) ?? expect.fail('not listed');
  const values = mover.sources[0]?.values ?? expect.fail('no quote');
  const deliver = (): void => {
    const time = new Date(market.nowSeconds * 1_000 + 19_800_000).toISOString().slice(11, 19);
    const price = (slot: number): number => (values[slot] as number) / 100;
    const row = { ltp: price(S.ltp), high: price(S.high), low: price(S.low), volume: values[S.volume] as number };
    filter.tick(makeRow(time, row));
  };
  filter.control({ type: 'Status', state: 'live', at: clock.now(), reason: null });
  deliver();
  const endMs = clock.now() + minutes * 60_000;
  let lastSeenMs = clock.now();
  let isAway = false;
  while (clock.now() < endMs) {
    clock.advance(200 + Math.floor(random() * 4_000));
    for (let turn = 0; turn < 4; turn++) await nextTurn();
    mover.step(market.nowSeconds, () => {});
    const minute = (clock.now() - wall('11:00:20')) / 60_000;
    const isInGap = gap !== undefined && minute >= gap[0] && minute < gap[1];
    if (isInGap) {
      isAway = true;
      continue;
    }
    if (isAway) {
      const reason = 'network_error';
      filter.control({ type: 'Gap', from: lastSeenMs, to: clock.now(), reason, symbols: [SYMBOL] });
      isAway = false;
    }
    deliver();
    lastSeenMs = clock.now();
  }
  // The bars that are over, and answers that are under way.
  for (let second = 0; second < 20; second++) {
    clock.advance(1_000);
    for (let turn = 0; turn < 4; turn++) await nextTurn();
  }
  const request = {
    symbol: SYMBOL,
    interval: found[0] as HistoryInterval,
    oi: false,
    fromMs: wall('00:00:00'),
    toMs: clock.now(),
  };
  const candles: Bar[] = [];
  for await (const bars of history.read(request, new AbortController().signal)) candles.push(...bars);
  return { printed, warnings, candles };
}

const prices = ({ start, open, high, low, close, volume }: Bar) => [start, open, high, low, close, volume];

test.each([
  ['1m', 12, undefined],
  ['1m', 15, [4.2, 8.6]],
  ['1m', 8, [3.1, 3.3]],
  ['5s', 3, undefined],
  ['5m', 40, [12, 21]],
] as const)(
  '%s over %i minutes, with a gap %j: one bar of each interval, in order, as the market had it',
  async (interval, minutes, gap) => {
    for (const seed of [1, 2, 3]) {
      const { printed, warnings, candles } = await trade(interval, minutes, gap, seed);
      expect(warnings).toEqual([]);
      // Friday and today, up to the last bar that was printed: no seam, and no bar twice but for revisions.
      const first = printed.filter(({ revision }) => revision === undefined);
      const starts = first.map(({ start }) => start);
      expect(starts).toEqual([...new Set(starts)].sort((one, other) => one - other));
      const last = starts.at(-1) as number;
      expect(starts.filter((start) => start >= wall('00:00:00') / 1_000)).toEqual(
        candles.map(({ start }) => start).filter((start) => start <= last),
      );
      expect(printed[0]?.start).toBe(Date.parse('2026-11-20T09:15:00+05:30') / 1_000);
      // The last version of each is what was traded.
      const versions = new Map(printed.map((bar) => [bar.start, bar]));
      for (const candle of candles.filter(({ start }) => start <= last)) {
        expect(prices(versions.get(candle.start) as Bar)).toEqual(prices(candle));
      }
      // Only bars of which a part was not seen have a second version: the first one, and those at both ends of the gap.
      const revised = printed.filter(({ revision }) => revision !== undefined);
      expect(revised.length).toBeGreaterThanOrEqual(gap === undefined ? 1 : 2);
      expect(revised.length).toBeLessThanOrEqual(gap === undefined ? 1 : 3);
    }
  },
);
