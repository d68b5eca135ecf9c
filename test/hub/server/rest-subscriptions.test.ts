import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ROWS_PROTOCOL } from '../../../src/lib/hub/protocol/messages.ts';
import { parse, SocketUser } from '../core/hub-client.ts';
import { type HubFixture, startHub } from '../core/hub-fixture.ts';
import { ApiUser } from './api-user.ts';

const SBIN = 'NSE:SBIN-EQ';
const INFY = 'NSE:INFY-EQ';
const NIFTY = 'NSE:NIFTY50-INDEX';
const SBIN_TOPIC = 'sf|nse_cm|3045';
const NOTHING = { SymbolUpdate: [], IndexUpdate: [], DepthUpdate: [], LiteUpdate: [] };
const NONE = { SymbolUpdate: 0, IndexUpdate: 0, DepthUpdate: 0, LiteUpdate: 0 };

let hub: HubFixture;
let user: ApiUser;

beforeEach(async () => {
  hub = await startHub();
  user = new ApiUser(hub);
});

afterEach(async () => {
  user.checkAnswers();
  expect(hub.bugs).toEqual([]);
  await hub.close();
});

const sent = (topic: string): number => hub.simulator.counters.subscribes.get(topic) ?? 0;
const givenUp = (topic: string): number => hub.simulator.counters.unsubscribes.get(topic) ?? 0;
const untilGivenUp = (topic: string): Promise<void> =>
  vi.waitFor(() => expect(givenUp(topic)).toBe(1), { interval: 5, timeout: 5_000 });

describe('connect and disconnect', () => {
  it('connects once, and says what there is', async () => {
    const connected = { status: 'success', data: { connected: true, subscriptions: NOTHING, data_cache: NONE } };
    const answer = await user.post('/api/websocket/connect');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(parse(answer)).toEqual(connected);
    expect(parse(await user.post('/api/websocket/connect'))).toEqual(connected);
    expect(hub.simulator.counters.authenticated).toBe(1);
  });

  it('closes the feed, drops what REST callers had and keeps what others have', async () => {
    const socket = await SocketUser.connect(hub);
    await socket.subscribe([INFY]);
    await user.subscribe([SBIN]);
    const answer = await user.post('/api/websocket/disconnect');
    const subscriptions = { ...NOTHING, SymbolUpdate: [INFY] };
    expect(parse(answer)).toMatchObject({ status: 'success', data: { connected: false, subscriptions } });
    await socket.next('status', ({ data }) => data?.['connected'] === false);
    await vi.waitFor(() => expect(hub.simulator.connections).toHaveLength(0), { interval: 5, timeout: 20_000 });
    expect((await user.unsubscribe([SBIN])).status).toBe(404);
    expect(await user.status()).toMatchObject({ sessions: [{ command: 'websocket', symbols: [INFY] }] });
  });

  it('may be disconnected twice, and comes back with everything that is wanted', async () => {
    const socket = await SocketUser.connect(hub);
    await socket.subscribe([INFY]);
    await socket.next('SymbolUpdate');
    await user.post('/api/websocket/disconnect');
    expect((await user.post('/api/websocket/disconnect')).status).toBe(200);
    const back = parse(await user.post('/api/websocket/connect'));
    expect(back).toMatchObject({ data: { connected: true, subscriptions: { SymbolUpdate: [INFY] } } });
    await socket.next('Gap');
    expect(sent('sf|nse_cm|1594')).toBe(2);
  });

  it('is not well until a client connects it or subscribes', async () => {
    await user.subscribe([SBIN]);
    await user.post('/api/websocket/disconnect');
    const health = await user.get('/healthz');
    expect([health.status, parse(health)]).toEqual([
      503,
      { status: 'unhealthy', state: 'disconnected', version: expect.any(String) },
    ]);
    expect(await (await user.get('/metrics')).text).toContain('\ntickpipe_connected 0\n');
    await user.subscribe([SBIN]);
    await vi.waitFor(async () => expect((await user.get('/healthz')).status).toBe(200), {
      interval: 10,
      timeout: 20_000,
    });
  });

  it('connects by itself for what is subscribed after a disconnect', async () => {
    await user.post('/api/websocket/connect');
    await user.post('/api/websocket/disconnect');
    expect((await user.subscribe([SBIN])).status).toBe(200);
    await vi.waitFor(async () => expect((await user.status())['connected']).toBe(true), {
      interval: 10,
      timeout: 20_000,
    });
  });
});

