import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { parseAccessToken } from '../../src/lib/auth/access-token.ts';
import { SharedCallLimit } from '../../src/lib/data-api/shared-call-limit.ts';
import type { BarHistoryRequest } from '../../src/lib/history/bar-history.ts';
import { HistoryClient } from '../../src/lib/history/history-client.ts';
import { readHistoryInterval } from '../../src/lib/history/history-interval.ts';
import type { Bar } from '../../src/lib/market/bar.ts';
import { createCalendar } from '../../src/lib/market/calendar.ts';
import { CALENDAR_2026 } from '../../src/lib/market/calendar-2026.ts';
import { DIRECT } from '../../src/lib/network/route.ts';
import { parseFaults } from '../../src/lib/simulator/faults.ts';
import { startSimulator } from '../../src/lib/simulator/simulator.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { seededRandom } from '../support/random.ts';

const atMs = (text: string): number => Date.parse(`${text}+05:30`);
const at = (text: string): number => atMs(text) / 1_000;
const never = new AbortController().signal;

interface Setting {
  readonly now?: string;
  readonly fault?: string;
}

async function open({ now = '2026-11-23T10:00:30', fault }: Setting = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-history-'));
  const clock = new ManualClock(atMs(now));
  const faults = fault === undefined ? [] : parseFaults(fault);
  const simulator = await startSimulator({ rate: 0, clock, faults });
  const token = parseAccessToken(simulator.token);
  const random = seededRandom(1);
  const { dataUrl } = simulator;
  const app = { dataUrl, appId: token.appId, simulatedUser: token.userId };
  const limit = new SharedCallLimit({ app, env: { TICKPIPE_RUN_DIR: folder }, clock, random });
  const client = new HistoryClient({
    dataUrl,
    token,
    limit,
    clock,
    random,
    outgoing: DIRECT,
    calendar: createCalendar([CALENDAR_2026]),
  });
  onTestFinished(async () => {
    client.close();
    await simulator.close();
    rmSync(folder, { recursive: true });
  });
  const parts = async (request: Partial<BarHistoryRequest> & { readonly name?: string }): Promise<Bar[][]> => {
    const all: Bar[][] = [];
    const whole: BarHistoryRequest = {
      symbol: 'NSE:SBIN-EQ',
      interval: readHistoryInterval(request.name ?? '1m'),
      oi: false,
      fromMs: atMs('2026-11-23T00:00:00'),
      toMs: atMs('2026-11-24T00:00:00'),
      ...request,
    };
    for await (const bars of client.read(whole, never)) all.push(bars);
    return all;
  };
  const read = async (request: Parameters<typeof parts>[0] = {}): Promise<Bar[]> => (await parts(request)).flat();
  return { clock, simulator, read, parts, limit };
}

/** Lets waits end while real requests are under way. */
async function pass<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let isOver = false;
  const done = work.finally(() => {
    isOver = true;
  });
  done.catch(() => {});
  while (!isOver) {
    await nextTurn();
    clock.advance(1);
  }
  return done;
}

test('minutes are bars of the broker, in order, without the one that is being made', async () => {
  const { read } = await open();
  const bars = await read();
  expect(bars[0]).toEqual({
    symbol: 'NSE:SBIN-EQ',
    interval: '1m',
    start: at('2026-11-23T09:15:00'),
    end: at('2026-11-23T09:16:00'),
    open: expect.any(Number),
    high: expect.any(Number),
    low: expect.any(Number),
    close: expect.any(Number),
    volume: expect.any(Number),
    vwap: null,
    ticks: 0,
    oi: null,
    final: true,
    partial: false,
    gap_ms: 0,
    received_at: atMs('2026-11-23T10:00:30'),
    source: 'history',
    simulated: true,
  });
  expect(bars.map(({ start }) => start)).toEqual(
    Array.from({ length: 45 }, (_, minute) => at('2026-11-23T09:15:00') + 60 * minute),
  );
});

test.each([
  ['10:00:01', '09:58'],
  ['10:00:02', '09:59'],
])('at %s the last minute is that of %s: a bar is printed two seconds after its end', async (time, last) => {
  const { read } = await open({ now: `2026-11-23T${time}` });
  expect((await read()).at(-1)?.start).toBe(at(`2026-11-23T${last}:00`));
});

