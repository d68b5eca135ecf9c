import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseFaults } from '../../src/lib/simulator/faults.ts';
import type { SimulatorOptions } from '../../src/lib/simulator/simulator.ts';
import { afterTest, emptyFolder, type Running, rowsOf, run, shell, simulate, start } from './program.ts';

const FRIDAY = ['--from', '2026-11-27', '--to', '2026-11-27'];

/** A simulator, and the environment of a user whose broker it is. */
async function open(options: SimulatorOptions = {}) {
  const simulator = await simulate({ rate: 0, generated: 40, ...options });
  const home = emptyFolder();
  return { simulator, env: { ...simulator.environment, HOME: home } };
}

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `NSE:SIM${String(index + 1).padStart(4, '0')}-EQ`);

async function stop(running: Running): Promise<void> {
  running.child.kill('SIGSTOP');
  afterTest(() => running.child.kill('SIGCONT'));
}

it('prints the candles of each symbol, in the order given, with their source', async () => {
  const { env } = await open();
  const symbols = ['NSE:SBIN-EQ', 'NSE:NIFTY50-INDEX'];
  const { status, stdout, stderr } = await run(['history', ...symbols, '--interval', '1h', ...FRIDAY], { env });
  const rows = rowsOf(stdout);
  expect([status, stderr]).toEqual([0, '']);
  expect(rows.map(({ symbol }) => symbol)).toEqual([...Array(7).fill(symbols[0]), ...Array(7).fill(symbols[1])]);
  expect(Object.keys(rows[0] ?? {}).slice(-3)).toEqual(['received_at', 'source', 'simulated']);
  expect(
    rows.every(
      ({ type, interval, source, final }) => type === 'Bar' && interval === '1h' && source === 'history' && final,
    ),
  ).toBe(true);
  expect(new Set(rows.slice(7).map(({ volume }) => volume))).toEqual(new Set([null]));
});

it('prints CSV with the source, times in IST, and chosen columns', async () => {
  const { env } = await open();
  const args = ['history', 'NSE:SBIN-EQ', '--interval', '1d', '--time', 'iso', ...FRIDAY];
  const csv = await run([...args, '--format', 'csv'], { env });
  expect(csv.stdout.split('\n')[0]).toBe(
    'type,symbol,interval,start,end,open,high,low,close,volume,vwap,ticks,oi,final,partial,gap_ms,received_at,source,simulated',
  );
  const chosen = await run([...args, '--fields', 'symbol,start', '--raw'], { env });
  expect(chosen.stdout).toBe('NSE:SBIN-EQ\t2026-11-27T09:15:00.000+05:30\n');
  const table = await run([...args, '--format', 'table'], { env });
  expect(table.stdout.split('\n')).toHaveLength(3);
});

it('prints only the bars for which --where is true', async () => {
  const { env } = await open();
  const args = ['history', 'NSE:SBIN-EQ', '--interval', '1h', ...FRIDAY];
  const all = rowsOf((await run(args, { env })).stdout);
  const { status, stdout, stderr } = await run([...args, '--where', 'close > open'], { env });
  const rising = all.filter(({ open, close }) => (close as number) > (open as number));
  expect([status, stderr]).toEqual([0, '']);
  expect([rising.length > 0, rising.length < all.length]).toEqual([true, true]);
  expect(rowsOf(stdout).map(({ start }) => start)).toEqual(rising.map(({ start }) => start));
  const wrong = await run([...args, '--where', 'clse > open'], { env });
  expect([wrong.status, wrong.stdout]).toEqual([2, '']);
  expect(wrong.stderr).toContain('did you mean close?');
});

it('adds to a file below its header, and leaves nothing of a file that breaks off', async () => {
  const { env, simulator } = await open();
  const cwd = emptyFolder();
  const args = ['history', 'NSE:SBIN-EQ', '--interval', '1d', '-o', 'sbin.csv', '--append', ...FRIDAY];
  for (let time = 0; time < 2; time++) expect(await run(args, { env, cwd })).toMatchObject({ status: 0, stderr: '' });
  expect(readFileSync(path.join(cwd, 'sbin.csv'), 'utf8').split('\n')).toHaveLength(4);
  simulator.inject({ name: 'history', answer: '-99', count: 1 });
  const broken = await run(['history', 'NSE:SBIN-EQ', '-o', 'other.csv', ...FRIDAY], { env, cwd });
  expect(broken).toMatchObject({ status: 5, stdout: '' });
  expect(existsSync(path.join(cwd, 'other.csv'))).toBe(false);
});

it('knows some symbols: status 3 with what was meant; knows none: 3 and no row', async () => {
  const { env } = await open();
  const some = await run(['history', 'NSE:SBIM-EQ', 'NSE:SBIN-EQ', '--interval', '1d', ...FRIDAY], { env });
  expect([some.status, rowsOf(some.stdout).length]).toEqual([3, 1]);
  expect(some.stderr).toMatch(/^warning: unknown symbol NSE:SBIM-EQ; /);
  const none = await run(['history', 'NSE:NOPE-EQ', ...FRIDAY], { env });
  expect([none.status, none.stdout]).toEqual([3, '']);
  expect(none.stderr).toMatch(/^error: unknown symbol NSE:NOPE-EQ\nhint: /);
});

