import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeRecording } from '../recording/playback/recordings.ts';
import { type MarketEvent, makeMarket, printMarket } from '../support/bar-market.ts';
import { seededRandom } from '../support/random.ts';
import { emptyFolder, rowsOf, run, script, start } from './program.ts';

const OPEN = Date.parse('2026-11-23T09:15:00+05:30');
const KEYS =
  'type symbol interval start end open high low close volume vwap ticks oi final partial gap_ms received_at'.split(' ');

/** Some minutes of a market, as a file of rows. */
function writeRows(extra = ''): { readonly file: string; readonly events: MarketEvent[] } {
  const events = makeMarket({ random: seededRandom(5), begins: [OPEN], rowsPerDay: 800, hasFaults: false });
  const file = path.join(emptyFolder(), 'rows.ndjson');
  const status = '{"type":"Status","state":"live","at":1,"reason":null}\n';
  writeFileSync(file, status + Buffer.concat(printMarket(events)).toString() + extra);
  return { file, events };
}

const shell = (command: string, file: string) =>
  script('bash', `set -o pipefail; "$PROGRAM" ${command}`, { FILE: file }).ended;

describe('bars of rows that are piped in', () => {
  test('each bar once, all keys in their order', async () => {
    const { file } = writeRows();
    const { status, stdout, stderr } = await shell('bars 1m,1d < "$FILE"', file);
    expect([status, stderr]).toEqual([0, '']);
    const bars = rowsOf(stdout);
    expect(bars.length).toBeGreaterThan(8);
    for (const bar of bars) expect(Object.keys(bar).filter((key) => key !== 'extreme_unplaced')).toEqual(KEYS);
    const names = bars.map(({ symbol, interval, start: at }) => `${symbol} ${interval} ${at}`);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(bars.map(({ interval }) => interval))).toEqual(new Set(['1m', '1d']));
  });

  test('the same of a recording that is named', async () => {
    const { file, events } = writeRows();
    const rows = printMarket(events);
    const root = emptyFolder();
    for (const kind of ['symbol', 'index'] as const) {
      const lines = rows.filter((row) => row.includes('IndexUpdate') === (kind === 'index'));
      writeRecording(root, { kind, lines: [lines], startsAt: OPEN });
    }
    const symbols = ['NSE:SBIN-EQ', 'NSE:INFY-EQ', 'NSE:M&M-EQ', 'NSE:NIFTY50-INDEX'];
    const piped = await shell('bars 1m,5m < "$FILE"', file);
    const played = await run(['bars', '1m,5m', ...symbols, '--feed', `file:${root}`, '--speed', 'max']);
    expect(played).toMatchObject({ status: 0, stderr: '', stdout: piped.stdout });
  });

  test('as CSV, with a column for revisions where there can be some', async () => {
    const { file } = writeRows();
    const plain = await shell('bars 1m -f csv < "$FILE"', file);
    expect(plain.stdout.split('\n')[0]).toBe(KEYS.join(','));
    const revised = await shell('bars 1m -f csv --revise --time iso < "$FILE"', file);
    expect(revised.stdout.split('\n')[0]).toBe(`${KEYS.join(',')},revision`);
    expect(revised.stdout.split('\n')[1]).toContain('2026-11-23T09:15:00.000+05:30');
  });

  test('a line that is no row is named, and makes the status 8', async () => {
    const { file } = writeRows('{"type":"SymbolUpdate"\n');
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').length;
    const { status, stdout, stderr } = await shell('bars 1m < "$FILE"', file);
    expect([status, rowsOf(stdout).length > 8]).toEqual([8, true]);
    expect(stderr).toContain(`line ${lines}: no row: it is not JSON`);
  });

  test('another program that leaves ends it quietly', async () => {
    const { file } = writeRows();
    const { status, stdout, stderr } = await shell('bars 1s < "$FILE" | head -1', file);
    expect([status, rowsOf(stdout).length, stderr]).toEqual([0, 1, '']);
  });
});

describe('bars of a feed', () => {
  const SIM = ['NSE:SBIN-EQ', '--feed', 'sim', '--all-hours'];

  test('bars by trades, by the simulator, are marked', async () => {
    const { status, stdout } = await run(['bars', '3t', ...SIM, '--count', '2']);
    expect(status).toBe(0);
    const bars = rowsOf(stdout);
    expect(bars).toMatchObject([
      { interval: '3t', simulated: true },
      { ticks: 3, partial: false },
    ]);
    expect(Object.keys(bars[1] ?? {}).at(-1)).toBe('simulated');
  });

  test('forming bars, and at Ctrl-C the last one as it is', async () => {
    const running = start(['bars', '1h', ...SIM, '--emit', 'changes', '--conflate', '100ms']);
    await running.until(() => running.rows.length >= 2);
    running.child.kill('SIGINT');
    const { status, stdout } = await running.ended;
    expect(status).toBe(130);
    const bars = rowsOf(stdout);
    expect(bars.slice(0, -1).every(({ final }) => final === false)).toBe(true);
    expect(bars.at(-1)).toMatchObject({ final: true, partial: true, start: bars[0]?.['start'] });
  });
});

describe('a command line that cannot be run', () => {
  test.each([
    [['1x', 'NSE:SBIN-EQ'], 'error: interval: "1x" is not an interval\nhint: write it as 5s, 1m, 1h'],
    [['NSE:SBIN-EQ'], 'error: interval: "NSE:SBIN-EQ" is not an interval'],
    [['2d', 'NSE:SBIN-EQ'], 'error: interval: "2d" is too long\nhint: the longest bar is the session, 1d'],
    [
      ['1m', 'NSE:SBIN-EQ', '--conflate', '5s'],
      'error: --conflate is for forming bars\nhint: give --emit changes, too',
    ],
    [['1m', 'NSE:SBIN-EQ', '--grace', '11m'], 'error: --grace: "11m" is too long'],
    [[], 'error: missing INTERVAL'],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await run(['bars', ...args]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});
