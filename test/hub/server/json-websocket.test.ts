import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rowSchema } from '../../../src/lib/market/rows.ts';
import { type SocketMessage, SocketUser } from '../core/hub-client.ts';
import { type HubFixture, startHub } from '../core/hub-fixture.ts';
import { ApiUser } from './api-user.ts';

const SBIN = 'NSE:SBIN-EQ';
const INFY = 'NSE:INFY-EQ';
const NIFTY = 'NSE:NIFTY50-INDEX';

let hub: HubFixture;
let user: ApiUser;
let socket: SocketUser;

beforeEach(async () => {
  hub = await startHub();
  user = new ApiUser(hub);
  socket = await SocketUser.connect(hub);
});

afterEach(async () => {
  user.checkAnswers();
  expect(hub.bugs).toEqual([]);
  await hub.close();
});

const unsubscribe = (symbols: readonly string[], data_type = 'SymbolUpdate'): Promise<SocketMessage> =>
  socket.ask({ action: 'unsubscribe', symbols, data_type }, 'ack');

describe('subscribe', () => {
  it.each([
    ['SymbolUpdate', SBIN],
    ['DepthUpdate', SBIN],
    ['LiteUpdate', SBIN],
    ['IndexUpdate', NIFTY],
  ])('acknowledges %s, then sends rows', async (type, symbol) => {
    socket.say({ action: 'subscribe', symbols: [` ${symbol.toLowerCase()}`, symbol], data_type: type });
    await vi.waitFor(() => expect(hub.hub.counters.ticks).toBe(1), { interval: 5, timeout: 5_000 });
    const row = await socket.next(type);
    // What came before it, in the order it came.
    const [acknowledged] = socket.events.take().filter(({ type: own }) => own === 'ack');
    expect(acknowledged).toEqual({
      type: 'ack',
      action: 'subscribe',
      data_type: type,
      symbols: [symbol],
      rejected: [],
    });
    expect(Object.keys(row)).toEqual(['type', 'data']);
    expect(rowSchema.parse(row.data)).toMatchObject({ type, symbol, simulated: true });
    // Not every trade moves the price.
    for (let trades = 0; trades < 20; trades++) hub.simulator.tick(symbol);
    expect((await socket.next(type)).data).not.toEqual(row.data);
  });

  it('acknowledges before the first row', async () => {
    const other = await SocketUser.connect(hub);
    await other.subscribe([SBIN]);
    await other.next('SymbolUpdate');
    const order: string[] = [];
    socket.socket.on('message', (data) => order.push((JSON.parse(String(data)) as SocketMessage).type));
    await socket.subscribe([SBIN]);
    await socket.next('SymbolUpdate');
    expect(order).toEqual(['ack', 'SymbolUpdate']);
  });

  it('sends an index among quotes as an index', async () => {
    expect(await socket.subscribe([NIFTY])).toMatchObject({ data_type: 'SymbolUpdate', symbols: [NIFTY] });
    expect((await socket.next('IndexUpdate')).data).toMatchObject({ symbol: NIFTY });
  });

  it('names what it rejects beside what it takes', async () => {
    expect(await socket.subscribe([SBIN, 'junk', NIFTY, 'NSE:NOPE-EQ'], 'DepthUpdate')).toEqual({
      type: 'ack',
      action: 'subscribe',
      data_type: 'DepthUpdate',
      symbols: [SBIN],
      rejected: [
        { symbol: 'junk', code: 'MALFORMED_SYMBOL' },
        { symbol: NIFTY, code: 'INDEX_HAS_NO_DEPTH' },
        { symbol: 'NSE:NOPE-EQ', code: 'UNKNOWN_SYMBOL' },
      ],
    });
  });

  it('gives each client its own symbols only, and a late one the last row at once', async () => {
    const other = await SocketUser.connect(hub, { unix: true });
    await socket.subscribe([SBIN]);
    const first = await socket.next('SymbolUpdate');
    await other.subscribe([SBIN, INFY]);
    expect((await other.next('SymbolUpdate', ({ data }) => data?.['symbol'] === SBIN)).data).toEqual(first.data);
    await other.next('SymbolUpdate', ({ data }) => data?.['symbol'] === INFY);
    hub.simulator.tick(INFY);
    await other.next('SymbolUpdate', ({ data }) => data?.['symbol'] === INFY);
    hub.simulator.tick(SBIN);
    expect((await socket.next('SymbolUpdate')).data).toMatchObject({ symbol: SBIN });
  });
});