test.each(['5m', '1h', '4h', '1d', '1w', '1mo'])('the bar of %s that is being made is never printed', async (name) => {
  const { read } = await open();
  const bars = await read({ name, fromMs: atMs('2026-09-01T00:00:00') });
  expect(bars.length).toBeGreaterThan(0);
  expect(bars.at(-1)?.end).toBeLessThanOrEqual(at('2026-11-23T10:00:00'));
  expect(bars.every(({ final, interval }) => final && interval === name)).toBe(true);
});

test('an order that is not one, and candles twice, become bars in order, each once', async () => {
  const { read } = await open({ fault: 'history=unsorted:1' });
  const unsorted = await read();
  expect(unsorted).toEqual(await read());
  expect(unsorted).toHaveLength(45);
});

test('a long range is asked for in parts that meet without a gap or a bar twice', async () => {
  const { parts, read, simulator } = await open();
  const long = { fromMs: atMs('2026-03-01T00:00:00'), toMs: atMs('2026-11-22T00:00:00') };
  const minutes = await parts(long);
  // 266 days, 100 at once.
  expect(simulator.counters.historyCalls).toBe(3);
  const starts = minutes.flat().map(({ start }) => start);
  expect(new Set(starts).size).toBe(starts.length);
  expect(starts).toEqual([...starts].sort((one, other) => one - other));
  const days = await read({ ...long, name: '1d' });
  expect(starts).toHaveLength(days.length * 375);
});

test('a range of whole days is not asked for beyond its last midnight', async () => {
  const { parts, simulator } = await open();
  // A hundred days.
  await parts({ fromMs: atMs('2026-08-12T00:00:00'), toMs: atMs('2026-11-20T00:00:00') });
  expect(simulator.counters.historyCalls).toBe(1);
});

test.each([
  ['1d', 366, 2],
  ['1w', 364, 3],
  ['1mo', 365, 3],
])('two years and a day of %s are asked for in parts of %i days', async (name, _, calls) => {
  const { read, simulator } = await open();
  const bars = await read({ name, fromMs: atMs('2024-11-22T00:00:00'), toMs: atMs('2026-11-23T00:00:00') });
  expect(simulator.counters.historyCalls).toBe(calls);
  const starts = bars.map(({ start }) => start);
  expect(starts).toEqual([...new Set(starts)].sort((one, other) => one - other));
});

test('a day is its session; a week and a month go from their first open to their last close', async () => {
  const { read } = await open({ now: '2026-12-07T10:00:00' });
  const span = { fromMs: atMs('2026-11-02T00:00:00'), toMs: atMs('2026-12-01T00:00:00') };
  const [day] = await read({ ...span, name: '1d' });
  expect([day?.start, day?.end]).toEqual([at('2026-11-02T09:15:00'), at('2026-11-02T15:30:00')]);
  const weeks = await read({ ...span, name: '1w' });
  // Tuesday the 24th is a holiday, and the week that began in November is one of it.
  expect(weeks.map(({ start }) => start)).toEqual(
    ['02', '09', '16', '23', '30'].map((date) => at(`2026-11-${date}T09:15:00`)),
  );
  expect(weeks[0]?.end).toBe(at('2026-11-06T15:30:00'));
  const [month] = await read({ ...span, fromMs: atMs('2026-11-01T00:00:00'), name: '1mo' });
  expect(month?.end).toBe(at('2026-11-30T15:30:00'));
});

test('the last bar of a day ends at the close', async () => {
  const { read } = await open();
  const bars = await read({ name: '1h', fromMs: atMs('2026-11-20T00:00:00'), toMs: atMs('2026-11-21T00:00:00') });
  expect(bars.at(-1)).toMatchObject({ start: at('2026-11-20T15:15:00'), end: at('2026-11-20T15:30:00') });
});

test('a span takes the bars that begin in it', async () => {
  const { read } = await open();
  const bars = await read({ name: '5m', fromMs: atMs('2026-11-20T10:01:00'), toMs: atMs('2026-11-20T10:11:00') });
  expect(bars.map(({ start }) => start)).toEqual([at('2026-11-20T10:05:00'), at('2026-11-20T10:10:00')]);
});

