import { describe, expect, it } from 'vitest';
import { simulate, start } from './program.ts';

const SYMBOLS = ['NSE:SBIN-EQ', 'NSE:INFY-EQ', 'NSE:NIFTY50-INDEX', 'NSE:MRF-EQ'];
const DROPS = 5;

describe('a stream whose connection breaks five times', () => {
  it('comes back each time with every symbol, one gap each, and never with another symbol’s price', async () => {
    const simulator = await simulate({ rate: 400, faults: [{ name: 'reuse-ids' }] });
    const running = start(['stream', 'symbols', ...SYMBOLS, '--events'], { env: simulator.environment });
    const gaps = () => running.rows.filter((row) => row['type'] === 'Gap');
    /** Whether each symbol has had a row since the last gap. */
    const isWhole = (): boolean => {
      const { rows } = running;
      const since = rows.slice(rows.findLastIndex((row) => row['type'] === 'Gap') + 1);
      return SYMBOLS.every((symbol) => since.some((row) => row['symbol'] === symbol));
    };
    for (let drop = 1; drop <= DROPS; drop++) {
      await running.until(isWhole);
      simulator.inject({ name: 'drop' });
      await running.until(() => gaps().length === drop);
    }
    await running.until(isWhole);
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(130);

    for (const gap of gaps()) {
      expect(Object.keys(gap)).toEqual(['type', 'from', 'to', 'reason', 'symbols']);
      expect(gap['to']).toBeGreaterThan(gap['from'] as number);
      expect(gap).toMatchObject({ reason: 'server_closed', symbols: SYMBOLS });
    }
    const states = running.rows.filter((row) => row['type'] === 'Status').map((row) => row['state']);
    const round = ['disconnected', 'connecting', 'live'];
    expect(states).toEqual(['connecting', 'live', ...Array.from({ length: DROPS }, () => round).flat()]);

    for (const symbol of SYMBOLS) {
      const prices = running.rows.filter((row) => row['symbol'] === symbol).map((row) => row['ltp'] as number);
      const previous = running.rows.find((row) => row['symbol'] === symbol)?.['prev_close'] as number;
      // The four differ by far more than a day's move.
      for (const price of prices) expect(Math.abs(price / previous - 1)).toBeLessThan(0.25);
    }
    expect(running.stderr.match(/^connected again after/gm)).toHaveLength(DROPS);
  });

  it('survives noise, unknown packets, fragments and delays on the way', async () => {
    const faults = [
      { name: 'garble' },
      { name: 'unknown-packets' },
      { name: 'split' },
      { name: 'delay', durationMs: 20 },
    ] as const;
    const simulator = await simulate({ rate: 400, faults });
    const args = ['stream', 'symbols', ...SYMBOLS, '--count', '400', '--events'];
    const running = start(args, { env: simulator.environment });
    const { status, stderr } = await running.ended;
    expect(status).toBe(0);
    const states = running.rows.filter((row) => row['type'] === 'Status').map((row) => row['state']);
    expect(states).toEqual(['connecting', 'live']);
    expect(running.rows.filter((row) => row['type'] === 'Gap')).toEqual([]);
    expect(stderr).not.toMatch(/lost|again/);
    for (const row of running.rows.filter(({ symbol }) => symbol === 'NSE:SBIN-EQ')) {
      expect(Math.abs((row['ltp'] as number) / (row['prev_close'] as number) - 1)).toBeLessThan(0.25);
    }
  });
});

describe('a feed that owes acknowledgements', () => {
  it('never starves', async () => {
    const simulator = await simulate({ rate: 5_000, ackEvery: 1 });
    const running = start(['stream', 'symbols', ...SYMBOLS, '--count', '3000'], { env: simulator.environment });
    expect((await running.ended).status).toBe(0);
    expect(simulator.counters.acks).toBeGreaterThan(10);
  });
});
