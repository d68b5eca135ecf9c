import fastify from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import { Hub } from '../../../src/lib/hub/core/hub.ts';
import { ROWS_PROTOCOL } from '../../../src/lib/hub/protocol/messages.ts';
import { addControlRoutes } from '../../../src/lib/hub/server/control-routes.ts';
import { errorBody } from '../../../src/lib/hub/server/error-body.ts';
import { WEEKDAYS } from '../../../src/lib/market/trading-hours.ts';
import { startSimulator } from '../../../src/lib/simulator/simulator.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FakeFeed } from '../core/fake-feed.ts';
import { type Answer, parse, SocketUser } from '../core/hub-client.ts';
import { type HubFixture, startHub } from '../core/hub-fixture.ts';
import { ApiUser } from './api-user.ts';

const SBIN = 'NSE:SBIN-EQ';
const INFY = 'NSE:INFY-EQ';
const NIFTY = 'NSE:NIFTY50-INDEX';
const BEARER = 'a-bearer-token-of-this-test';

let hub: HubFixture;
let user: ApiUser;

beforeEach(async () => {
  hub = await startHub({ rules: { token: BEARER } });
  user = new ApiUser(hub, { unix: true });
});

afterEach(async () => {
  user.checkAnswers();
  expect(hub.bugs).toEqual([]);
  await hub.close();
});

const change = (action: 'subscribe' | 'unsubscribe', body: object, session = 's1'): Promise<Answer> =>
  user.post(`/api/sessions/${session}/${action}`, { body });