describe('unsubscribe', () => {
  it('acknowledges, ends the rows and leaves other kinds', async () => {
    await socket.subscribe([SBIN]);
    await socket.subscribe([SBIN, INFY], 'LiteUpdate');
    expect(await unsubscribe([SBIN, INFY, 'junk'])).toEqual({
      type: 'ack',
      action: 'unsubscribe',
      data_type: 'SymbolUpdate',
      symbols: [SBIN],
      rejected: [
        { symbol: 'junk', code: 'MALFORMED_SYMBOL' },
        { symbol: INFY, code: 'NOT_FOUND' },
      ],
    });
    expect(await user.status()).toMatchObject({
      subscriptions: { SymbolUpdate: [], LiteUpdate: [SBIN, INFY] },
      sessions: [{ symbols: [SBIN, INFY] }],
    });
  });

  it('goes with the connection', async () => {
    await socket.subscribe([SBIN]);
    await socket.next('SymbolUpdate');
    socket.socket.terminate();
    const topic = 'sf|nse_cm|3045';
    await vi.waitFor(() => expect(hub.simulator.counters.unsubscribes.get(topic)).toBe(1), {
      interval: 5,
      timeout: 5_000,
    });
    expect(await user.status()).toMatchObject({ sessions: [] });
  });
});

describe('get_status', () => {
  it('gives what the REST status gives', async () => {
    await socket.subscribe([SBIN]);
    await socket.next('SymbolUpdate');
    socket.events.take();
    const { type, data, ...rest } = await socket.ask({ action: 'get_status' }, 'status');
    expect([type, rest]).toEqual(['status', {}]);
    expect(data).toEqual(await user.status());
    expect(data).toMatchObject({ connected: true, sessions: [{ command: 'websocket', rows: 1 }] });
  });
});

