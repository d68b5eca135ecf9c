import { expect, it } from 'vitest';
import { parseFaults } from '../../src/lib/simulator/faults.ts';
import type { SimulatorOptions } from '../../src/lib/simulator/simulator.ts';
import { emptyFolder, rowsOf, run, simulate, start } from './program.ts';

async function open(options: SimulatorOptions = {}) {
  const simulator = await simulate(options);
  return { simulator, env: { ...simulator.environment, HOME: emptyFolder() } };
}

const at = (time: string): number => Date.parse(`2026-11-27T${time}+05:30`);

/** Rows as `stream symbols` prints them. @param times on that Friday, `10:00:30` */
function rowsAt(times: readonly string[], simulated = true): string {
  const rows = times.map((time, index) => ({
    type: 'SymbolUpdate',
    symbol: 'NSE:SBIN-EQ',
    ltp: 870 + index,
    high: 900,
    low: 850,
    volume: 1_000 + 10 * index,
    oi: null,
    last_trade_time: at(time) / 1_000,
    exchange_time: at(time) / 1_000,
    received_at: at(time) + 100,
    ...(simulated && { simulated }),
  }));
  const status = { type: 'Status', state: 'live', at: at(times[0] as string), reason: null };
  return [status, ...rows].map((row) => `${JSON.stringify(row)}\n`).join('');
}

const MINUTES = ['10:00:30', '10:00:50', '10:01:10', '10:02:10', '10:03:10', '10:04:10'];

it('on stdin history begins so far before the first row, and follows on without a seam', async () => {
  const { env } = await open({ rate: 0 });
  const { status, stdout, stderr } = await run(['bars', '1m', '--history', '1d'], { env, input: rowsAt(MINUTES) });
  expect([status, stderr]).toEqual([0, '']);
  const rows = rowsOf(stdout);
  expect(rows[0]?.['start']).toBe(Date.parse('2026-11-26T09:15:00+05:30') / 1_000);
  const first = rows.filter((row) => !('revision' in row)).map(({ start }) => Number(start));
  expect(first).toEqual([...new Set(first)].sort((one, other) => one - other));
  // A day of minutes, and from 09:15 to 10:04.
  expect(first).toHaveLength(375 + 50);
  const own = rows.filter((row) => !('source' in row)).map(({ start, partial }) => [Number(start) * 1_000, partial]);
  expect(own).toEqual(
    ['10:00:00', '10:01:00', '10:02:00', '10:03:00', '10:04:00'].map((time) => [
      at(time),
      time === '10:00:00' || time === '10:04:00',
    ]),
  );
  const revised = rows.filter((row) => 'revision' in row);
  expect(revised.map(({ start, source, revision }) => [Number(start) * 1_000, source, revision])).toEqual([
    [at('10:00:00'), 'history', 1],
  ]);
});

it('fills indicators, which are warm from the first bar of ticks on', async () => {
  const { env } = await open({ rate: 0 });
  const args = ['bars', '1m', '--history', '1d', '--with', 'ema:50,vwap', '-f', 'csv'];
  const { stdout } = await run(args, { env, input: rowsAt(MINUTES) });
  const lines = stdout.trimEnd().split('\n');
  const names = lines[0]?.split(',') ?? [];
  expect(names.slice(-6)).toEqual(['revision', 'source', 'ema_50', 'session_vwap', 'warm', 'simulated']);
  const warm = lines.slice(1).map((line) => line.split(',')[names.indexOf('warm')]);
  expect(warm[0]).toBe('false');
  expect(new Set(warm.slice(200))).toEqual(new Set(['true']));
});

