import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Interval, parseInterval } from '../../../src/lib/filters/bars/interval.ts';
import { ClientQueue, MAX_QUEUED_BYTES } from '../../../src/lib/hub/core/client-queue.ts';
import { appendHeader, OPCODE } from '../../../src/lib/hub/core/frames.ts';
import { Hub } from '../../../src/lib/hub/core/hub.ts';
import type { HubSession } from '../../../src/lib/hub/core/hub-session.ts';
import type { Bar } from '../../../src/lib/market/bar.ts';
import type { Subscription } from '../../../src/lib/market/kinds.ts';
import { SYMBOL_SLOTS } from '../../../src/lib/market/slots.ts';
import { WEEKDAYS } from '../../../src/lib/market/trading-hours.ts';
import { ByteBuffer } from '../../../src/lib/output/rows/byte-buffer.ts';
import { type MadeTick, makeTick, setValues } from '../../support/make-tick.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FakeDuplex } from './fake-duplex.ts';
import { FakeFeed } from './fake-feed.ts';
import { readFrames } from './read-frames.ts';

const A: Subscription = { kind: 'symbol', symbol: 'NSE:A-EQ' };
const B: Subscription = { kind: 'symbol', symbol: 'NSE:B-EQ' };
const NOPE: Subscription = { kind: 'symbol', symbol: 'NSE:NOPE-EQ' };
const MINUTE = parseInterval('1m');
/** 2026-11-23 10:00 in India, epoch seconds. */
const TEN = 1_795_408_200;

let clock: ManualClock;
let feed: FakeFeed;
let hub: Hub;
let clients: Client[];
let ticks: Map<string, MadeTick>;
let volumes: Map<string, number>;