describe('sessions', () => {
  it('adds symbols to a session, and sends it the change', async () => {
    const socket = await SocketUser.connect(hub, { unix: true });
    await socket.subscribe([SBIN]);
    const answer = await change('subscribe', { symbols: [SBIN, ' nse:infy-eq', 'NSE:NOPE-EQ', 'junk'] });
    expect(answer.status).toBe(200);
    expect(parse(answer)).toEqual({
      status: 'success',
      session: 's1',
      results: [
        { type: 'SymbolUpdate', symbol: SBIN, status: 'already' },
        { type: 'SymbolUpdate', symbol: INFY, status: 'ok' },
        { type: 'SymbolUpdate', symbol: 'NSE:NOPE-EQ', status: 'unknown' },
        { type: 'SymbolUpdate', symbol: 'junk', status: 'unknown' },
      ],
    });
    expect(await socket.next('ack', ({ symbols }) => symbols?.[0] === INFY)).toEqual({
      type: 'ack',
      action: 'subscribe',
      data_type: 'SymbolUpdate',
      symbols: [INFY],
      rejected: [],
    });
    await socket.next('SymbolUpdate', ({ data }) => data?.['symbol'] === INFY);
  });

  it('drops symbols of every kind, or of the one that is named', async () => {
    const socket = await SocketUser.connect(hub, { unix: true });
    await socket.subscribe([SBIN, INFY]);
    await socket.subscribe([SBIN], 'DepthUpdate');
    expect(parse(await change('unsubscribe', { symbols: [INFY, SBIN], data_type: 'DepthUpdate' }))).toEqual({
      status: 'success',
      session: 's1',
      results: [
        { type: 'DepthUpdate', symbol: INFY, status: 'not_subscribed' },
        { type: 'DepthUpdate', symbol: SBIN, status: 'ok' },
      ],
    });
    expect(await socket.next('ack', ({ action }) => action === 'unsubscribe')).toMatchObject({
      data_type: 'DepthUpdate',
      symbols: [SBIN],
    });
    await socket.subscribe([SBIN], 'LiteUpdate');
    expect(parse(await change('unsubscribe', { symbols: [SBIN, 'junk'] }))).toMatchObject({
      results: [
        { type: 'SymbolUpdate', symbol: SBIN, status: 'ok' },
        { type: 'LiteUpdate', symbol: SBIN, status: 'ok' },
        { type: 'SymbolUpdate', symbol: 'junk', status: 'not_subscribed' },
      ],
    });
    expect(await user.status()).toMatchObject({ sessions: [{ symbols: [INFY] }] });
  });

  it('adds to a command what it prints, by default what it is about', async () => {
    const path = '/api/websocket/stream?command=stream%20depth&pid=77&kinds=depth,lite';
    const rows = await SocketUser.connect(hub, { unix: true, protocol: ROWS_PROTOCOL, path });
    const hello = await rows.next('hello');
    expect(hello).toMatchObject({ session: 's1', pid: process.pid, feed: 'the simulator', simulated: true });
    expect(parse(await change('subscribe', { symbols: [SBIN] }))).toMatchObject({
      results: [{ type: 'DepthUpdate', symbol: SBIN, status: 'ok' }],
    });
    expect(await rows.next('changed')).toEqual({ type: 'changed', added: [['DepthUpdate', SBIN]], dropped: [] });
    await rows.next('DepthUpdate');
    const answer = await change('subscribe', { symbols: [SBIN], data_type: 'SymbolUpdate' });
    expect(answer.status).toBe(400);
    expect(parse(answer)).toMatchObject({ code: 'SESSION_WITHOUT_KIND', message: expect.stringContaining('s1') });
    expect(await user.status()).toMatchObject({ sessions: [{ command: 'stream depth', pid: 77, symbols: [SBIN] }] });
  });

  it('adds to a recording all that it records, and says what does not exist of a symbol', async () => {
    const path = '/api/websocket/stream?command=record&pid=77&kinds=symbol,index,depth';
    const rows = await SocketUser.connect(hub, { unix: true, protocol: ROWS_PROTOCOL, path });
    await rows.next('hello');
    expect(parse(await change('subscribe', { symbols: [SBIN, NIFTY, 'junk'] }))).toEqual({
      status: 'success',
      session: 's1',
      results: [
        { type: 'SymbolUpdate', symbol: SBIN, status: 'ok' },
        { type: 'DepthUpdate', symbol: SBIN, status: 'ok' },
        { type: 'IndexUpdate', symbol: NIFTY, status: 'ok' },
        { type: 'SymbolUpdate', symbol: 'junk', status: 'unknown' },
      ],
      left_out: [{ type: 'DepthUpdate', symbol: NIFTY }],
    });
    expect(await rows.next('changed')).toMatchObject({
      added: [
        ['SymbolUpdate', SBIN],
        ['DepthUpdate', SBIN],
        ['IndexUpdate', NIFTY],
      ],
    });
    expect(parse(await change('subscribe', { symbols: [INFY], data_type: 'DepthUpdate' }))).toMatchObject({
      results: [{ type: 'DepthUpdate', symbol: INFY, status: 'ok' }],
    });
  });

  it('says why a session gets nothing of what it is to be given', async () => {
    const socket = await SocketUser.connect(hub, { unix: true });
    await socket.subscribe([SBIN]);
    const [session] = hub.hub.sessions();
    if (session === undefined) throw new Error('no session');
    session.pending = 5_000;
    const answer = await change('subscribe', { symbols: [INFY] });
    session.pending = 0;
    expect(parse(answer)).toMatchObject({ status: 'error', code: 'TOO_MANY_SYMBOLS' });
    expect(await user.status()).toMatchObject({ sessions: [{ symbols: [SBIN] }] });
  });

  it('says in time that the feed does not answer, and keeps nothing', async () => {
    const clock = new ManualClock();
    let feed: FakeFeed | undefined;
    const own = await Hub.open({
      calendar: WEEKDAYS,
      clock,
      openFeed: async (listener) => {
        feed = new FakeFeed(listener);
        feed.gate = new Promise(() => {});
        return feed;
      },
    });
    const session = own.openSession({ command: 'stream symbols', pid: 1, kinds: ['symbol'] }, { send: () => {} });
    const app = fastify();
    app.setErrorHandler<TickpipeError>((error, _, reply) => reply.code(503).send(errorBody(error)));
    addControlRoutes(app, own, () => {});
    const url = `/api/sessions/${session.id}/subscribe`;
    const answering = app.inject({ method: 'POST', url, payload: { symbols: [SBIN] } });
    await vi.waitFor(() => expect(feed?.calls).toEqual([`+ symbol ${SBIN}`]), { interval: 1, timeout: 20_000 });
    clock.advance(8_000);
    expect((await answering).json()).toMatchObject({
      code: 'FEED_UNREACHABLE',
      message: 'the feed has not answered in time',
    });
    expect([...own.values()]).toEqual([]);
    await app.close();
    await own.close();
  });

  it('refuses what is no change of a session', async () => {
    for (const action of ['subscribe', 'unsubscribe'] as const) {
      const unknown = await change(action, { symbols: [SBIN] }, 's9');
      expect(unknown.status).toBe(404);
      expect(parse(unknown)).toEqual({
        status: 'error',
        code: 'NO_SESSION',
        message: 'there is no session "s9"',
        symbols: [],
      });
      for (const body of [
        {},
        { symbols: [] },
        { symbols: [''] },
        { symbols: [SBIN], data_type: 'X' },
        { symbols: [SBIN], all: true },
      ]) {
        const answer = await change(action, body);
        expect([answer.status, parse(answer)], JSON.stringify(body)).toMatchObject([400, { code: 'BAD_REQUEST' }]);
      }
    }
    const socket = await SocketUser.connect(hub, { unix: true });
    await socket.subscribe([NIFTY]);
    const depth = await change('subscribe', { symbols: [NIFTY], data_type: 'DepthUpdate' });
    expect(parse(depth)).toMatchObject({ results: [{ type: 'DepthUpdate', symbol: NIFTY, status: 'unknown' }] });
  });
});

