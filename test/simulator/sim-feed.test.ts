import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock/clock.ts';
import type { Feed, FeedEvent, FeedListener, Gap } from '../../src/lib/feed/feed.ts';
import { parseFaults } from '../../src/lib/simulator/faults.ts';
import { openSimulatedFeed, type SimulatedFeedOptions } from '../../src/lib/simulator/sim-feed.ts';

let feed: Feed | undefined;
afterEach(() => feed?.close());

/** What a feed has told so far. */
class Told implements FeedListener {
  readonly ticks = new Map<string, number>();
  readonly states: string[] = [];
  readonly gaps: Gap[] = [];
  readonly failures: unknown[] = [];
  tick: FeedListener['tick'] = ({ kind, symbol }) => {
    const key = `${kind} ${symbol}`;
    this.ticks.set(key, (this.ticks.get(key) ?? 0) + 1);
  };

  event(event: FeedEvent): void {
    if (event.type === 'state') this.states.push(event.state.state);
    if (event.type === 'gap') this.gaps.push(event.gap);
    if (event.type === 'failed') this.failures.push(event.error);
  }
}

async function open(options: Partial<SimulatedFeedOptions> = {}): Promise<Told> {
  const told = new Told();
  feed = await openSimulatedFeed(
    { clock: systemClock, random: () => 0, stallTimeoutMs: 0, rate: 2_000, ...options },
    told,
  );
  return told;
}

describe('openSimulatedFeed', () => {
  it('ticks every kind of row, and is marked as simulated', async () => {
    const told = await open();
    expect(feed?.simulated).toBe(true);
    const results = await feed?.subscribe([
      { kind: 'symbol', symbol: 'NSE:SBIN-EQ' },
      { kind: 'index', symbol: 'NSE:NIFTY50-INDEX' },
      { kind: 'depth', symbol: 'NSE:SBIN-EQ' },
      { kind: 'lite', symbol: 'NSE:INFY-EQ' },
      { kind: 'symbol', symbol: 'NSE:SIM4999-EQ' },
      { kind: 'symbol', symbol: 'NSE:NOPE-EQ' },
    ]);
    expect(results?.map(({ status }) => status)).toEqual([...new Array(5).fill('accepted'), 'unknown']);
    await expect.poll(() => [...told.ticks.values()].filter((count) => count > 2).length).toBe(5);
    expect(told.failures).toEqual([]);
  });

  it('looks symbols up without HTTP, unless they are unknown or faults may answer', async () => {
    const subscribeTo = async (symbol: string, options: Partial<SimulatedFeedOptions> = {}): Promise<string[]> => {
      const paths: string[] = [];
      const note = (message: unknown): void => void paths.push((message as { request: ClientRequest }).request.path);
      subscribe('http.client.request.start', note);
      await open(options);
      await feed?.subscribe([{ kind: 'symbol', symbol }]);
      await feed?.close();
      unsubscribe('http.client.request.start', note);
      return paths.filter((path) => !path.startsWith('/hsm'));
    };
    expect(await subscribeTo('NSE:SBIN-EQ')).toEqual([]);
    expect(await subscribeTo('NSE:NOPE-EQ')).toEqual(['/data/symbol-token']);
    expect(await subscribeTo('NSE:SBIN-EQ', { faults: parseFaults('reuse-ids') })).toEqual(['/data/symbol-token']);
  });

  it('comes back after each drop', async () => {
    // Far apart: a second drop while the feed is still away would be one gap with the first.
    const told = await open({ faults: parseFaults('drop@100ms,3s') });
    await feed?.subscribe([{ kind: 'symbol', symbol: 'NSE:SBIN-EQ' }]);
    await expect.poll(() => told.gaps.length).toBe(2);
    expect(told.failures).toEqual([]);
  });

  it('closes its simulator with it, also before anything was subscribed', async () => {
    await open();
    await feed?.close();
    await feed?.close();
    await open();
    await feed?.subscribe([{ kind: 'symbol', symbol: 'NSE:SBIN-EQ' }]);
    await feed?.close();
  });

  it('refuses what the simulator refuses', async () => {
    await expect(open({ faults: [{ name: 'stall-symbol', symbol: 'NSE:NOPE-EQ' }] })).rejects.toMatchObject({
      code: 'USAGE',
    });
  });
});