describe('mistakes', () => {
  const ACTION = 'a message must be a JSON object with the action subscribe, unsubscribe or get_status';
  const TYPE = 'data_type must be one of SymbolUpdate, IndexUpdate, DepthUpdate, LiteUpdate, Bar';
  const SYMBOLS = 'symbols must be a list of 1 to 5000 texts of at most 100 characters';
  const subscribe = { action: 'subscribe', symbols: [SBIN], data_type: 'SymbolUpdate' };
  const mistakes: readonly (readonly [string, object | string, string, (readonly string[] | undefined)?, string?])[] = [
    ['not JSON', '{"action":', 'BAD_REQUEST', undefined],
    ['an empty message', '', 'BAD_REQUEST', undefined],
    ['no object', '[]', 'BAD_REQUEST', undefined, ACTION],
    ['null', 'null', 'BAD_REQUEST', undefined, ACTION],
    ['no action', { symbols: [SBIN], data_type: 'SymbolUpdate' }, 'BAD_REQUEST', undefined, ACTION],
    ['an unknown action', { ...subscribe, action: 'sell' }, 'BAD_REQUEST', undefined, ACTION],
    ['an action of an object', { ...subscribe, action: '__proto__' }, 'BAD_REQUEST', undefined, ACTION],
    ['no type', { action: 'subscribe', symbols: [SBIN] }, 'BAD_REQUEST', undefined, TYPE],
    ['an unknown type', { ...subscribe, data_type: 'Ticks' }, 'BAD_REQUEST', undefined, TYPE],
    ['no symbols', { action: 'subscribe', data_type: 'SymbolUpdate' }, 'BAD_REQUEST', undefined, SYMBOLS],
    ['an empty list of symbols', { ...subscribe, symbols: [] }, 'BAD_REQUEST', undefined, SYMBOLS],
    ['symbols of another type', { ...subscribe, symbols: 'NSE:SBIN-EQ' }, 'BAD_REQUEST', undefined, SYMBOLS],
    ['a symbol of another type', { ...subscribe, symbols: [5] }, 'BAD_REQUEST', undefined, SYMBOLS],
    ['a symbol without end', { ...subscribe, symbols: [`NSE:${'A'.repeat(97)}`] }, 'BAD_REQUEST', undefined, SYMBOLS],
    ['too many symbols', { ...subscribe, symbols: Array(5_001).fill(SBIN) }, 'BAD_REQUEST', undefined, SYMBOLS],
    ['a malformed symbol', { ...subscribe, symbols: ['SBIN'] }, 'MALFORMED_SYMBOL', ['SBIN']],
    ['an unknown symbol', { ...subscribe, symbols: ['NSE:NOPE-EQ'] }, 'UNKNOWN_SYMBOL', ['NSE:NOPE-EQ']],
    ['depth of an index', { ...subscribe, symbols: [NIFTY], data_type: 'DepthUpdate' }, 'INDEX_HAS_NO_DEPTH', [NIFTY]],
    ['a share for an index', { ...subscribe, data_type: 'IndexUpdate' }, 'NOT_AN_INDEX', [SBIN]],
    ['what is not subscribed', { ...subscribe, action: 'unsubscribe' }, 'NOT_FOUND', [SBIN]],
  ];

  const cases = mistakes.map(([name, message, code, symbols, text]) => ({ name, message, code, symbols, text }));
  it.each(cases)('$name gets an error, and the next message its answer', async ({ message, code, symbols, text }) => {
    const error = await socket.ask(message, 'error');
    const said = text ?? expect.stringMatching(/./);
    expect(error).toEqual({ type: 'error', code, message: said, ...(symbols && { symbols }) });
    await socket.ask({ action: 'get_status' }, 'status');
    expect(await user.status()).toMatchObject({ subscriptions: { SymbolUpdate: [] }, sessions: [{ symbols: [] }] });
  });

  it('are answered in their turn', async () => {
    const order: string[] = [];
    socket.socket.on('message', (data) => order.push((JSON.parse(String(data)) as SocketMessage).type));
    socket.say(subscribe);
    socket.say('not JSON');
    socket.say({ ...subscribe, action: 'unsubscribe' });
    await socket.next('ack', ({ action }) => action === 'unsubscribe');
    expect(order.filter((type) => type === 'ack' || type === 'error')).toEqual(['ack', 'error', 'ack']);
    expect(await user.status()).toMatchObject({ subscriptions: { SymbolUpdate: [] } });
  });

  it('a binary message gets an error, even when it is JSON', async () => {
    socket.socket.send(Buffer.from(JSON.stringify({ action: 'get_status' })));
    expect(await socket.next('error')).toEqual({
      type: 'error',
      code: 'BAD_REQUEST',
      message: 'a message must be text',
    });
    await socket.subscribe([SBIN]);
  });

  it('a frame that breaks the protocol ends its own connection only', async () => {
    const other = await SocketUser.connect(hub);
    const closed = new Promise<number>((resolve) => other.socket.once('close', resolve));
    // Reserved bits set, from below the WebSocket.
    (other.socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(
      Buffer.from([0xf1, 0x80, 0, 0, 0, 0]),
    );
    expect(await closed).toBe(1002);
    await socket.subscribe([SBIN]);
  });

  it('a WebSocket at another path is refused', async () => {
    for (const path of ['/', '/api/websocket', '/api/websocket/stream/x']) {
      expect(await SocketUser.refused(hub, { path })).toEqual({
        status: 404,
        body: { status: 'error', code: 'NOT_FOUND', message: 'WebSockets are at /api/websocket/stream', symbols: [] },
      });
    }
    await socket.subscribe([SBIN]);
  });
});

describe('what a client gets without a request', () => {
  it('that the feed went and came back, and what it missed', async () => {
    await socket.subscribe([SBIN]);
    await socket.next('SymbolUpdate');
    hub.simulator.inject({ name: 'drop' });
    await socket.next('status', ({ data }) => data?.['connected'] === false);
    expect(await socket.next('Gap')).toEqual({
      type: 'Gap',
      from: expect.any(Number),
      to: expect.any(Number),
      reason: expect.stringMatching(/^(server_closed|network_error)$/),
      symbols: [SBIN],
    });
    expect((await socket.next('SymbolUpdate')).data).not.toHaveProperty('stale');
    expect(await user.status()).toMatchObject({ connected: true, counters: { gaps: 1, reconnects: 1 } });
  });

  it('a stale last row, marked, while the feed is away', async () => {
    await socket.subscribe([SBIN]);
    const { data } = await socket.next('SymbolUpdate');
    await user.post('/api/websocket/disconnect');
    const late = await SocketUser.connect(hub);
    late.say({ action: 'subscribe', symbols: [SBIN], data_type: 'SymbolUpdate' });
    expect((await late.next('SymbolUpdate')).data).toEqual({ ...data, stale: true, age_ms: expect.any(Number) });
    expect((await user.status())['connected']).toBe(false);
  });

  it('that the token is of no use, and that a later one is', async () => {
    await socket.subscribe([SBIN]);
    await socket.next('SymbolUpdate');
    hub.simulator.inject({ name: 'expire-token' });
    expect(await socket.next('error')).toEqual({
      type: 'error',
      code: expect.stringMatching(/^TOKEN_(REFUSED|EXPIRED)$/),
      message: expect.any(String),
    });
    const { token } = hub.simulator.issueToken();
    const answer = await user.post('/api/hub/token', { unix: true, body: { token } });
    expect(answer.text).toBe('{"status":"success","offer":"adopted"}');
    expect(await socket.next('Gap')).toMatchObject({ reason: 'token', symbols: [SBIN] });
  });
});