test('an index has no volume, and a future its open interest where it is asked for', async () => {
  const { read } = await open();
  const index = await read({ symbol: 'NSE:NIFTY50-INDEX' });
  expect(index).toHaveLength(45);
  expect(new Set(index.map(({ volume }) => volume))).toEqual(new Set([null]));
  const future = { symbol: 'NSE:NIFTY26NOVFUT' };
  expect((await read({ ...future, oi: true }))[0]?.oi).toBeGreaterThan(0);
  expect((await read(future))[0]?.oi).toBeNull();
});

test('a day without trading, and a symbol that never traded, have no bars', async () => {
  const { read } = await open({ now: '2026-11-25T10:00:00' });
  expect(await read({ fromMs: atMs('2026-11-24T00:00:00'), toMs: atMs('2026-11-25T00:00:00') })).toEqual([]);
  expect(await read({ symbol: 'NSE:SIMQUIET-EQ' })).toEqual([]);
});

test.each(['no-data', 'empty'])('an answer that is %s is no error', async (fault) => {
  const { read } = await open({ fault: `history=${fault}` });
  expect(await read()).toEqual([]);
});

test('candles of seconds end after 30 trading days, without a call', async () => {
  const { read, simulator } = await open();
  await expect(read({ name: '5s', fromMs: atMs('2026-10-01T00:00:00') })).rejects.toMatchObject({
    code: 'USAGE',
    hint: 'give --from 2026-10-09 or later, or an interval of 1m or more',
  });
  expect(simulator.counters.historyCalls).toBe(0);
  const bars = await read({ name: '5s', fromMs: atMs('2026-10-09T00:00:00') });
  expect(simulator.counters.historyCalls).toBe(5);
  expect(bars.length).toBeGreaterThan(29 * 375 * 12);
});

test('a span that has not begun asks nothing', async () => {
  const { read, simulator } = await open();
  expect(await read({ fromMs: atMs('2026-11-23T10:00:00'), toMs: atMs('2026-11-30T00:00:00') })).toEqual([]);
  expect(simulator.counters.historyCalls).toBe(0);
});

test.each([
  ['-8', 'TOKEN_EXPIRED', 4],
  ['-15', 'TOKEN_REFUSED', 4],
  ['-16', 'TOKEN_REFUSED', 4],
  ['-17', 'TOKEN_REFUSED', 4],
  ['-352', 'APP_ID_REFUSED', 4],
  ['-373', 'APP_WITHOUT_PERMISSION', 4],
  ['-300', 'UNKNOWN_SYMBOL', 3],
  ['-50', 'REQUEST_REFUSED', 5],
  ['-99', 'REQUEST_REFUSED', 5],
  ['edge', 'EDGE_REFUSED', 5],
  ['429', 'RATE_LIMITED', 6],
  ['429-ms', 'RATE_LIMITED', 6],
  ['malformed', 'HISTORY_FAILED', 5],
])('an answer %s is %s, at once', async (fault, code, exit) => {
  const { read, simulator } = await open({ fault: `history=${fault}` });
  await expect(read()).rejects.toMatchObject({ code, exit });
  expect(simulator.counters.historyCalls).toBe(1);
});

test.each(['gateway', 'cut', 'break'])('an answer %s is tried again, four times in all', async (fault) => {
  const { read, simulator, clock } = await open({ fault: `history=${fault}` });
  await expect(pass(clock, read())).rejects.toMatchObject({ code: 'HISTORY_FAILED', exit: 5 });
  expect(simulator.counters.historyCalls).toBe(4);
});

test('one gateway page does not stop it', async () => {
  const { read, clock } = await open({ fault: 'history=gateway:1' });
  expect(await pass(clock, read())).toHaveLength(45);
});

test('a redirect is not followed', async () => {
  const { read, simulator, clock } = await open({ fault: 'history=redirect' });
  await expect(pass(clock, read())).rejects.toMatchObject({ code: 'HISTORY_FAILED' });
  expect(simulator.counters.followedRedirects).toBe(0);
});

test('after a refusal for the rate no call is made until its time is over', async () => {
  const { read, simulator, clock, limit } = await open({ fault: 'history=429-ms:1' });
  await expect(read()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  expect(limit.blockedMs).toBe(1_000);
  expect(await pass(clock, read())).toHaveLength(45);
  expect(simulator.counters.historyCalls).toBe(2);
});
