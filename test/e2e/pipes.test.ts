import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decimalNumber, priceDecimals, priceUnits } from '../../src/lib/market/price.ts';
import { LTP_SLOT } from '../../src/lib/market/slots.ts';
import type { Simulator } from '../../src/lib/simulator/simulator.ts';
import { expectWholeBurst, generated } from './burst.ts';
import { rowsOf, run, shell, simulate, start } from './program.ts';

const MAX_SLOW_READER_BYTES = 250 * 1024 * 1024;
const BURST_ROWS = 50_000;

/** The price that the market has for a made-up symbol, as a row would show it. */
function priceOf(simulator: Simulator, symbol: string): number | undefined {
  const source = simulator.market.sourceOf(`sf|nse_cm|${1_000_000 + Number(/\d+/.exec(symbol)?.[0])}`);
  if (source === undefined) return undefined;
  const { names, values } = source;
  return decimalNumber(priceUnits(values[LTP_SLOT] as number, names.multiplier), priceDecimals(names));
}

function residentBytes(pid: number | undefined): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1024;
}

describe('a pipe', () => {
  it('that is closed ends the program quietly, with status 0', async () => {
    const { ended } = shell(`$tickpipe stream symbols NSE:SBIN-EQ --feed sim | head -2; echo "\${PIPESTATUS[0]}"`);
    const { stdout, stderr } = await ended;
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toBe('0');
    expect(rowsOf(lines.slice(0, 2).join('\n'))).toMatchObject([{ symbol: 'NSE:SBIN-EQ' }, { symbol: 'NSE:SBIN-EQ' }]);
    expect(stderr).toBe('');
  });

  it('can be read by jq as it comes: the stream has no end of its own', async () => {
    const line = '$tickpipe stream symbols NSE:SBIN-EQ --feed sim | jq --unbuffered -c "[.symbol, .ltp > 0]" | head -5';
    const { stdout, stderr } = await shell(`${line}; echo "\${PIPESTATUS[0]}"`).ended;
    expect(stdout).toBe(`${'["NSE:SBIN-EQ",true]\n'.repeat(5)}0\n`);
    expect(stderr).toBe('');
  });

  it('that is read fast loses nothing in a burst', async () => {
    await expectWholeBurst(BURST_ROWS);
  });

  it('that is not read for seconds costs little memory; then the latest row of each symbol comes', async () => {
    const simulator = await simulate({ rate: 20_000, generated: 500 });
    const symbols = generated(500);
    const running = start(['stream', 'symbols', ...symbols, '--events'], { env: simulator.environment });
    running.child.stdout?.pause();
    await running.until(() => running.stderr.includes('does not keep up'));
    // The feed is read on all the while.
    const acknowledged = simulator.counters.acks;
    await expect.poll(() => simulator.counters.acks).toBeGreaterThan(acknowledged + 5);
    expect(residentBytes(running.child.pid)).toBeLessThan(MAX_SLOW_READER_BYTES);
    simulator.freeze();
    running.child.stdout?.resume();
    const isLatest = (): boolean => {
      const last = new Map(running.rows.map((row) => [row['symbol'], row['ltp']]));
      return symbols.every((symbol) => last.get(symbol) === priceOf(simulator, symbol));
    };
    await running.until(() => running.stderr.includes('rows skipped') && isLatest());
    const skipped = running.rows.find((row) => row['type'] === 'Skipped');
    expect(skipped?.['rows']).toBeGreaterThan(0);
    running.child.kill('SIGINT');
    const { status, stderr } = await running.ended;
    expect(status).toBe(130);
    expect(stderr).toContain(`${skipped?.['rows']} rows skipped`);
    expect(stderr).toMatch(/\d+ rows, \d+ skipped\n/);
  });

  it('that is not read ends the program with 7 under --on-slow exit', async () => {
    const simulator = await simulate({ rate: 20_000, generated: 200 });
    const args = ['stream', 'symbols', ...generated(200), '--on-slow', 'exit', '--max-lag', '300ms'];
    const running = start(args, { env: simulator.environment });
    running.child.stdout?.pause();
    const exited = new Promise((resolve) => running.child.once('exit', resolve));
    expect(await exited).toBe(7);
    running.child.stdout?.resume();
    const { status, stderr } = await running.ended;
    expect(status).toBe(7);
    expect(stderr).toContain('error: the reader of the output does not keep up');
    // A pipe that is full takes the beginning of a row; a row that has its line end is whole.
    expect(running.rows.length).toBeGreaterThan(0);
  });
});

describe('a signal', () => {
  it('ends the program though nobody reads what it has printed', async () => {
    const simulator = await simulate({ rate: 20_000, generated: 200 });
    const args = ['stream', 'symbols', ...generated(200), '--max-lag', '300ms'];
    const running = start(args, { env: simulator.environment });
    running.child.stdout?.pause();
    await running.until(() => running.stderr.includes('does not keep up'));
    const exited = new Promise((resolve) => running.child.once('exit', resolve));
    running.child.kill('SIGINT');
    expect(await exited).toBe(130);
    running.child.stdout?.resume();
  });
});

describe('the program', () => {
  it('ends by itself at once when it is done: nothing lingers', async () => {
    const { status, stderr } = await run(['quote', 'NSE:SBIN-EQ', '--feed', 'sim', '--verbose']);
    expect(status).toBe(0);
    expect(stderr).toContain('1 row\n');
  });

  it('that is a directory is an error, not an empty list', async () => {
    const { status, stderr } = await shell('$tickpipe stream symbols - --feed sim < /').ended;
    expect([status, stderr]).toEqual([
      8,
      'error: stdin cannot be read: it is a directory\nhint: check its name and permissions\n',
    ]);
  });
});
