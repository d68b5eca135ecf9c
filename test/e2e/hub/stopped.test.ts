import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { gapsOf, SharedAccount, ticksOf } from './shared-account.ts';

/** Longer than what a busy machine may keep a process waiting for its turn. */
const STOPPED_MS = 8_000;

/** More rows than a client may have queued. */
const MISSED_ROWS = 30_000;

/** Stops a process, with this done meanwhile. */
async function stopWhile(pid: number, work: () => Promise<unknown> = async () => {}): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await Promise.all([pause(STOPPED_MS), work()]);
  process.kill(pid, 'SIGCONT');
}

describe('a stopped process', () => {
  it('that is a client goes on with the rows that waited and the count of those that did not, and says what it was', async () => {
    const account = await SharedAccount.create({ rate: 100 });
    const stream = account.start(['stream', 'symbols', 'NSE:SBIN-EQ', 'NSE:INFY-EQ', '--events']);
    await stream.until(() => ticksOf(stream).length > 3);
    const pid = await account.hubPid();
    await stopWhile(stream.child.pid as number, () => account.simulator.burst(MISSED_ROWS));
    await stream.until(() => /this program was stopped for \d+ s/.test(stream.stderr));
    await stream.until(() => stream.rows.some(({ type }) => type === 'Skipped'));
    const before = ticksOf(stream).length;
    await stream.until(() => ticksOf(stream).length > before);
    expect(gapsOf(stream)).toEqual([]);
    expect(stream.stderr).not.toMatch(/ended|not answer/);
    expect((await account.status()).hub?.pid).toBe(pid);
  });

  it('that is the hub reports to its clients that it did not answer, and for how long', async () => {
    const account = await SharedAccount.create({ rate: 100 });
    const stream = account.start(['stream', 'symbols', 'NSE:SBIN-EQ', '--events']);
    await stream.until(() => ticksOf(stream).length > 3);
    const pid = await account.hubPid();
    await stopWhile(pid);
    await stream.until(() => /the hub did not answer for \d+ s: its process did not run/.test(stream.stderr));
    const before = ticksOf(stream).length;
    await stream.until(() => ticksOf(stream).length > before);
    expect(stream.stderr).not.toMatch(/ended|after -/);
  });
});
