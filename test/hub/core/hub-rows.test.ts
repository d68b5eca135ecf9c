import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SubscriptionResult } from '../../../src/lib/feed/feed.ts';
import { ClientQueue, MAX_QUEUED_BYTES, type RowEncoding } from '../../../src/lib/hub/core/client-queue.ts';
import { Hub } from '../../../src/lib/hub/core/hub.ts';
import type { HubObserver } from '../../../src/lib/hub/core/hub-options.ts';
import type { HubSession } from '../../../src/lib/hub/core/hub-session.ts';
import type { Subscription } from '../../../src/lib/market/kinds.ts';
import { WEEKDAYS } from '../../../src/lib/market/trading-hours.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FakeDuplex } from './fake-duplex.ts';
import { FakeFeed } from './fake-feed.ts';
import { readFrames } from './read-frames.ts';

const A: Subscription = { kind: 'symbol', symbol: 'NSE:A-EQ' };
const B: Subscription = { kind: 'symbol', symbol: 'NSE:B-EQ' };
const MEGABYTE = 1024 * 1024;

let clock: ManualClock;
let feed: FakeFeed;
let hub: Hub;
let clients: Client[];

beforeEach(async () => {
  clock = new ManualClock();
  clients = [];
  hub = await Hub.open({
    calendar: WEEKDAYS,
    clock,
    openFeed: async (listener) => {
      feed = new FakeFeed(listener);
      return feed;
    },
  });
});

afterEach(async () => {
  await hub.close();
  for (const { socket } of clients) socket.destroy();
  expect(clock.pending).toBe(0);
});

/** A client that is told everything in one order, and given rows. */
class Client {
  readonly socket = new FakeDuplex();
  readonly outlet: ClientQueue;
  readonly session: HubSession;
  /** What it was told, and after how many frames. */
  readonly told: string[] = [];

  constructor(encoding: RowEncoding = 'rows') {
    clients.push(this);
    this.outlet = new ClientQueue(this.socket, encoding);
    this.session = hub.openSession(
      { command: 'test', pid: 1, kinds: [] },
      {
        send: (message) => {
          const count = message.type === 'skipped' ? ` ${message.rows}` : '';
          this.told.push(`${message.type}${count} after ${this.socket.writes.length}`);
        },
        queue: this.outlet,
      },
    );
  }

  async subscribe(...subscriptions: Subscription[]): Promise<readonly SubscriptionResult[]> {
    return hub.subscribe(this.session, subscriptions, {
      beforeRows: () => this.told.push(`results after ${this.socket.writes.length}`),
    });
  }

  async prices(): Promise<string[]> {
    const messages = await readFrames(this.socket.bytes);
    return messages
      .flatMap(({ text }) => text.split('\n').filter((line) => line !== ''))
      .map((line) => {
        const message = JSON.parse(line) as { symbol: string; ltp: number; data?: { symbol: string; ltp: number } };
        const { symbol, ltp } = message.data ?? message;
        return `${symbol.slice(4, 5)} ${ltp}`;
      });
  }

  /** Has so much to read that does not concern the test. */
  queue(bytes: number): void {
    this.socket.isReading = false;
    this.outlet.send(Buffer.alloc(bytes), []);
  }
}