describe('disconnect while commands run', () => {
  const command = (): Promise<SocketUser> => SocketUser.connect(hub, { unix: true, protocol: ROWS_PROTOCOL });
  const want = (socket: SocketUser, symbol: string): Promise<unknown> =>
    socket.ask({ action: 'subscribe', id: 1, subscriptions: [['SymbolUpdate', symbol]] }, 'result');

  it('drops what REST callers had and keeps the feed for the commands, when the caller is not the owner', async () => {
    const [first, second] = [await command(), await command()];
    await Promise.all([want(first, INFY), want(second, INFY)]);
    await user.subscribe([SBIN]);
    const answer = await user.post('/api/websocket/disconnect');
    expect([answer.status, parse(answer)]).toEqual([
      200,
      {
        status: 'success',
        data: {
          connected: true,
          subscriptions: { ...NOTHING, SymbolUpdate: [INFY] },
          data_cache: { ...NONE, SymbolUpdate: 1 },
        },
        message: '2 sessions keep it connected',
      },
    ]);
    expect(hub.simulator.connections).toHaveLength(1);
    await second.close();
    await vi.waitFor(() => expect(hub.hub.sessionCount).toBe(1), { interval: 5, timeout: 20_000 });
    const alone = parse(await user.post('/api/websocket/disconnect'));
    expect(alone).toMatchObject({ message: '1 session keeps it connected', data: { connected: true } });
    // One that wants nothing keeps nothing.
    await first.ask({ action: 'unsubscribe', id: 2, subscriptions: [['SymbolUpdate', INFY]] }, 'result');
    const closed = parse(await user.post('/api/websocket/disconnect'));
    expect(closed).toMatchObject({ data: { connected: false } });
    expect(closed).not.toHaveProperty('message');
  });

  it.each([
    ['over the Unix socket', { unix: true }, {}, "asked over the hub's Unix socket"],
    [
      'with the bearer token',
      { headers: { authorization: 'Bearer 0123456789abcdef' } },
      { token: '0123456789abcdef' },
      "asked from 127.0.0.1 with the hub's token",
    ],
  ])('is a break for everybody when the owner asks %s, with who asked', async (_, asking, rules, detail) => {
    await hub.close();
    hub = await startHub({ rules });
    user = new ApiUser(hub, asking);
    const rows = await command();
    await want(rows, INFY);
    await rows.next('SymbolUpdate');
    const answer = parse(await user.post('/api/websocket/disconnect'));
    expect(answer).toMatchObject({ status: 'success', data: { connected: false } });
    expect(await rows.next('state', ({ state }) => state?.['state'] === 'disconnected')).toMatchObject({
      state: { state: 'disconnected', reason: 'disconnected', detail },
    });
    expect(hub.simulator.connections).toHaveLength(0);
    // The next subscription, whosesoever, is the return for everybody.
    await user.subscribe([SBIN]);
    expect(await rows.next('gap')).toMatchObject({ gap: { reason: 'disconnected', symbols: [INFY] } });
    await rows.next('SymbolUpdate');
  });
});

