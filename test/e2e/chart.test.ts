import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { KEYS, OnTerminal } from './on-terminal.ts';
import { emptyFolder, run, script } from './program.ts';

const OPEN = Date.parse('2026-11-23T09:15:00+05:30') / 1_000;
const UTF8 = { LC_ALL: 'C.UTF-8' };
const SIM = '--feed sim --all-hours';

/** Bars of five minutes, as `bars` prints them. */
function writeBars(count: number): string {
  const file = path.join(emptyFolder(), 'bars.ndjson');
  const lines = Array.from({ length: count }, (_, place) => {
    const start = OPEN + place * 300;
    const open = 100 + (place % 7);
    const prices = { open, high: open + 2, low: open - 1, close: open + 1, volume: 100 * (place + 1) };
    const bar = { type: 'Bar', symbol: 'NSE:SBIN-EQ', interval: '5m', start, end: start + 300, ...prices, final: true };
    return `${JSON.stringify(bar)}\n`;
  });
  writeFileSync(file, lines.join(''));
  return file;
}

describe('a chart in a pipe', () => {
  test('of bars that are piped in is printed once, at the end', async () => {
    const file = writeBars(30);
    const { status, stdout, stderr } = await script('sh', `"$PROGRAM" chart < ${file} | cat`, UTF8).ended;
    expect([status, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n').slice(0, -1);
    expect(lines).toHaveLength(24);
    expect(lines[0]).toBe('NSE:SBIN-EQ 5m  102.00 ▲  2026-11-23 11:40  O 101.00  H 103.00  L 100.00  V 3000');
    expect(lines.at(-1)).toMatch(/09:30 +10:00 +10:30 +11:00/);
    expect(stdout).not.toContain('\x1b');
    expect(stdout).toMatch(/[┃╽╻╿╹]/);
  });

  test('is ASCII without UTF-8, has colours when they are forced, and the size that is asked for', async () => {
    const file = writeBars(30);
    const ascii = await script('sh', `"$PROGRAM" chart --size 60x12 < ${file} | cat`, { LC_ALL: 'C' }).ended;
    const lines = ascii.stdout.split('\n').slice(0, -1);
    expect(lines).toHaveLength(12);
    expect(Math.max(...lines.slice(1).map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(ascii.stdout).toMatch(/^[\x20-\x7e\n]*$/);
    const forced = await script('sh', `"$PROGRAM" chart < ${file} | cat`, { ...UTF8, FORCE_COLOR: '1' }).ended;
    expect(forced.stdout).toContain('\x1b[32m');
  });

  test('of ticks makes their bars itself', async () => {
    const line = `"$PROGRAM" stream symbols NSE:SBIN-EQ --feed sim --events --count 40 | "$PROGRAM" chart 1s --all-hours`;
    const { status, stdout, stderr } = await script('sh', line, UTF8).ended;
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^SIMULATED PRICES\nNSE:SBIN-EQ 1s {2}\d/);
    expect(stdout).toMatch(/^not seen whole: /m);
  });

  test('of symbols ends at its limit', async () => {
    const { status, stdout } = await run(`chart NSE:SBIN-EQ 2t ${SIM} --count 3`.split(' '), { env: UTF8 });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^NSE:SBIN-EQ 2t /m);
  });

  test('begins with the bars of the broker where they are asked for', async () => {
    const line = `chart NSE:SBIN-EQ 15m --history 1d ${SIM} --count 20`;
    const { status, stdout, stderr } = await run(line.split(' '), { env: UTF8 });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^SIMULATED PRICES\nNSE:SBIN-EQ 15m/);
    // Twenty candles, of which the broker has seen the whole.
    expect(stdout).toMatch(/^(?:[▁-█] ){19}[▁-█]$/m);
    expect(stdout).not.toContain('not seen whole');
    const wrong = await run(`chart NSE:SBIN-EQ 500t --history 1d ${SIM}`.split(' '));
    expect([wrong.status, wrong.stdout]).toEqual([2, '']);
  });

  test('names lines that are no rows, and bars that lack something', async () => {
    const file = writeBars(3);
    const text = `{ cat ${file}; echo nonsense; echo '{"type":"Bar","symbol":"NSE:A-EQ"}'; } | "$PROGRAM" chart`;
    const { status, stdout, stderr } = await script('sh', text, UTF8).ended;
    expect(status).toBe(8);
    expect(stdout).toMatch(/^NSE:SBIN-EQ 5m/);
    expect(stderr).toContain('standard input, line 4: no row: it is not JSON');
    expect(stderr).toContain('1 row of type Bar lacks a symbol, an interval, times or prices: left out');
  });

  test.each([
    ['two intervals', 'chart NSE:SBIN-EQ 1m 5m', 'a chart has one interval: 1m, 5m'],
    ['a size that is none', 'chart NSE:SBIN-EQ --size 80', '--size: "80" is not a size'],
    ['a word that is neither', 'chart NSE:SBIN-EQ 5x --feed sim', '5x'],
  ])('refuses %s', async (_, line, message) => {
    const { status, stdout, stderr } = await run(line.split(' '));
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});

describe('a chart on a terminal', () => {
  test('is live: it has a clock, a forming bar, and ends with q', async () => {
    const terminal = new OnTerminal(`$tickpipe chart NSE:SBIN-EQ 1s ${SIM} -q; echo "status $?"`);
    await terminal.shows(/^\d\d:\d\d:\d\d IST {2}SIMULATED PRICES {2}q quits$/m);
    await terminal.shows(/^NSE:SBIN-EQ 1s {2}[\d.]+( [▲▼])? {2}\d\d:\d\d:\d\d forming/m);
    await terminal.shows(/[┃█╻▄╹▀─┼╽╿][ ╌]+[┃█╻▄╹▀─┼╽╿]/);
    expect(terminal.screen.lines.length).toBeLessThanOrEqual(23);
    terminal.type('q');
    await terminal.shows(/^status 0$/m);
    expect(terminal.text).not.toContain('q quits');
  });

  test('of bars that are piped in is drawn last when they end', async () => {
    const terminal = new OnTerminal(`$tickpipe chart < ${writeBars(20)}; echo "status $?"`);
    await terminal.shows(/^NSE:SBIN-EQ 5m.*[\s\S]*^status 0$/m);
  });

  test('is ended by Ctrl-C, which leaves the terminal as it was', async () => {
    const terminal = new OnTerminal(
      `$tickpipe chart NSE:SBIN-EQ 1s ${SIM} -q; echo "status $?"; stty -a | grep -o -- "-\\?icanon" | sed "s/^/mode /"`,
    );
    await terminal.shows(/q quits/);
    terminal.type(KEYS.ctrlC);
    await terminal.shows(/^status 130\nmode icanon$/m);
  });
});
