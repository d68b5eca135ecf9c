import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import { HistoryJoin } from '../../../src/lib/filters/history/history-join.ts';
import type { BarHistoryRequest } from '../../../src/lib/history/bar-history.ts';
import { readHistoryInterval } from '../../../src/lib/history/history-interval.ts';
import type { Bar } from '../../../src/lib/market/bar.ts';
import { AttemptError } from '../../../src/lib/network/failure.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const at = (time: string): number => Date.parse(`2026-11-23T${time}+05:30`) / 1_000;
const minute = readHistoryInterval('1m');
const SYMBOL = 'NSE:SBIN-EQ';

function bar(time: string, more: Partial<Bar> = {}): Bar {
  const start = at(`${time}:00`);
  return {
    symbol: SYMBOL,
    interval: '1m',
    start,
    end: start + 60,
    open: 1,
    high: 1,
    low: 1,
    close: 1,
    volume: 10,
    vwap: 1,
    ticks: 3,
    oi: null,
    final: true,
    partial: false,
    gap_ms: 0,
    received_at: start * 1_000,
    ...more,
  };
}

const broker = (time: string): Bar => bar(time, { source: 'history', ticks: 0, vwap: null });

/** What was printed, as `10:00`, `10:00 broker`, `10:00 r1 broker`. */
function describe({ start, final, partial, revision, source, symbol }: Bar): string {
  const time = new Date(start * 1_000 + 19_800_000).toISOString().slice(11, 16);
  const parts = [time, revision && `r${revision}`, source && 'broker', partial && 'partial', !final && 'forming'];
  return [symbol === SYMBOL ? undefined : symbol, ...parts].filter(Boolean).join(' ');
}

