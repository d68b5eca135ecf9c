import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../src/lib/simulator/simulator.ts';
import { ALWAYS_OPEN, homeWith } from './home-with-hours.ts';
import { gapsOf, SharedAccount, ticksOf } from './hub/shared-account.ts';
import { emptyFolder, type Running } from './program.ts';
import { readRecordings } from './record/recordings.ts';

const SBIN = 'NSE:SBIN-EQ';
const SBIN_TOPIC = 'sf|nse_cm|3045';
/** How long the answer to a check takes: the end comes before it, and waits for it. */
const DELAY_MS = 1_000;

async function openAccount(): Promise<SharedAccount> {
  const account = await SharedAccount.create({ rate: 200 });
  homeWith(ALWAYS_OPEN, account.home);
  return account;
}

/** Resolves when the program has asked about this topic: subscribed it so often. */
async function subscribed(simulator: Simulator, times: number): Promise<void> {
  const { subscribes } = simulator.counters;
  await expect.poll(() => subscribes.get(SBIN_TOPIC)).toBe(times);
}

/** Loses what comes after the first rows, and answers the check that follows late. Resolves once it is asked. */
async function loseUpdates({ simulator }: SharedAccount, isRunning: () => Promise<void>): Promise<void> {
  await isRunning();
  simulator.inject({ name: 'lose-updates' });
  simulator.inject({ name: 'delay', durationMs: DELAY_MS });
  await subscribed(simulator, 2);
}

const WAYS = [
  ['with a connection of its own', ['--direct']],
  ['through the hub', []],
] as const;

describe.each(WAYS)('a stream %s', (_name, way) => {
  const open = (account: SharedAccount, ...more: string[]): Running =>
    account.start(['stream', 'symbols', SBIN, '--stall-timeout', '1s', '--events', ...way, ...more]);

  it('prints the gap that a check finds before the row that ends it', async () => {
    const account = await openAccount();
    const running = open(account);
    await running.until(() => ticksOf(running).length > 3);
    account.simulator.inject({ name: 'lose-updates' });
    await running.until(() => gapsOf(running).length > 0 && ticksOf(running).length > 0);
    const rowAfter = () => running.rows[running.rows.findIndex(({ type }) => type === 'Gap') + 1];
    await running.until(() => rowAfter() !== undefined);
    const [gap] = gapsOf(running);
    const before = running.rows[running.rows.findIndex(({ type }) => type === 'Gap') - 1];
    expect(gap).toMatchObject({ reason: 'stalled', symbols: [SBIN] });
    expect(rowAfter()).toMatchObject({ symbol: SBIN, received_at: expect.any(Number) });
    expect(gap?.['to']).toBeLessThanOrEqual(rowAfter()?.['received_at'] as number);
    expect(gap?.['from']).toBe(before?.['received_at']);
    running.child.kill('SIGINT');
    await running.ended;
  });

  it('that is interrupted before the answer prints the loss', async () => {
    const account = await openAccount();
    const running = open(account);
    await loseUpdates(account, () => running.until(() => ticksOf(running).length > 3));
    running.child.kill('SIGINT');
    const { status, stderr } = await running.ended;
    expect(status).toBe(130);
    expect(running.rows.at(-1)).toMatchObject({ type: 'Gap', reason: 'stalled', symbols: [SBIN] });
    expect(stderr).toMatch(/^warning: no ticks from \S+ to \S+ IST: NSE:SBIN-EQ$/m);
  });

  it('that reaches its duration while a mute server is asked prints the stall, within some seconds', async () => {
    const account = await openAccount();
    const running = open(account, '--duration', '5s');
    await running.until(() => ticksOf(running).length > 3);
    account.simulator.inject({ name: 'stall' });
    const { status } = await running.ended;
    expect(status).toBe(0);
    const last = ticksOf(running).at(-1);
    expect(running.rows.at(-1)).toMatchObject({ type: 'Gap', reason: 'stalled', from: expect.any(Number) });
    expect(gapsOf(running)[0]?.['from']).toBeGreaterThanOrEqual(last?.['received_at'] as number);
  });

  it('keeps its connection to a server that only acknowledges, and reports no gap', async () => {
    const account = await openAccount();
    const { simulator } = account;
    simulator.freeze();
    for (const name of ['ack-only', 'refuse-snapshots'] as const) simulator.inject({ name });
    const running = open(account);
    // The first subscription, the second, and the one after it was given up.
    await subscribed(simulator, 3);
    expect(simulator.counters.snapshotRequests.get(SBIN_TOPIC)).toBe(1);
    expect(simulator.counters.unsubscribes.get(SBIN_TOPIC)).toBe(1);
    running.child.kill('SIGINT');
    const { stderr } = await running.ended;
    expect(simulator.counters.connections).toBe(1);
    const states = running.rows.filter(({ type }) => type === 'Status').map(({ state }) => state);
    // The hub may have connected before its first client does.
    expect(states.filter((state) => state !== 'connecting')).toEqual(['live']);
    expect(gapsOf(running)).toEqual([]);
    expect(ticksOf(running)).toHaveLength(1);
    expect(stderr).not.toContain('warning');
  });
});

it.each(WAYS)(
  'a recording %s that is ended before the answer has the loss in its meta file',
  async (_name, way) => {
    const account = await openAccount();
    const dir = emptyFolder();
    const running = account.start(['record', SBIN, '--stall-timeout', '1s', '--dir', dir, ...way]);
    const ticks = () => account.simulator.counters.acks;
    await loseUpdates(account, () => expect.poll(ticks).toBeGreaterThan(0));
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(130);
    const [file] = readRecordings(dir);
    expect(file?.meta.map(({ type }) => type)).toEqual(['Header', 'Gap', 'Footer']);
    expect(file?.meta[1]).toMatchObject({ reason: 'stalled', symbols: [SBIN] });
  },
  60_000,
);