describe('subscribe', () => {
  it('takes several symbols, in any spelling, each once', async () => {
    const answer = await user.subscribe([SBIN, ' nse:infy-eq', 'NSE:SBIN-EQ ']);
    expect(answer.status).toBe(200);
    expect(parse(answer)).toEqual({
      status: 'success',
      message: 'Subscribed to 2 symbols',
      data_type: 'SymbolUpdate',
      symbols: [SBIN, INFY],
      rejected: [],
    });
  });

  it.each([
    ['SymbolUpdate', SBIN],
    ['DepthUpdate', SBIN],
    ['LiteUpdate', SBIN],
    ['IndexUpdate', NIFTY],
  ])('subscribes %s', async (type, symbol) => {
    expect(parse(await user.subscribe([symbol], type))).toEqual({
      status: 'success',
      message: 'Subscribed to 1 symbol',
      data_type: type,
      symbols: [symbol],
      rejected: [],
    });
    expect((await user.status())['subscriptions']).toEqual({ ...NOTHING, [type]: [symbol] });
  });

  it('subscribes an index among quotes as an index', async () => {
    expect(parse(await user.subscribe([NIFTY, SBIN]))).toMatchObject({ symbols: [NIFTY, SBIN], rejected: [] });
    const subscriptions = { ...NOTHING, SymbolUpdate: [SBIN], IndexUpdate: [NIFTY] };
    expect((await user.status())['subscriptions']).toEqual(subscriptions);
    expect(parse(await user.unsubscribe([NIFTY]))).toMatchObject({ symbols: [NIFTY] });
  });

  it('names what of a request it rejects, and why', async () => {
    const answer = await user.subscribe([SBIN, 'NSE:NOPE-EQ', 'junk', 'NSE:M']);
    expect(answer.status).toBe(200);
    expect(parse(answer)).toEqual({
      status: 'success',
      message: 'Subscribed to 1 symbol',
      data_type: 'SymbolUpdate',
      symbols: [SBIN],
      rejected: [
        { symbol: 'junk', code: 'MALFORMED_SYMBOL' },
        { symbol: 'NSE:M', code: 'MALFORMED_SYMBOL' },
        { symbol: 'NSE:NOPE-EQ', code: 'UNKNOWN_SYMBOL' },
      ],
    });
  });

  it('rejects an index for depth and a share for an index beside what it takes', async () => {
    expect(parse(await user.subscribe([SBIN, NIFTY], 'DepthUpdate'))).toMatchObject({
      symbols: [SBIN],
      rejected: [{ symbol: NIFTY, code: 'INDEX_HAS_NO_DEPTH' }],
    });
    expect(parse(await user.subscribe([SBIN, NIFTY], 'IndexUpdate'))).toMatchObject({
      symbols: [NIFTY],
      rejected: [{ symbol: SBIN, code: 'NOT_AN_INDEX' }],
    });
  });

  it('keeps what one caller subscribed while another one asks for something unknown', async () => {
    const [bad, good] = await Promise.all([user.subscribe(['NSE:NOPE-EQ']), user.subscribe([SBIN])]);
    expect([good.status, bad.status]).toEqual([200, 404]);
    expect((await user.status())['subscriptions']).toEqual({ ...NOTHING, SymbolUpdate: [SBIN] });
  });
});