it('asks for the minutes of a gap alone', async () => {
  const { env, simulator } = await open({ rate: 0 });
  const gap = {
    type: 'Gap',
    from: at('10:02:20'),
    to: at('10:09:30'),
    reason: 'network_error',
    symbols: ['NSE:SBIN-EQ'],
  };
  const input = `${rowsAt(MINUTES.slice(0, 4))}${JSON.stringify(gap)}\n${rowsAt(['10:09:30', '10:10:20', '10:11:20'])}`;
  const { stdout } = await run(['bars', '1m', '--history', '10m', '--fields', 'start,source'], { env, input });
  const rows = rowsOf(stdout).map(
    ({ start, source }) =>
      `${new Date(Number(start) * 1_000 + 19_800_000).toISOString().slice(11, 16)} ${source ?? ''}`,
  );
  const expected = [...Array.from({ length: 10 }, (_, minute) => `09:${50 + minute} history`)];
  expected.push('10:00 ', '10:00 history', '10:01 ');
  for (let minute = 2; minute < 9; minute++) expected.push(`10:0${minute} history`);
  expected.push('10:09 ', '10:09 history', '10:10 ', '10:11 ');
  expect(rows).toEqual(expected);
  // The history before, the first bar, the gap, and the bar in which rows came again.
  expect(simulator.counters.historyCalls).toBe(4);
});

it('live: history, then bars of ticks; the partial first one is printed again as the broker has it', async () => {
  const { env } = await open({ rate: 100 });
  const running = start(['bars', '5s', 'NSE:SBIN-EQ', '--all-hours', '--direct', '--history', '1m'], { env });
  // How many bars come before it follows from the time of day: the broker has those of the session.
  await running.until(() => running.rows.some((row) => 'revision' in row));
  running.child.kill('SIGINT');
  const { status } = await running.ended;
  const { rows } = running;
  const [partial, revised] = rows.filter(({ start }) => start === rows.find((row) => row['partial'])?.['start']);
  expect(status).toBe(130);
  expect([partial?.['partial'], revised?.['revision'], revised?.['source']]).toEqual([true, 1, 'history']);
  expect(revised?.['close']).toBe(partial?.['close']);
  const first = rows.filter((row) => !('revision' in row)).map(({ start }) => Number(start));
  expect(first).toEqual([...new Set(first)].sort((one, other) => one - other));
});

it('live with the simulator in this process', async () => {
  const args = ['bars', '1m', 'NSE:SBIN-EQ', '--feed', 'sim', '--all-hours', '--history', '1d'];
  const running = start(args);
  await running.until(() => running.rows.length >= 375);
  running.child.kill('SIGINT');
  const { status } = await running.ended;
  expect(status).toBe(130);
  expect(running.rows[0]).toMatchObject({ source: 'history', simulated: true });
});

it('when the history fails, a message says why, and the bars go on', async () => {
  const { env } = await open({ rate: 0, faults: parseFaults('history=-373') });
  const { status, stdout, stderr } = await run(['bars', '1m', '--history', '1d'], { env, input: rowsAt(MINUTES) });
  expect([status, rowsOf(stdout).length]).toEqual([0, 5]);
  expect(stderr).toBe(
    'warning: bars of NSE:SBIN-EQ are without history: the app of the access token may not have market data (HTTP 403, code -373)\n',
  );
});

it('rows of FYERS get no candles of a simulator', async () => {
  const { env, simulator } = await open({ rate: 0 });
  const { stderr } = await run(['bars', '1m', '--history', '1d'], { env, input: rowsAt(MINUTES, false) });
  expect(stderr).toContain('the rows are of FYERS, and the history is simulated');
  expect(simulator.counters.historyCalls).toBe(0);
});

it.each([
  [['bars', '500t', 'NSE:SBIN-EQ', '--history', '1d'], 2, '--history: the broker has no candles of 500t'],
  [['bars', '7m', 'NSE:SBIN-EQ', '--history', '1d'], 2, '--history: the broker has no candles of 7m'],
  [
    ['bars', '1h', 'NSE:SBIN-EQ', '--all-hours', '--history', '1d'],
    2,
    "the broker's candles of 1h are not those of all hours",
  ],
  [['bars', '1m', 'NSE:SBIN-EQ', '--history', 'soon'], 2, '--history: "soon" is not a duration'],
])('%j is refused before anything is opened', async (args, expected, message) => {
  const { env, simulator } = await open({ rate: 0 });
  const { status, stderr } = await run(args, { env });
  expect([status, stderr]).toEqual([expected, expect.stringContaining(message)]);
  expect([simulator.counters.historyCalls, simulator.counters.connections]).toEqual([0, 0]);
});

it('without a token it ends with 4', async () => {
  expect(await run(['bars', '1m', '--history', '1d'], { input: rowsAt(MINUTES) })).toMatchObject({
    status: 4,
    stdout: '',
  });
});
