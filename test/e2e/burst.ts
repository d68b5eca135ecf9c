import { expect } from 'vitest';
import { generatedSymbol } from '../../src/lib/simulator/universe.ts';
import { shell, simulate } from './program.ts';

/** So many symbols that only the simulator knows. */
export function generated(count: number): string[] {
  return Array.from({ length: count }, (_, n) => generatedSymbol(n + 1));
}

/** Sends so many rows as fast as they go, and counts what comes out of a pipe that is read as fast. */
export async function expectWholeBurst(rows: number): Promise<void> {
  const simulator = await simulate({ rate: 0, generated: 200 });
  const symbols = generated(200);
  const expected = symbols.length + rows;
  const running = shell(`$tickpipe stream symbols - --count ${expected} | wc -l; exit \${PIPESTATUS[0]}`, {
    env: simulator.environment,
    input: symbols.join('\n'),
  });
  await expect.poll(() => simulator.counters.subscribes.size).toBe(symbols.length);
  expect(await simulator.burst(rows)).toBe(rows);
  const { status, stdout } = await running.ended;
  expect(status).toBe(0);
  expect(Number(stdout.trim())).toBe(expected);
}