interface Read {
  readonly request: BarHistoryRequest;
  answer(...bars: Bar[]): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** A join at 10:00:30, to which history goes back to 09:58. */
function open(now = '10:00:30', skipPartial = false) {
  const clock = new ManualClock(at(now) * 1_000);
  const printed: string[] = [];
  const bars: Bar[] = [];
  const warnings: string[] = [];
  const waiting: boolean[] = [];
  const reads: Read[] = [];
  const join = new HistoryJoin({
    history: {
      simulated: false,
      close: () => {},
      async *read(request, signal) {
        yield await new Promise<Bar[]>((resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
          reads.push({
            request,
            answer: async (...answer) => {
              resolve(answer);
              await settle();
            },
            fail: async (error) => {
              reject(error);
              await settle();
            },
          });
        });
      },
    },
    clock,
    intervals: [minute],
    beginOf: () => at('09:58:00') * 1_000,
    startOf: (_, __, time) => time - (time % 60),
    give: (one) => {
      bars.push(one);
      printed.push(describe(one));
    },
    warn: (message) => warnings.push(message),
    onWaiting: (is) => waiting.push(is),
    skipPartial,
  });
  onTestFinished(() => join.end());
  const spans = () =>
    reads.map(({ request: { fromMs, toMs } }) =>
      [fromMs, toMs].map((ms) => describe(bar('10:00', { start: ms / 1_000 }))).join('-'),
    );
  const first = async (): Promise<void> => {
    join.begin(SYMBOL, at(now) * 1_000, [bar('10:00', { final: false })]);
    await settle();
  };
  return { join, clock, printed, bars, warnings, waiting, reads, spans, first };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await nextTurn();
}

test('history comes first, then the bars of ticks that waited for it', async () => {
  const { join, first, reads, printed, spans, waiting } = open();
  await first();
  expect(spans()).toEqual(['09:58-10:00']);
  join.take(bar('10:00', { partial: false }));
  join.take(bar('10:01', { final: false }));
  expect(printed).toEqual([]);
  await reads[0]?.answer(broker('09:58'), broker('09:59'));
  expect(printed).toEqual(['09:58 broker', '09:59 broker', '10:00']);
  join.take(bar('10:01', { final: false }));
  expect(printed.at(-1)).toBe('10:01 forming');
  expect(waiting).toEqual([true, false]);
  expect(join.isFilled(SYMBOL, '1m')).toBe(true);
});

test('the partial first bar is printed again, from history, before the next one', async () => {
  const { join, first, reads, printed, spans, clock, bars } = open();
  await first();
  await reads[0]?.answer(broker('09:59'));
  clock.advance(31_000);
  join.take(bar('10:00', { partial: true }));
  expect(printed).toEqual(['09:59 broker', '10:00 partial']);
  await settle();
  // The broker has the minute two seconds after its end.
  expect(reads).toHaveLength(1);
  clock.advance(1_000);
  await settle();
  expect(spans()).toEqual(['09:58-10:00', '10:00-10:01']);
  join.take(bar('10:01'));
  await reads[1]?.answer(broker('10:00'));
  expect(printed.slice(2)).toEqual(['10:00 r1 broker', '10:01']);
  expect(Object.keys(bars[2] ?? {}).slice(-2)).toEqual(['revision', 'source']);
});

test('a minute that the broker does not have yet is asked for again, twice', async () => {
  const { join, first, reads, printed, clock } = open();
  await first();
  await reads[0]?.answer(broker('09:59'));
  clock.advance(40_000);
  join.take(bar('10:00', { partial: true }));
  await settle();
  await reads[1]?.answer();
  clock.advance(3_000);
  await settle();
  await reads[2]?.answer();
  clock.advance(10_000);
  await settle();
  await reads[3]?.answer(broker('10:00'));
  expect(printed.at(-1)).toBe('10:00 r1 broker');
  join.take(bar('10:01'));
  expect(printed.at(-1)).toBe('10:01');
});

test('of a bar in which nothing was traded no better version is waited for', async () => {
  const { join, first, reads, printed, clock } = open();
  await first();
  await reads[0]?.answer(broker('09:59'));
  clock.advance(40_000);
  join.take(bar('10:00', { partial: true, ticks: 0 }));
  await settle();
  await reads[1]?.answer();
  join.take(bar('10:01'));
  expect(printed.slice(1)).toEqual(['10:00 partial', '10:01']);
});

test('after a gap only its minutes are asked for, and the broker has them in their place', async () => {
  const { join, first, reads, printed, spans, clock } = open();
  await first();
  await reads[0]?.answer(broker('09:59'));
  join.take(bar('10:00'));
  join.take(bar('10:01'));
  clock.advance(5 * 60_000);
  // From 10:02:10 to 10:05:20.
  join.gap(at('10:02:10') * 1_000, at('10:05:20') * 1_000, [SYMBOL]);
  join.take(bar('10:02', { partial: true, gap_ms: 50_000 }));
  await settle();
  expect(spans().slice(1)).toEqual(['10:02-10:05']);
  clock.advance(60_000);
  join.take(bar('10:05', { partial: true, gap_ms: 20_000 }));
  await reads[1]?.answer(broker('10:02'), broker('10:03'), broker('10:04'));
  await settle();
  expect(spans().slice(2)).toEqual(['10:05-10:06']);
  await reads[2]?.answer(broker('10:05'));
  join.take(bar('10:06'));
  expect(printed.slice(3)).toEqual([
    '10:02 broker',
    '10:03 broker',
    '10:04 broker',
    '10:05 partial',
    '10:05 r1 broker',
    '10:06',
  ]);
});

test('a gap within one minute asks for that minute, and a gap before a quiet minute for the ones between', async () => {
  const { join, first, reads, printed, spans, clock } = open();
  await first();
  await reads[0]?.answer(broker('09:59'));
  clock.advance(10 * 60_000);
  join.gap(at('10:00:40') * 1_000, at('10:00:50') * 1_000, [SYMBOL]);
  join.take(bar('10:00', { partial: true, gap_ms: 10_000 }));
  await settle();
  await reads[1]?.answer(broker('10:00'));
  // Nothing was traded before the gap: no bar of its first minute comes.
  join.gap(at('10:02:10') * 1_000, at('10:04:20') * 1_000, [SYMBOL]);
  join.take(bar('10:05'));
  await settle();
  await reads[2]?.answer(broker('10:03'));
  expect(spans().slice(1)).toEqual(['10:00-10:01', '10:02-10:04']);
  expect(printed.slice(1)).toEqual(['10:00 partial', '10:00 r1 broker', '10:03 broker', '10:05']);
});

test('a minute that was closed before its gap was known is revised', async () => {
  const { join, first, reads, printed, clock } = open();
  await first();
  await reads[0]?.answer(broker('09:59'));
  join.take(bar('10:00'));
  clock.advance(10 * 60_000);
  // The connection was silent, and the bar closed by the wall clock.
  join.take(bar('10:01'));
  join.gap(at('10:01:10') * 1_000, at('10:04:20') * 1_000, [SYMBOL]);
  // The same gap, of the whole feed.
  join.gapOfAll(at('10:01:05') * 1_000, at('10:04:20') * 1_000);
  await settle();
  expect(reads).toHaveLength(2);
  await reads[1]?.answer(broker('10:01'), broker('10:02'));
  expect(printed.slice(1)).toEqual(['10:00', '10:01', '10:01 r1 broker', '10:02 broker']);
});

test('when the broker does not have a minute of a gap, what was seen of it stays', async () => {
  const { join, first, reads, printed, clock } = open();
  await first();
  await reads[0]?.answer(broker('09:59'));
  clock.advance(10 * 60_000);
  join.gap(at('10:00:40') * 1_000, at('10:02:20') * 1_000, [SYMBOL]);
  join.take(bar('10:00', { partial: true, gap_ms: 20_000 }));
  await settle();
  await reads[1]?.answer();
  expect(printed.slice(1)).toEqual(['10:00 partial']);
});

test('flat bars of a gap do not come beside those of the broker', async () => {
  const { join, first, reads, printed, spans, clock } = open();
  await first();
  await reads[0]?.answer(broker('09:59'));
  join.take(bar('10:00'));
  clock.advance(10 * 60_000);
  join.gap(at('10:01:10') * 1_000, at('10:04:20') * 1_000, [SYMBOL]);
  join.take(bar('10:01', { partial: true, gap_ms: 50_000 }));
  join.take(bar('10:02', { partial: true, gap_ms: 60_000, ticks: 0 }));
  join.take(bar('10:03', { partial: true, gap_ms: 60_000, ticks: 0 }));
  await settle();
  expect(spans().slice(1)).toEqual(['10:01-10:04']);
  await reads[1]?.answer(broker('10:01'), broker('10:02'));
  // Nothing was traded at 10:03: there the flat bar stays.
  expect(printed.slice(2)).toEqual(['10:01 broker', '10:02 broker', '10:03 partial']);
});

test('a late row makes no bar beside one of the broker', async () => {
  const { join, first, reads, printed } = open();
  await first();
  await reads[0]?.answer(broker('09:59'));
  join.take(bar('09:59', { partial: true }));
  join.take(bar('10:00', { partial: true }));
  await settle();
  await reads[1]?.answer(broker('10:00'));
  join.take(bar('10:00', { revision: 1 }));
  expect(printed).toEqual(['09:59 broker', '10:00 partial']);
});

test('a late row of a bar that the broker did not revise is its revision', async () => {
  const { join, first, reads, printed } = open();
  await first();
  await reads[0]?.answer(broker('09:59'));
  join.take(bar('10:00'));
  join.take(bar('10:00', { revision: 1 }));
  expect(printed.slice(1)).toEqual(['10:00', '10:00 r1']);
});

test('when the history fails, a message says so once, and the bars go on without', async () => {
  const { join, first, reads, printed, warnings } = open();
  await first();
  await reads[0]?.fail(new TickpipeError('TOKEN_REFUSED', 'FYERS refused the access token'));
  join.take(bar('10:00', { partial: true }));
  join.take(bar('10:01'));
  join.begin('NSE:INFY-EQ', at('10:00:30') * 1_000, []);
  await settle();
  expect(printed).toEqual(['10:00 partial']);
  expect(warnings).toEqual(['bars of NSE:SBIN-EQ are without history: FYERS refused the access token']);
  expect(join.isFilled(SYMBOL, '1m')).toBe(false);
});

test('a refusal for the rate is waited for', async () => {
  const { join, first, reads, printed, clock, warnings } = open();
  await first();
  await reads[0]?.fail(new AttemptError('RATE_LIMITED', 'too many', { isPassing: true, retryAfterMs: 5_000 }));
  join.take(bar('10:00'));
  clock.advance(5_000);
  await settle();
  await reads[1]?.answer(broker('09:59'));
  expect([printed, warnings]).toEqual([['09:59 broker', '10:00'], []]);
});

test('without partial bars the version of the broker is the first, and no revision', async () => {
  const { join, first, reads, printed } = open('10:00:30', true);
  await first();
  await reads[0]?.answer(broker('09:59'));
  join.take(bar('10:00', { partial: true, final: false }));
  join.take(bar('10:00', { partial: true }));
  await settle();
  await reads[1]?.answer(broker('10:00'));
  expect(printed).toEqual(['09:59 broker']);
});

test('at the end what waits is printed, and nothing is asked for any more', async () => {
  const { join, first, reads, printed, warnings } = open();
  await first();
  join.take(bar('10:00', { partial: true }));
  join.end();
  join.take(bar('10:01', { partial: true }));
  await settle();
  expect(printed).toEqual(['10:00 partial', '10:01 partial']);
  expect([reads.length, warnings]).toEqual([1, []]);
});

test('settles when no answer is waited for', async () => {
  const { join, first, reads } = open();
  expect(join.settle()).toBeUndefined();
  await first();
  let isSettled = false;
  void join.settle()?.then(() => {
    isSettled = true;
  });
  await settle();
  expect(isSettled).toBe(false);
  await reads[0]?.answer(broker('09:59'));
  expect(isSettled).toBe(true);
  expect(join.settle()).toBeUndefined();
});

test('four symbols are read at once, and the others when these are done', async () => {
  const { join, reads, printed } = open();
  const symbols = Array.from({ length: 6 }, (_, index) => `NSE:S${index}-EQ`);
  for (const symbol of symbols) join.begin(symbol, at('10:00:30') * 1_000, []);
  await settle();
  expect(reads).toHaveLength(4);
  await reads[2]?.answer({ ...broker('09:59'), symbol: 'NSE:S2-EQ' });
  expect(reads).toHaveLength(5);
  expect(printed).toEqual(['NSE:S2-EQ 09:59 broker']);
});