/** The end of a turn, in which what was written is taken, too. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a newcomer', () => {
  it('has results with the decimals that are known, then the last row', async () => {
    await new Client().subscribe(A, B);
    feed.tick(A, 100);
    feed.tick(A, 150);
    const late = new Client();
    expect(await late.subscribe(A, B)).toEqual([
      { subscription: A, status: 'accepted', precision: 2 },
      { subscription: B, status: 'accepted' },
    ]);
    expect(late.told).toEqual(['results after 0']);
    expect(await late.prices()).toEqual(['A 1.5']);
    await turn();
    expect(await late.prices()).toEqual(['A 1.5']);
  });

  it('has no row while the feed is away, and the next one with all others', async () => {
    const first = new Client('json');
    await first.subscribe(A);
    feed.tick(A, 100);
    feed.become({ state: 'disconnected', at: 1, reason: 'server_closed', detail: '', retryAt: 2 });
    const late = new Client('json');
    await late.subscribe(A);
    expect(await late.prices()).toEqual([]);
    feed.become({ state: 'live', at: 3 });
    await turn();
    expect(await late.prices()).toEqual([]);
    feed.tick(A, 100);
    await turn();
    expect([await first.prices(), await late.prices()]).toEqual([['A 1', 'A 1'], ['A 1']]);
  });

  it('has no row of before its symbol was dropped by all', async () => {
    const first = new Client();
    await first.subscribe(A);
    feed.tick(A, 100);
    hub.closeSession(first.session);
    await new Client().subscribe(A);
    expect(await clients[1]?.prices()).toEqual([]);
  });

  it('has rows of its own where another symbol or kind had the number before', async () => {
    const client = new Client();
    const numbers: (number | undefined)[] = [];
    for (const subscription of [A, B, { kind: 'depth', symbol: B.symbol } as const]) {
      await client.subscribe(subscription);
      const value = hub.findValue(subscription);
      expect(value?.id).toBe(0);
      numbers.push(value?.number);
      feed.tick(subscription, 100);
      await turn();
      hub.unsubscribe(client.session, [subscription]);
    }
    // Clients know a symbol by its number, which is never given again.
    expect(numbers).toEqual([0, 1, 2]);
    const rows = (await readFrames(client.socket.bytes)).map(({ text }) => JSON.parse(text) as Record<string, unknown>);
    expect(rows.map(({ symbol }) => symbol)).toEqual([A.symbol, B.symbol, B.symbol]);
    expect(rows.map((row) => 'ltp' in row)).toEqual([true, true, false]);
  });

  it('may subscribe again, which brings no row again', async () => {
    const client = new Client();
    await client.subscribe(A);
    feed.tick(A, 100);
    await turn();
    await client.subscribe(A);
    expect(await client.prices()).toEqual(['A 1']);
  });
});

describe('what a client is sent', () => {
  it('comes after the rows that were there before', async () => {
    const client = new Client();
    await client.subscribe(A);
    feed.tick(A, 100);
    feed.become({ state: 'disconnected', at: 1, reason: 'server_closed', detail: '', retryAt: 2 });
    feed.tick(A, 101);
    feed.listener.event({ type: 'gap', gap: { from: 1, to: 2, reason: 'server_closed', symbols: [A.symbol] } });
    feed.tick(A, 102);
    feed.listener.event({ type: 'silent', subscriptions: [A] });
    expect(client.told).toEqual(['results after 0', 'state after 1', 'gap after 2', 'silent after 3']);
  });

  it('of a warning is for the clients that it concerns, also for later ones', async () => {
    const [first, other, later] = [new Client(), new Client(), new Client()];
    await first.subscribe(A);
    await other.subscribe(B);
    feed.listener.event({ type: 'warning', event: 'scale', message: 'A has an odd scale', about: [A] });
    feed.listener.event({ type: 'warning', event: 'lookup', message: 'no symbols yet' });
    await later.subscribe(A, B);
    expect(first.told).toEqual(['results after 0', 'warning after 0', 'warning after 0']);
    expect(other.told).toEqual(['results after 0', 'warning after 0']);
    expect(later.told).toEqual(['warning after 0', 'results after 0', 'warning after 0']);
  });

  it('of a refusal comes after its last row, and none follows', async () => {
    const client = new Client();
    await client.subscribe(A, B);
    feed.tick(A, 100);
    feed.listener.event({ type: 'refused', subscriptions: [A] });
    feed.tick(A, 101);
    feed.tick(B, 200);
    await turn();
    expect(client.told).toEqual(['results after 0', 'refused after 1']);
    expect(await client.prices()).toEqual(['A 1', 'B 2']);
  });

  it('of what it dropped is nothing', async () => {
    const client = new Client();
    await client.subscribe(A, B);
    feed.tick(A, 100);
    expect(hub.unsubscribe(client.session, [A])).toEqual([A]);
    feed.tick(A, 101);
    feed.tick(B, 200);
    feed.listener.event({ type: 'gap', gap: { from: 1, to: 2, reason: 'stalled', symbols: [A.symbol] } });
    await turn();
    expect(await client.prices()).toEqual(['A 1', 'B 2']);
    expect(client.told.some((text) => text.startsWith('gap'))).toBe(false);
  });
});

describe('a client that is behind', () => {
  it('gets the count of missed rows and the latest rows when it has read everything, beside one that missed nothing', async () => {
    const [slow, fast] = [new Client(), new Client()];
    await slow.subscribe(A, B);
    await fast.subscribe(A, B);
    slow.queue(MAX_QUEUED_BYTES);
    for (let ltp = 100; ltp < 110; ltp++) {
      feed.tick(A, ltp);
      feed.tick(B, ltp + 100);
      await turn();
    }
    expect(slow.outlet).toMatchObject({ isBehind: true, heldRows: 2, rows: 0 });
    expect(await fast.prices()).toHaveLength(20);
    expect(feed.isPaused).toBe(false);
    slow.socket.readOn();
    await turn();
    expect(slow.told.slice(-1)).toEqual(['skipped 18 after 1']);
    slow.socket.writes.shift();
    expect(await slow.prices()).toEqual(['A 1.09', 'B 2.09']);
    feed.tick(A, 120);
    await turn();
    expect(await slow.prices()).toEqual(['A 1.09', 'B 2.09', 'A 1.2']);
    hub.closeSession(slow.session);
    hub.closeSession(fast.session);
    expect(hub.rowsOfGoneClients).toEqual({ rows: 3 + 21, skipped: 18 });
  });

  it('and alone holds the feed up, for two seconds at most', async () => {
    const client = new Client();
    await client.subscribe(A);
    client.queue(MEGABYTE);
    feed.tick(A, 100);
    await turn();
    expect(feed.isPaused).toBe(true);
    clock.advance(2_000);
    expect([feed.isPaused, client.outlet.isBehind]).toEqual([false, true]);
    feed.tick(A, 101);
    await turn();
    expect(feed.isPaused).toBe(false);
    client.socket.readOn();
    await turn();
    client.socket.writes.shift();
    expect(await client.prices()).toEqual(['A 1', 'A 1.01']);
  });

  it('lets the feed go on when it has read, or leaves', async () => {
    const { pending } = clock;
    for (const goOn of [
      ({ socket }: Client): void => socket.readOn(),
      ({ session }: Client): void => hub.closeSession(session),
    ]) {
      const client = new Client();
      await client.subscribe(A);
      client.queue(MEGABYTE);
      feed.tick(A, 100);
      await turn();
      expect(feed.isPaused).toBe(true);
      goOn(client);
      await turn();
      expect([feed.isPaused, clock.pending]).toEqual([false, pending]);
      hub.closeSession(client.session);
    }
  });
});

it('a closed hub sends what it has, closes its feed once and says nothing, however often it is closed', async () => {
  const client = new Client();
  const states: string[] = [];
  const observer: HubObserver = {
    event: (event) => {
      if (event.type === 'state') states.push(event.state.state);
    },
  };
  hub.observe(observer);
  await client.subscribe(A);
  feed.tick(A, 100);
  const closing = hub.close();
  expect(hub.close()).toBe(closing);
  await closing;
  expect(await client.prices()).toEqual(['A 1']);
  feed.become({ state: 'disconnected', at: 1, reason: 'server_closed', detail: '', retryAt: 2 });
  feed.tick(A, 101);
  await turn();
  expect([feed.isClosed, states, await client.prices()]).toEqual([true, [], ['A 1']]);
});
