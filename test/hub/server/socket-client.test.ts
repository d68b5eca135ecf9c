import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { Hub } from '../../../src/lib/hub/core/hub.ts';
import { FairTurns } from '../../../src/lib/hub/server/fair-turns.ts';
import { HubTexts } from '../../../src/lib/hub/server/hub-texts.ts';
import { JsonClient } from '../../../src/lib/hub/server/json-client.ts';
import { RowsClient } from '../../../src/lib/hub/server/rows-client.ts';
import { WEEKDAYS } from '../../../src/lib/market/trading-hours.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FakeDuplex } from '../core/fake-duplex.ts';
import { FakeFeed } from '../core/fake-feed.ts';

const SBIN = 'NSE:SBIN-EQ';
const INFY = 'NSE:INFY-EQ';
const PING_MS = 30_000;

/** A WebSocket of which the test is the other end. */
class FakeSocket extends EventEmitter {
  readonly sent: string[] = [];
  readonly buffers: Buffer[] = [];
  pings = 0;
  isTerminated = false;

  send(data: string | Buffer): void {
    this.sent.push(String(data));
    if (Buffer.isBuffer(data)) this.buffers.push(data);
  }

  ping(): void {
    this.pings++;
  }

  terminate(): void {
    this.isTerminated = true;
    this.emit('close');
  }

  say(message: object): void {
    this.emit('message', Buffer.from(JSON.stringify(message)), false);
  }

  get types(): string[] {
    return this.sent.map((text) => (JSON.parse(text) as { type: string }).type);
  }
}

let clock: ManualClock;
let feed: FakeFeed;
let hub: Hub;
let texts: HubTexts;
let socket: FakeSocket;
let stream: FakeDuplex;

const partsOf = (own: FakeSocket, isLocal = false) => ({
  hub,
  socket: own as unknown as WebSocket,
  stream,
  isLocal,
  turns: new FairTurns(),
  texts,
});

beforeEach(async () => {
  clock = new ManualClock();
  hub = await Hub.open({
    calendar: WEEKDAYS,
    clock,
    openFeed: async (listener) => {
      feed = new FakeFeed(listener);
      return feed;
    },
  });
  texts = new HubTexts(hub);
  socket = new FakeSocket();
  stream = new FakeDuplex();
});

afterEach(async () => {
  stream.destroy();
  await hub.close();
});

/** What the feed is asked waits until the test opens the gate. */
function holdAnswers(): () => void {
  let open = (): void => {};
  feed.gate = new Promise((resolve) => {
    open = resolve;
  });
  return open;
}

const subscribe = (symbol: string) => ({ action: 'subscribe', symbols: [symbol], data_type: 'SymbolUpdate' });

describe('a client that leaves', () => {
  it('has nothing of what it said carried out any more', async () => {
    const open = holdAnswers();
    new JsonClient(partsOf(socket));
    socket.say(subscribe(SBIN));
    socket.say(subscribe(INFY));
    await vi.waitFor(() => expect(feed.calls).toEqual([`+ symbol ${SBIN}`]), { interval: 1, timeout: 20_000 });
    socket.emit('close');
    // The one under way is taken back at once, not when the feed answers.
    await vi.waitFor(() => expect([...hub.values()]).toEqual([]), { interval: 1, timeout: 20_000 });
    const told = socket.sent.length;
    open();
    await vi.waitFor(() => expect(feed.calls.at(-1)).toBe(`- symbol ${SBIN}`), { interval: 1, timeout: 20_000 });
    expect(feed.calls.join()).not.toContain(INFY);
    expect(socket.sent).toHaveLength(told);
  });

  it('as a command, too', async () => {
    const open = holdAnswers();
    new RowsClient(partsOf(socket), { query: new URLSearchParams() });
    socket.say({ action: 'subscribe', id: 1, subscriptions: [['SymbolUpdate', SBIN]] });
    await vi.waitFor(() => expect(feed.calls).toHaveLength(1), { interval: 1, timeout: 20_000 });
    socket.emit('close');
    await vi.waitFor(() => expect([...hub.values()]).toEqual([]), { interval: 1, timeout: 20_000 });
    open();
    expect(socket.types).toEqual(['hello']);
  });
});

describe('the status', () => {
  it('is answered while a subscription waits for the feed', () => {
    holdAnswers();
    new JsonClient(partsOf(socket));
    socket.say(subscribe(SBIN));
    socket.say({ action: 'get_status' });
    expect(socket.types).toEqual(['status']);
  });

  it('after a change is made once for all clients that get it', () => {
    const sockets = [socket, new FakeSocket(), new FakeSocket()];
    for (const own of sockets) new JsonClient(partsOf(own));
    feed.listener.event({ type: 'state', state: { state: 'live', at: 1 } });
    const [first, ...others] = sockets.map(({ buffers }) => buffers.at(-1));
    expect(JSON.parse(String(first))).toMatchObject({ type: 'status', data: { sessions: [{}, {}, {}] } });
    for (const other of others) expect(other).toBe(first);
  });
});

