import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { gapsOf, ticksOf } from './hub/shared-account.ts';
import { emptyFolder, type Running, simulate, start } from './program.ts';

const SBIN = 'NSE:SBIN-EQ';
const HOUR_MS = 3_600_000;
/** Longer than a busy machine keeps a process from running. */
const STOPPED_MS = 6_000;

/** Has the wall clock of a program jump by so much at SIGUSR2. The monotonic one goes on: so does a sleep, or a clock that is set. */
function jumpAtSignal(ms: number): string {
  const file = path.join(emptyFolder(), 'jump.mjs');
  writeFileSync(
    file,
    `const now = Date.now; let ahead = 0; Date.now = () => now() + ahead; process.on('SIGUSR2', () => { ahead += ${ms}; });`,
  );
  return `--import=${pathToFileURL(file)}`;
}

async function stream(env: NodeJS.ProcessEnv): Promise<Running> {
  const running = start(['stream', 'symbols', SBIN, '--events'], { env });
  await running.until(() => ticksOf(running).length > 3);
  return running;
}

const indexOfGap = (running: Running): number => running.rows.findIndex(({ type }) => type === 'Gap');

it('a machine that slept is a gap from the last row before the sleep, and a new connection', async () => {
  const simulator = await simulate({ rate: 400 });
  const running = await stream({ ...simulator.environment, NODE_OPTIONS: jumpAtSignal(HOUR_MS) });
  running.child.kill('SIGUSR2');
  await running.until(() => gapsOf(running).length > 0);
  await running.until(() => running.rows.length > indexOfGap(running) + 1);
  const before = running.rows.slice(0, indexOfGap(running)).filter((row) => 'received_at' in row);
  const [gap] = gapsOf(running);
  expect(gap).toMatchObject({ reason: 'clock_jump', from: before.at(-1)?.['received_at'], symbols: [SBIN] });
  expect((gap?.['to'] as number) - (gap?.['from'] as number)).toBeGreaterThanOrEqual(HOUR_MS);
  // No row of after the sleep came on the old connection.
  const times = before.map((row) => row['received_at'] as number);
  expect(Math.max(...times) - Math.min(...times)).toBeLessThan(HOUR_MS);
  running.child.kill('SIGINT');
  const { stderr } = await running.ended;
  expect(stderr).toContain('warning: the machine slept, or its clock was set 3600 s ahead, trying again');
  expect(stderr).not.toContain('did not run');
  expect(simulator.counters.authenticated).toBe(2);
});

it('a clock that is set back is no break; a break in which it happens does not end before it began', async () => {
  const simulator = await simulate({ rate: 400 });
  const running = await stream({ ...simulator.environment, NODE_OPTIONS: jumpAtSignal(-HOUR_MS) });
  const isSetBack = () => ticksOf(running).some((row) => (row['received_at'] as number) < Date.now() - HOUR_MS / 2);
  // Whichever of the two is noticed first.
  simulator.inject({ name: 'drop' });
  running.child.kill('SIGUSR2');
  await running.until(() => gapsOf(running).length > 0 && isSetBack());
  running.child.kill('SIGINT');
  const { stderr } = await running.ended;
  expect(gapsOf(running)).toHaveLength(1);
  const [gap] = gapsOf(running);
  expect(gap?.['to']).toBeGreaterThanOrEqual(gap?.['from'] as number);
  expect((gap?.['to'] as number) - (gap?.['from'] as number)).toBeLessThan(HOUR_MS / 2);
  expect(Number(/^connected again after (\S+) s$/m.exec(stderr)?.[1])).toBeGreaterThanOrEqual(0);
  expect(simulator.counters.authenticated).toBe(2);
});

it('a process that was stopped and goes on says so, and has no gap when its connection outlived that', async () => {
  const simulator = await simulate({ rate: 400 });
  const running = await stream(simulator.environment);
  running.child.kill('SIGSTOP');
  await pause(STOPPED_MS);
  running.child.kill('SIGCONT');
  await running.until(() => running.stderr.includes('did not run for'));
  const seen = running.rows.length;
  await running.until(() => ticksOf(running).length > seen);
  running.child.kill('SIGINT');
  const { stderr } = await running.ended;
  expect(gapsOf(running)).toEqual([]);
  expect(stderr).not.toContain('slept');
  expect(simulator.counters.authenticated).toBe(1);
});