describe('the token of the feed', () => {
  const offer = (token: unknown): Promise<Answer> => user.post('/api/hub/token', { body: { token } as object });

  it('is taken when it is later, and not otherwise', async () => {
    const sooner = hub.simulator.issueToken({ exp: Math.floor(Date.now() / 1_000) + 60 }).token;
    expect(parse(await offer(sooner))).toEqual({ status: 'success', offer: 'not_newer' });
    // It has it already.
    expect(parse(await offer(hub.simulator.token))).toEqual({ status: 'success', offer: 'adopted' });
    const exp = Math.floor(Date.now() / 1_000) + 40 * 86_400;
    expect(parse(await offer(hub.simulator.issueToken({ exp }).token))).toEqual({
      status: 'success',
      offer: 'adopted',
    });
    expect(await user.status()).toMatchObject({ token_expires_at: exp * 1_000 });
  });

  it('is refused when it cannot be used, without repeating it', async () => {
    const other = await startSimulator({ rate: 0 });
    const malformed = await offer('NOT-A-TOKEN');
    const expired = await offer(hub.simulator.issueToken({ exp: 1_000_000_000 }).token);
    const foreign = await offer(other.token);
    await other.close();
    expect(
      [malformed, expired, foreign].map((answer) => [answer.status, parse<{ code: string }>(answer).code]),
    ).toEqual([
      [400, 'TOKEN_MALFORMED'],
      [400, 'TOKEN_EXPIRED'],
      [400, 'TOKEN_CHANGED_KIND'],
    ]);
    for (const { text } of [malformed, expired, foreign]) expect(text).not.toMatch(/NOT-A-TOKEN|eyJ/);
    expect((await offer(5)).status).toBe(400);
    expect((await user.post('/api/websocket/connect')).status).toBe(200);
  });
});

describe('stop', () => {
  it('answers, then ends the hub', async () => {
    expect(parse(await user.post('/api/hub/stop'))).toEqual({ status: 'success', pid: process.pid });
    await hub.server.done;
  });

  it('names the commands that start another hub, and no others', async () => {
    const protocol = ROWS_PROTOCOL;
    const connect = async (query: string, unix: boolean): Promise<void> => {
      const path = `/api/websocket/stream?${query}`;
      const user = await SocketUser.connect(hub, {
        unix,
        protocol,
        path,
        ...(!unix && { headers: { authorization: `Bearer ${BEARER}` } }),
      });
      await user.next('hello');
    };
    await connect('command=stream%20symbols&pid=71&kinds=symbol', true);
    await connect('command=record&pid=72&kinds=symbol&ends=1', true);
    await connect('command=serve&pid=73&ends=1', true);
    await connect('command=stream%20depth&pid=74&kinds=depth', false);
    await SocketUser.connect(hub, { unix: true });
    expect(parse(await user.post('/api/hub/stop'))).toEqual({
      status: 'success',
      pid: process.pid,
      returning: [{ command: 'stream symbols', pid: 71 }],
    });
    await hub.server.done;
  });
});

describe('a logout', () => {
  const logOut = (token: string): Promise<Answer> => user.post('/api/hub/logout', { body: { token } });

  it('closes the feed of that token, and of no other', async () => {
    const other = hub.simulator.issueToken().token;
    expect(parse(await logOut(other))).toEqual({ status: 'success', ended: false });
    await user.post('/api/websocket/connect');
    expect(parse(await logOut(hub.simulator.token))).toEqual({ status: 'success', ended: true });
    expect((await user.get('/healthz')).status).toBe(503);
    const malformed = await logOut('NOT-A-TOKEN');
    expect([malformed.status, malformed.text]).toEqual([400, expect.not.stringContaining('NOT-A-TOKEN')]);
    expect(parse(await user.post('/api/hub/token', { body: { token: other } }))).toMatchObject({ offer: 'adopted' });
  });
});

describe('over TCP', () => {
  it.each([
    ['/api/sessions/s1/subscribe', { symbols: [INFY] }],
    ['/api/sessions/s1/unsubscribe', { symbols: [SBIN] }],
    ['/api/hub/token', { token: 'x' }],
    ['/api/hub/logout', { token: 'x' }],
    ['/api/hub/stop', undefined],
  ])('%s is refused, even with the bearer token', async (path, body) => {
    const socket = await SocketUser.connect(hub, { unix: true });
    await socket.subscribe([SBIN]);
    const answer = await user.post(path, {
      unix: false,
      ...(body && { body }),
      headers: { authorization: `Bearer ${BEARER}` },
    });
    expect(answer.status).toBe(403);
    expect(parse(answer)).toEqual({
      status: 'error',
      code: 'FORBIDDEN',
      message: 'only the Unix socket takes this',
      symbols: [],
    });
    const stopped = await Promise.race([hub.server.done.then(() => true), user.status().then(() => false)]);
    expect(stopped).toBe(false);
    expect(await user.status()).toMatchObject({ sessions: [{ symbols: [SBIN] }] });
  });

  it('a command may not open further addresses', async () => {
    const rows = await SocketUser.connect(hub, {
      protocol: ROWS_PROTOCOL,
      headers: { authorization: `Bearer ${BEARER}` },
    });
    await rows.next('hello');
    rows.say({ action: 'listen', id: 4, host: '127.0.0.1', port: 0, allowOrigins: [] });
    expect(await rows.next('error')).toMatchObject({ id: 4, code: 'FORBIDDEN' });
  });
});