beforeEach(async () => {
  clock = new ManualClock(TEN * 1_000);
  clients = [];
  ticks = new Map();
  volumes = new Map();
  hub = await Hub.open({
    clock,
    calendar: WEEKDAYS,
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

/** A client of the API. */
class Client {
  readonly socket = new FakeDuplex();
  readonly outlet = new ClientQueue(this.socket, 'json');
  readonly session: HubSession;
  readonly told: unknown[] = [];

  constructor() {
    clients.push(this);
    this.session = hub.openSession(
      { command: 'test', pid: null, kinds: [] },
      {
        send: (message) => this.told.push(message.type),
        barsDropped: (interval, symbols) => this.told.push({ interval, symbols }),
        queue: this.outlet,
      },
    );
  }

  async subscribe(interval: Interval, ...subscriptions: Subscription[]): Promise<readonly string[]> {
    let results: readonly string[] = [];
    await hub.bars.subscribe(this.session, interval, subscriptions, {
      beforeRows: (answers) => (results = answers.map(({ status }) => status)),
    });
    return results;
  }

  /** Those that it has read. */
  async read(): Promise<Bar[]> {
    const messages = (await readFrames(this.socket.bytes)).map(({ text }) => JSON.parse(text));
    return messages.filter(({ type }) => type === 'Bar').map(({ data }) => data as Bar);
  }

  /** Reads nothing more, and has more than may be queued. */
  fallBehind(): void {
    this.socket.isReading = false;
    const payload = Buffer.from(JSON.stringify({ type: 'filler', text: ' '.repeat(MAX_QUEUED_BYTES) }));
    const header = new ByteBuffer();
    appendHeader(header, OPCODE.text, payload.length);
    this.socket.write(Buffer.concat([header.bytes.subarray(0, header.length), payload]));
  }
}

/** A trade. @param second since 10:00. @param ltp in rupees */
function trade({ kind, symbol }: Subscription, second: number, ltp: number, quantity = 10): void {
  const tick = ticks.get(symbol) ?? makeTick(ticks.size, kind, symbol);
  ticks.set(symbol, tick);
  const volume = (volumes.get(symbol) ?? 1_000) + quantity;
  volumes.set(symbol, volume);
  const at = TEN + second;
  setValues(tick.state, {
    [SYMBOL_SLOTS.ltp]: Math.round(ltp * 100),
    [SYMBOL_SLOTS.volume]: volume,
    [SYMBOL_SLOTS.lastTradeTime]: at,
    [SYMBOL_SLOTS.exchangeTime]: at,
    [SYMBOL_SLOTS.high]: 99_900,
    [SYMBOL_SLOTS.low]: 100,
  });
  tick.state.receivedAt = at * 1_000 + 100;
  feed.listener.tick(tick);
}

const read = async (subscription: Subscription, interval = MINUTE): Promise<Bar[]> => {
  const tick = hub.findValue(subscription);
  if (tick === undefined) throw new Error('it is not subscribed');
  return (await hub.bars.read(tick, interval)).map((text) => JSON.parse(text) as Bar);
};

describe('bars of the hub', () => {
  it('are made once and sent to all that want them', async () => {
    const [one, other, none] = [new Client(), new Client(), new Client()];
    expect(await one.subscribe(MINUTE, A, NOPE)).toEqual(['accepted', 'unknown']);
    await other.subscribe(MINUTE, A, B);
    expect([...feed.subscribed].sort()).toEqual(['symbol NSE:A-EQ', 'symbol NSE:B-EQ']);
    feed.become({ state: 'live', at: 0 });
    trade(A, 1, 100);
    trade(A, 30, 101);
    trade(A, 61, 102);
    expect(await one.read()).toEqual([]);
    // Another symbol moves the clock.
    trade(B, 62, 50);
    expect(await one.read()).toHaveLength(1);
    expect((await one.read())[0]).toMatchObject({
      type: 'Bar',
      symbol: A.symbol,
      interval: '1m',
      start: TEN,
      end: TEN + 60,
      open: 100,
      close: 101,
      volume: 10,
      final: true,
    });
    expect(await other.read()).toEqual(await one.read());
    expect(await none.read()).toEqual([]);
    expect(Object.keys((await one.read())[0] as object).at(-1)).toBe('received_at');
    expect(one.outlet.rows).toBe(1);
  });

  it('are subscribed upstream as long as somebody wants them', async () => {
    const [one, other] = [new Client(), new Client()];
    await one.subscribe(MINUTE, A);
    await other.subscribe(parseInterval('5m'), A);
    expect(hub.symbolsOf(one.session)).toEqual([A.symbol]);
    expect(hub.bars.unsubscribe(one.session, MINUTE, [A, B])).toEqual([A]);
    expect(feed.subscribed.size).toBe(1);
    expect(hub.bars.unsubscribe(one.session, MINUTE, [A])).toEqual([]);
    hub.closeSession(other.session);
    expect(feed.subscribed.size).toBe(0);
    expect(hub.valueCount).toBe(0);
    trade(A, 1, 100);
    expect(await one.read()).toEqual([]);
  });

  it('do not bring rows of ticks, nor end with those', async () => {
    const client = new Client();
    await client.subscribe(MINUTE, A);
    await hub.subscribe(client.session, [A]);
    trade(A, 1, 100);
    hub.unsubscribe(client.session, [A]);
    expect(feed.subscribed.size).toBe(1);
    trade(A, 30, 101);
    trade(A, 63, 102);
    expect(await client.read()).toHaveLength(1);
  });

  it('close by the wall clock when the feed is quiet, but not while it is away', async () => {
    const client = new Client();
    await client.subscribe(MINUTE, A);
    feed.become({ state: 'live', at: 0 });
    trade(A, 1, 100);
    trade(A, 2, 101);
    clock.advance(64_000);
    expect(await client.read()).toEqual([]);
    clock.advance(1_500);
    expect(await client.read()).toHaveLength(1);
    trade(A, 66, 100);
    trade(A, 67, 101);
    feed.become({ state: 'disconnected', at: 0, reason: 'server_closed', detail: '', retryAt: 0 });
    clock.advance(600_000);
    expect(await client.read()).toHaveLength(1);
  });

  it('say that there was a gap', async () => {
    const client = new Client();
    await client.subscribe(MINUTE, A);
    feed.become({ state: 'live', at: 0 });
    trade(A, 1, 100);
    feed.listener.event({
      type: 'gap',
      gap: { from: (TEN + 5) * 1_000, to: (TEN + 9) * 1_000, reason: 'stalled', symbols: [A.symbol] },
    });
    trade(A, 10, 101);
    trade(A, 70, 101);
    expect((await client.read())[0]).toMatchObject({ partial: true, gap_ms: 4_000 });
    expect(client.told).toContain('gap');
  });

  it('of a slow client: the latest of each symbol and interval, and the count of the others', async () => {
    const client = new Client();
    await client.subscribe(parseInterval('1t'), A);
    feed.become({ state: 'live', at: 0 });
    client.fallBehind();
    for (let second = 0; second < 6; second++) trade(A, second, 100 + second);
    expect(client.outlet.isBehind).toBe(true);
    client.socket.readOn();
    await expect.poll(async () => (await client.read()).length).toBe(1);
    expect((await client.read())[0]).toMatchObject({ close: 105 });
    expect(client.outlet.skipped).toBeGreaterThan(0);
    expect(client.told).toContain('skipped');
  });

  it('of symbols that the feed drops end, and their clients get a message', async () => {
    const client = new Client();
    await client.subscribe(MINUTE, A, B);
    feed.listener.event({ type: 'refused', subscriptions: [A] });
    expect(client.told).toContainEqual({ interval: '1m', symbols: [A.symbol] });
    expect(hub.symbolsOf(client.session)).toEqual([B.symbol]);
  });

  it('of a feed that has delivered everything: all that are open', async () => {
    const client = new Client();
    await client.subscribe(MINUTE, A);
    trade(A, 1, 100);
    trade(A, 2, 101);
    feed.listener.event({ type: 'finished' });
    expect(await client.read()).toMatchObject([{ close: 101, partial: true, final: true }]);
  });

  it('of more symbols than a client may have are refused', async () => {
    const client = new Client();
    const many = Array.from({ length: 5_001 }, (_, at): Subscription => ({ kind: 'symbol', symbol: `NSE:S${at}-EQ` }));
    expect(new Set(await client.subscribe(MINUTE, ...many))).toEqual(new Set(['refused']));
    expect(feed.subscribed.size).toBe(0);
  });

  it('of more than eight intervals are refused, until one is no longer used', async () => {
    const client = new Client();
    for (let minutes = 1; minutes <= 8; minutes++) await client.subscribe(parseInterval(`${minutes}m`), A);
    await expect(client.subscribe(parseInterval('9m'), A)).rejects.toMatchObject({ code: 'TOO_MANY_INTERVALS' });
    hub.bars.unsubscribe(client.session, parseInterval('3m'), [A]);
    await client.subscribe(parseInterval('9m'), A);
    expect(hub.findValue(A)?.bars).toHaveLength(8);
  });
});

describe('the bars that a caller asks for', () => {
  it('are made from the first time on, and stay for the day', async () => {
    const client = new Client();
    await hub.subscribe(client.session, [A]);
    feed.become({ state: 'live', at: 0 });
    trade(A, 1, 100);
    expect(hub.findValue(A)?.bars).toEqual([]);
    // The last row is the first of them.
    expect(await read(A)).toMatchObject([{ open: 100, final: false, partial: true, ticks: 0 }]);
    trade(A, 30, 101);
    trade(A, 70, 102);
    trade(A, 140, 103);
    const bars = await read(A);
    expect(bars.map(({ close, final }) => [close, final])).toEqual([
      [101, true],
      [102, true],
      [103, false],
    ]);
    hub.unsubscribe(client.session, [A]);
    expect(hub.findValue(A)).toBeUndefined();
    await hub.subscribe(client.session, [A]);
    expect(await read(A)).toEqual([]);
  });

  it('are the last 400, of today only', async () => {
    const client = new Client();
    await hub.subscribe(client.session, [A]);
    feed.become({ state: 'live', at: 0 });
    await read(A, parseInterval('1t'));
    for (let count = 0; count < 500; count++) trade(A, count, 100 + count / 100);
    const bars = await read(A, parseInterval('1t'));
    expect(bars).toHaveLength(400);
    expect(bars.at(-1)).toMatchObject({ close: 104.99, final: true });
    clock.advance(86_400_000);
    for (let count = 0; count < 3; count++) trade(A, 86_400 + count, 200 + count);
    const next = await read(A, parseInterval('1t'));
    expect(next.length).toBeLessThan(5);
    expect(next.every(({ start }) => start > TEN + 80_000)).toBe(true);
  });

  it('outlast the clients of the same bars', async () => {
    const client = new Client();
    await hub.subscribe(client.session, [A]);
    await client.subscribe(MINUTE, A);
    feed.become({ state: 'live', at: 0 });
    trade(A, 1, 100);
    await read(A);
    hub.bars.unsubscribe(client.session, MINUTE, [A]);
    trade(A, 70, 101);
    trade(A, 130, 101);
    expect(await read(A)).toHaveLength(3);
    expect(await client.read()).toEqual([]);
  });
});