it('a day without trading is no error, and a message says so', async () => {
  const { env } = await open();
  const { status, stdout, stderr } = await run(
    ['history', 'NSE:SBIN-EQ', '--from', '2026-11-28', '--to', '2026-11-29'],
    { env },
  );
  expect([status, stdout]).toEqual([0, '']);
  expect(stderr).toBe(
    'the broker has no finished bars of NSE:SBIN-EQ from 2026-11-28 00:00:00 to 2026-11-30 00:00:00 IST\n',
  );
});

describe('the status of what the broker answers', () => {
  it.each([
    ['-8', 4, 'FYERS says that the access token has expired'],
    ['-15', 4, 'FYERS refused the access token'],
    ['-373', 4, 'the app of the access token may not have market data'],
    ['-352', 4, 'FYERS does not know the app id'],
    ['-50', 5, 'FYERS did not accept the history of NSE:SBIN-EQ (HTTP 400, code -50)'],
    ['edge', 5, 'the edge in front of FYERS refused the history of NSE:SBIN-EQ (HTTP 403)'],
    ['gateway', 5, 'the history of NSE:SBIN-EQ failed: HTTP 502'],
    ['429', 6, 'FYERS refuses the history of NSE:SBIN-EQ: too many requests'],
  ])('%s is %i', async (answer, status, message) => {
    const { env } = await open({ faults: parseFaults(`history=${answer}`) });
    const ended = await run(['history', 'NSE:SBIN-EQ', ...FRIDAY], { env });
    expect([ended.status, ended.stdout]).toEqual([status, '']);
    expect(ended.stderr).toContain(`error: ${message}`);
  });

  it('without a token it is 4', async () => {
    const { env } = await open();
    expect(await run(['history', 'NSE:SBIN-EQ'], { env: { ...env, FYERS_ACCESS_TOKEN: undefined } })).toMatchObject({
      status: 4,
    });
  });
});

it.each([
  [['--interval', '7m'], '--interval: the broker has no candles of "7m"'],
  [['--from', 'yesterday'], '--from: "yesterday" is not a time'],
  [['--from', '2099-01-01'], '--from 2099-01-01 is not past yet'],
  [['--from', '2026-11-27', '--to', '2026-11-26'], '--from 2026-11-27 is not before --to 2026-11-26'],
  [['--interval', '5s', '--from', '2025-01-01'], 'the broker keeps candles of 5s for 30 trading days'],
  [['--feed', 'file:ticks'], '--feed: a recording has no history'],
])('%j is a usage error', async (flags, message) => {
  const { env, simulator } = await open();
  const { status, stdout, stderr } = await run(['history', 'NSE:SBIN-EQ', ...flags], { env });
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(`error: ${message}`);
  expect(simulator.counters.historyCalls).toBe(0);
});

describe('commands at the same time', () => {
  it('keep the limit of the app together', async () => {
    const { env, simulator } = await open();
    const all = await Promise.all(
      Array.from({ length: 8 }, () => run(['history', ...names(4), '--interval', '1d', ...FRIDAY], { env })),
    );
    expect(all.map(({ status, stderr }) => [status, stderr])).toEqual(Array(8).fill([0, '']));
    expect([simulator.counters.historyCalls, simulator.counters.historyBreaches]).toEqual([32, 0]);
  });

  it('after a refusal no other command calls before its time', async () => {
    const { env, simulator } = await open({ faults: parseFaults('history=429:1') });
    expect(await run(['history', 'NSE:SBIN-EQ', ...FRIDAY], { env })).toMatchObject({ status: 6 });
    const next = await run(['history', 'NSE:SBIN-EQ', '--interval', '1d', ...FRIDAY], { env });
    expect(next).toMatchObject({ status: 0 });
    expect(simulator.counters.historyBreaches).toBe(0);
  });

  it('a process that is stopped in the middle holds no other up', async () => {
    const { env } = await open();
    const stopped = start(['history', ...names(40), '--interval', '1d', ...FRIDAY], { env });
    await stopped.until(() => stopped.rows.length > 0);
    await stop(stopped);
    expect(await run(['history', 'NSE:SBIN-EQ', '--interval', '1d', ...FRIDAY], { env })).toMatchObject({ status: 0 });
  });
});

it('ends with the signal while it waits for its turn, and keeps the rows that it has', async () => {
  const { env } = await open();
  const waiting = start(['history', ...names(40), '--interval', '1d', ...FRIDAY], { env });
  await waiting.until(() => waiting.rows.length > 0);
  waiting.child.kill('SIGINT');
  const { status, stdout, stderr } = await waiting.ended;
  expect([status, stderr]).toEqual([130, '']);
  expect(rowsOf(stdout).length).toBeGreaterThan(0);
  expect(rowsOf(stdout).length).toBeLessThan(40);
});

it('ends when the reader leaves', async () => {
  const { env, simulator } = await open();
  const line = `set -o pipefail; $tickpipe history ${names(40).join(' ')} --interval 1d --from 2026-11-27 | head -1`;
  const { status, stdout } = await shell(line, { env }).ended;
  expect([status, rowsOf(stdout).length]).toEqual([0, 1]);
  expect(simulator.counters.historyCalls).toBeLessThan(40);
});

it('has a simulator of its own with --feed sim', async () => {
  const { status, stdout } = await run(['history', 'NSE:SBIN-EQ', '--feed', 'sim', '--interval', '1d', ...FRIDAY]);
  expect([status, rowsOf(stdout)[0]?.['simulated']]).toEqual([0, true]);
});
