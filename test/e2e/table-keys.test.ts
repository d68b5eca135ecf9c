import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { stripPaint } from '../../src/lib/output/terminal/paint.ts';
import { KEYS, OnTerminal } from './on-terminal.ts';
import { emptyFolder } from './program.ts';

const SYMBOLS = 'NSE:SBIN-EQ NSE:INFY-EQ NSE:RELIANCE-EQ NSE:NIFTY50-INDEX';
const STREAM = `$tickpipe stream symbols ${SYMBOLS} --feed sim -q`;
/** The status, and whether the terminal is as it was before. */
const AFTER = 'echo "status $?"; stty -a | grep -o -- "-\\?icanon" | sed "s/^/mode /"';

/** Not `clear`, which also asks the terminal for its own things. */
const CLEAR = "printf '\\033[2J\\033[H'";

/** The symbols in the order of their lines. */
const symbolsOf = (screen: string): string[] =>
  [...screen.matchAll(/^[▸ ]{0,2}NSE:(\w+)/gm)].map(([, name = '']) => name);

describe('a live table on a terminal', () => {
  test('sorts, filters, selects, opens a line with its depth and its chart, and ends with 0', async () => {
    // With messages, and so with the spinner while it connects.
    const terminal = new OnTerminal(`${STREAM.replace(' -q', '')}; ${AFTER}`);
    await terminal.shows(/^4 {2}s sort/m);
    expect(terminal.text).toMatch(/^\d\d:\d\d:\d\d IST {2}SIMULATED PRICES$/m);
    terminal.type('s');
    await terminal.shows(/^symbol▲/m);
    await expect.poll(() => symbolsOf(terminal.text)).toEqual(['INFY', 'NIFTY50', 'RELIANCE', 'SBIN']);
    terminal.type(KEYS.down + KEYS.down + KEYS.down);
    await terminal.shows(/^▸ NSE:RELIANCE-EQ/m);
    terminal.type(KEYS.enter);
    await terminal.shows(/^prices since .* IST, [\d.]+ s a candle$/m);
    await terminal.shows(/^NSE:RELIANCE-EQ {2}spread \d.*\norders/m);
    terminal.type('?');
    await terminal.shows(/^PgUp PgDn {2}scroll by a page$/m);
    terminal.type('x');
    await terminal.shows(/^prices since/m);
    terminal.type(KEYS.up);
    await terminal.shows(/^an index has no market depth$/m);
    terminal.type(KEYS.escape);
    await terminal.shows(/^▸ NSE:NIFTY50-INDEX/m);
    terminal.type('/re');
    await terminal.shows(/^\/re {3}1 of 4$/m);
    terminal.type(KEYS.enter);
    await terminal.shows(/^1 with "re"/m);
    terminal.type('q');
    await terminal.shows(/^status 0\nmode icanon$/m);
    // What was drawn last stays, without the keys.
    expect(terminal.text).toMatch(/^NSE:RELIANCE-EQ .*\nstatus 0/m);
  });

  test('is ended by Ctrl-C, which leaves the terminal as it was', async () => {
    const terminal = new OnTerminal(`${STREAM}; ${AFTER}`);
    await terminal.shows(/s sort/);
    terminal.type(KEYS.ctrlC);
    await terminal.shows(/status 130\nmode icanon/);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('is ended by %s, which leaves the terminal as it was', async (signal, status) => {
    // The shell becomes the program.
    const terminal = new OnTerminal(`sh -c 'echo "pid $$"; exec "$@"' sh ${STREAM}; ${AFTER}`);
    await terminal.shows(/s sort/);
    const [, pid] = /pid (\d+)/.exec(terminal.output) ?? [];
    process.kill(Number(pid), signal);
    await terminal.shows(new RegExp(`status ${status}\nmode icanon`));
  });

  test('ends without a crash when the terminal is gone, as after its window was closed', async () => {
    const errors = path.join(emptyFolder(), 'errors');
    const terminal = new OnTerminal(`sh -c 'echo "pid $$"; exec "$@"' sh ${STREAM} 2> ${errors}`);
    await terminal.shows(/s sort/);
    const pid = Number(/pid (\d+)/.exec(terminal.output)?.[1]);
    terminal.close();
    const isRunning = (): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    await expect.poll(isRunning, { timeout: 60_000 }).toBe(false);
    expect(readFileSync(errors, 'utf8')).not.toContain('Assertion failed');
  });

  test('leaves the terminal as it was after an error, too', async () => {
    const terminal = new OnTerminal(`$tickpipe stream symbols NSE:NOSUCH-EQ --feed sim -q; ${AFTER}`);
    await terminal.shows(/^error: .*NSE:NOSUCH-EQ[\s\S]*^status 3\nmode icanon$/m);
  });

  test('stops at Ctrl-Z, gives the terminal back, and goes on below what others wrote', async () => {
    const terminal = new OnTerminal(`bash --norc --noprofile --noediting -i`, { PROMPT_COMMAND: 'PS1="READY> "' });
    await terminal.shows(/READY>/);
    terminal.type(`${STREAM.replaceAll('$tickpipe', '"$NODE" "$PROGRAM"')}\r`);
    await terminal.shows(/s sort/);
    terminal.type(KEYS.down);
    await terminal.shows(/^▸ NSE:SBIN-EQ/m);
    terminal.type(KEYS.ctrlZ);
    await terminal.shows(/Stopped[\s\S]*READY>/);
    terminal.type(`${CLEAR}; ${AFTER}\r`);
    await terminal.shows(/^mode icanon$/m);
    terminal.type('fg\r');
    await terminal.shows(/^mode icanon[\s\S]*^▸ NSE:SBIN-EQ/m);
    terminal.type(`q`);
    await terminal.shows(/^NSE:NIFTY50-INDEX.*\nREADY>/m);
    terminal.type(`${CLEAR}; ${AFTER}\r`);
    await terminal.shows(/^mode icanon$/m);
  });

  test('reads keys from the terminal when the symbols came from stdin', async () => {
    const terminal = new OnTerminal(`printf '%s\\n' ${SYMBOLS} | $tickpipe stream symbols - --feed sim -q; ${AFTER}`);
    await terminal.shows(/^4 {2}s sort/m);
    terminal.type('q');
    await terminal.shows(/status 0\nmode icanon/);
  });

  test('reads nothing of a stdin that is no terminal, and has no keys then', async () => {
    const terminal = new OnTerminal(
      `printf 'q\\nsecond\\n' | { $tickpipe stream symbols ${SYMBOLS} --feed sim -q --count 30; read -r line; read -r other; echo "read $line $other"; }`,
    );
    await terminal.shows(/^read q second$/m);
    expect(terminal.output).not.toContain('s sort');
  });

  test('in the background has no keys and is not stopped', async () => {
    const terminal = new OnTerminal(`set -m; ${STREAM} --count 30 & wait %1; ${AFTER}`);
    await terminal.shows(/status 0\nmode icanon/);
    expect(terminal.output).toMatch(/NSE:SBIN-EQ/);
    expect(terminal.output).not.toContain('s sort');
  });

  test('is drawn in ASCII where the locale has no UTF-8', async () => {
    const terminal = new OnTerminal(`${STREAM}; ${AFTER}`, { LC_ALL: 'C' });
    await terminal.shows(/s sort/);
    await terminal.shows(/NSE:SBIN-EQ +[\d.]+ [v^]/);
    terminal.type(`${KEYS.down}${KEYS.enter}`);
    await terminal.shows(/prices since/);
    terminal.type('q');
    await terminal.shows(/status 0/);
    expect(stripPaint(terminal.output)).toMatch(/^[\x20-\x7e\r\n]*$/);
  });
});