describe('a client that asks for much', () => {
  const large = (from: number) => ({
    action: 'subscribe',
    symbols: Array.from({ length: 5_000 }, (_, at) => `NSE:N${(from + at) % 5_000}-EQ`),
    data_type: 'LiteUpdate',
  });

  it('shares each status with nineteen other clients', () => {
    const sockets = Array.from({ length: 20 }, () => new FakeSocket());
    for (const own of sockets) new JsonClient({ ...partsOf(own), stream: new FakeDuplex() });
    for (const own of sockets) for (let asked = 0; asked < 50; asked++) own.say({ action: 'get_status' });
    const sent = (): Buffer[] => sockets.flatMap(({ buffers }) => buffers);
    expect(new Set(sent()).size).toBe(8);
    clock.advance(250);
    expect([sent().length, new Set(sent()).size]).toEqual([1_000, 9]);
  });

  it('gets no status before it has read what it was sent', () => {
    stream.isReading = false;
    stream.write(Buffer.alloc(2 * 1024 * 1024));
    new JsonClient(partsOf(socket));
    for (let asked = 0; asked < 10; asked++) socket.say({ action: 'get_status' });
    expect(socket.types).toEqual([]);
    stream.readOn();
    expect(socket.types).toEqual(Array(10).fill('status'));
  });

  it('waits for its turn, and one that asks for little is answered in between', async () => {
    const turns = new FairTurns();
    const modest = new FakeSocket();
    new JsonClient({ ...partsOf(socket), turns });
    new JsonClient({ ...partsOf(modest), turns });
    const answeredBefore: number[] = [];
    modest.send = () => void answeredBefore.push(socket.types.length);
    for (let said = 0; said < 8; said++) socket.say(large(said));
    modest.say({ action: 'get_status' });
    await vi.waitFor(() => expect(socket.types).toHaveLength(8), { interval: 5, timeout: 30_000 });
    expect(answeredBefore).toHaveLength(1);
    expect(answeredBefore[0]).toBeLessThan(3);
    expect(new Set(socket.types)).toEqual(new Set(['ack']));
  });

  it.each([
    ['deep', '['.repeat(1_000_000), 'JSON may be nested 8 deep'],
    ['long', `[${'0,'.repeat(500_000)}0]`, 'JSON may hold 20000 values'],
  ])('in a %s message is told what is too much, and stays', async (_, text, message) => {
    new JsonClient(partsOf(socket));
    socket.emit('message', Buffer.from(text), false);
    await vi.waitFor(() => expect(socket.sent).toHaveLength(1), { interval: 1, timeout: 20_000 });
    expect(JSON.parse(socket.sent[0] as string)).toEqual({ type: 'error', code: 'BAD_REQUEST', message });
    expect(socket.isTerminated).toBe(false);
  });

  it('keeps 1 MiB waiting to be read, and is refused when there is more', () => {
    new JsonClient(partsOf(socket));
    for (let said = 0; said < 20; said++) socket.say(large(said));
    const codes = socket.sent.map((text) => (JSON.parse(text) as { code?: string }).code);
    expect(codes.length).toBeGreaterThan(0);
    expect(new Set(codes)).toEqual(new Set(['RATE_LIMITED']));
  });
});

describe('pings', () => {
  it('end a client elsewhere that answers none for five minutes, in which it is sent one', () => {
    new JsonClient(partsOf(socket));
    clock.advance(10 * PING_MS);
    expect([socket.pings, socket.isTerminated]).toEqual([1, false]);
    clock.advance(PING_MS);
    expect([socket.pings, socket.isTerminated]).toEqual([1, true]);
  });

  it('do not end one on the Unix socket that is stopped: it finds one ping, and pings go on when it does', () => {
    new JsonClient(partsOf(socket, true));
    clock.advance(200 * PING_MS);
    expect([socket.pings, socket.isTerminated]).toEqual([1, false]);
    socket.emit('pong');
    clock.advance(PING_MS);
    expect(socket.pings).toBe(2);
  });

  it.each(['pong', 'message'])('do not end one that shows itself by a %s', (event) => {
    new JsonClient(partsOf(socket));
    for (let times = 0; times < 30; times++) {
      clock.advance(PING_MS);
      socket.emit(event, Buffer.from('{}'), false);
    }
    expect(socket.isTerminated).toBe(false);
  });
});

describe('the rows protocol', () => {
  const asked = async (...subscriptions: readonly (readonly [string, string])[]): Promise<unknown> => {
    new RowsClient(partsOf(socket), { query: new URLSearchParams() });
    socket.say({ action: 'subscribe', id: 3, subscriptions });
    await vi.waitFor(() => expect(socket.sent).toHaveLength(2), { interval: 1, timeout: 20_000 });
    return JSON.parse(socket.sent[1] as string);
  };

  it.each([
    ['a symbol without end', `NSE:${'A'.repeat(900_000)}-EQ`],
    ['a symbol in another spelling', 'nse:sbin-eq'],
    ['no symbol', 'SBIN'],
    ['a symbol with a line end', 'NSE:SBIN\n-EQ'],
  ])('refuses %s', async (_, symbol) => {
    expect(await asked(['SymbolUpdate', symbol])).toMatchObject({ type: 'error', id: 3, code: 'BAD_REQUEST' });
    expect(feed.calls).toEqual([]);
  });

  it.each([
    ['DepthUpdate', 'NSE:NIFTY50-INDEX', 'INDEX_HAS_NO_DEPTH'],
    ['IndexUpdate', SBIN, 'NOT_AN_INDEX'],
  ])('refuses %s of %s', async (type, symbol, code) => {
    expect(await asked(['SymbolUpdate', SBIN], [type, symbol])).toMatchObject({ type: 'error', id: 3, code });
    expect(feed.calls).toEqual([]);
  });
});