describe('subscriptions by client', () => {
  it('takes all REST callers for one client, which leaves with its last symbol', async () => {
    await user.subscribe([SBIN]);
    await new ApiUser(hub, { unix: true }).subscribe([SBIN, INFY]);
    expect((await user.status())['sessions']).toEqual([
      {
        id: 's1',
        pid: null,
        command: 'rest',
        symbols: [SBIN, INFY],
        rows: 0,
        skipped: 0,
        since: expect.any(Number),
      },
    ]);
    expect(sent(SBIN_TOPIC)).toBe(1);
    expect(parse(await user.unsubscribe([SBIN, INFY]))).toEqual({
      status: 'success',
      message: 'Unsubscribed from 2 symbols',
      data_type: 'SymbolUpdate',
      symbols: [SBIN, INFY],
    });
    await untilGivenUp(SBIN_TOPIC);
    expect((await user.status())['sessions']).toEqual([]);
  });

  it('unsubscribes what it has, and says when it has none of it', async () => {
    await user.subscribe([SBIN]);
    expect(parse(await user.unsubscribe([SBIN, INFY]))).toEqual({
      status: 'success',
      message: 'Unsubscribed from 1 symbol',
      data_type: 'SymbolUpdate',
      symbols: [SBIN],
    });
    const answer = await user.unsubscribe([SBIN, INFY]);
    expect(answer.status).toBe(404);
    expect(parse(answer)).toEqual({
      status: 'error',
      code: 'NOT_FOUND',
      message: 'none of the symbols is subscribed',
      symbols: [SBIN, INFY],
    });
  });

  it('leaves the other kinds of a symbol alone', async () => {
    await user.subscribe([SBIN], 'DepthUpdate');
    await user.subscribe([SBIN]);
    await user.unsubscribe([SBIN]);
    expect((await user.status())['subscriptions']).toEqual({ ...NOTHING, DepthUpdate: [SBIN] });
    await untilGivenUp(SBIN_TOPIC);
    expect(givenUp('dp|nse_cm|3045')).toBe(0);
  });

  it('takes a symbol off the feed with its last client only', async () => {
    const first = await SocketUser.connect(hub);
    const second = await SocketUser.connect(hub);
    await user.subscribe([SBIN]);
    await first.subscribe([SBIN]);
    await second.subscribe([SBIN, INFY]);
    expect(sent(SBIN_TOPIC)).toBe(1);
    await user.unsubscribe([SBIN]);
    await first.close();
    // INFY's leaving shows that what was said before has arrived.
    await second.ask({ action: 'unsubscribe', symbols: [INFY], data_type: 'SymbolUpdate' }, 'ack');
    await untilGivenUp('sf|nse_cm|1594');
    expect(givenUp(SBIN_TOPIC)).toBe(0);
    await second.close();
    await untilGivenUp(SBIN_TOPIC);
    expect((await user.status())['subscriptions']).toEqual(NOTHING);
  });
});

describe('status', () => {
  it('reports everything', async () => {
    const before = Date.now();
    await user.subscribe([SBIN]);
    const socket = await SocketUser.connect(hub);
    await socket.subscribe([SBIN]);
    await socket.next('SymbolUpdate');
    const answer = await user.get('/api/websocket/status');
    expect(answer.status).toBe(200);
    expect(parse(answer)).toEqual({
      status: 'success',
      data: {
        connected: true,
        streaming: true,
        since: expect.any(Number),
        token_expires_at: expect.any(Number),
        subscriptions: { ...NOTHING, SymbolUpdate: [SBIN] },
        data_cache: { ...NONE, SymbolUpdate: 1 },
        sessions: [
          { id: 's1', pid: null, command: 'rest', symbols: [SBIN], rows: 0, skipped: 0, since: expect.any(Number) },
          {
            id: 's2',
            pid: null,
            command: 'websocket',
            symbols: [SBIN],
            rows: 1,
            skipped: 0,
            since: expect.any(Number),
          },
        ],
        counters: {
          messages: expect.any(Number),
          bytes: expect.any(Number),
          ticks: 1,
          malformed: 0,
          reconnects: 0,
          gaps: 0,
        },
        simulated: true,
      },
    });
    const { since, token_expires_at } = await user.status();
    expect(since).toBeLessThanOrEqual(Date.now());
    expect(token_expires_at).toBeGreaterThan(before);
  });

  it('is not streaming before anything is subscribed', async () => {
    expect(await user.status()).toMatchObject({ connected: false, streaming: false });
    await user.post('/api/websocket/connect');
    expect(await user.status()).toMatchObject({ connected: true, streaming: false });
  });

  it('says what tickpipe status prints', async () => {
    await user.post('/api/websocket/connect');
    await user.subscribe(['NSE:SIMSILENT-INDEX'], 'IndexUpdate');
    expect(parse(await user.get('/api/hub/status'))).toEqual({
      hub: {
        pid: process.pid,
        since: expect.any(Number),
        feed: 'the simulator',
        state: 'live',
        token_expires_at: expect.any(Number),
        last_tick_at: null,
        reconnects: 0,
        gaps: 0,
        simulated: true,
      },
      sessions: [expect.objectContaining({ command: 'rest', symbols: ['NSE:SIMSILENT-INDEX'] })],
      subscriptions: { ...NOTHING, IndexUpdate: ['NSE:SIMSILENT-INDEX'] },
      silent: ['NSE:SIMSILENT-INDEX'],
    });
  });
});
