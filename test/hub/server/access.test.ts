import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ROWS_PROTOCOL } from '../../../src/lib/hub/protocol/messages.ts';
import { checkBind } from '../../../src/lib/hub/server/bind-check.ts';
import { parse, SocketUser } from '../core/hub-client.ts';
import { type HubFixture, startHub } from '../core/hub-fixture.ts';
import { ApiUser } from './api-user.ts';

const SBIN = 'NSE:SBIN-EQ';
const PAGE = 'https://charts.example';
const BEARER = 'a-bearer-token-of-this-test';
const SUBSCRIBE = `/api/websocket/subscribe?symbols=${SBIN}&data_type=SymbolUpdate`;

let hub: HubFixture;
let user: ApiUser;

const refusal = (code: string, message: string) => ({ status: 'error', code, message, symbols: [] });
const ELSEWHERE = refusal('FORBIDDEN', 'the request came from a page elsewhere');
const NOT_LOOPBACK = refusal('FORBIDDEN', 'the Host of the request is not a loopback address');
const NO_TOKEN = refusal('HUB_TOKEN_REFUSED', 'this hub wants its bearer token');

function check(): void {
  user.checkAnswers();
  expect(hub.bugs).toEqual([]);
  for (const { text, headers } of user.answers) {
    expect(text + JSON.stringify(headers)).not.toContain(BEARER);
    expect(text + JSON.stringify(headers)).not.toContain(hub.simulator.token.split(':')[1]);
  }
}

describe('a hub for this machine', () => {
  beforeAll(async () => {
    hub = await startHub({ rules: { allowOrigins: [PAGE] } });
    user = new ApiUser(hub);
  });
  afterEach(async () => {
    check();
    expect(await user.status()).toMatchObject({ connected: false, sessions: [] });
  });
  afterAll(() => hub.close());

  const REFUSED: [string, Record<string, string>, object][] = [
    ['another Origin', { origin: 'https://evil.example' }, ELSEWHERE],
    ['Origin null', { origin: 'null' }, ELSEWHERE],
    ['a loopback page on another port', { origin: 'http://127.0.0.1:1' }, ELSEWHERE],
    ['a cross-site fetch', { 'sec-fetch-site': 'cross-site' }, ELSEWHERE],
    ['a same-site fetch', { 'sec-fetch-site': 'same-site' }, ELSEWHERE],
    ['a Host that was rebound', { host: 'rebound.example:8001' }, NOT_LOOPBACK],
    ['a Host of this network', { host: '192.168.1.7' }, NOT_LOOPBACK],
  ];

  it.each(REFUSED)('refuses requests of %s', async (_, headers, body) => {
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/metrics'],
      ['GET', '/api/websocket/status'],
      ['POST', SUBSCRIBE],
      ['POST', '/api/hub/stop'],
      ['OPTIONS', SUBSCRIBE],
      ['GET', '/nothing'],
    ] as const) {
      const answer = await user.ask(method, path, { headers });
      expect([answer.status, parse(answer)], path).toEqual([403, body]);
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  it.each(REFUSED)('refuses WebSockets of %s', async (_, headers, body) => {
    expect(await SocketUser.refused(hub, { headers })).toEqual({ status: 403, body });
  });

  it('serves its own page and programs that name no Origin', async () => {
    for (const host of [new URL(hub.url).host, 'localhost:5000', '[::1]']) {
      const headers = { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' };
      expect((await user.get('/healthz', { headers })).status, host).toBe(200);
      await (await SocketUser.connect(hub, { headers: { host }, origin: `http://${host}` })).close();
    }
  });

  it('serves a page that is allowed, which may read the answers', async () => {
    const headers = { origin: PAGE, 'sec-fetch-site': 'cross-site' };
    const answer = await user.get('/healthz', { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': PAGE, vary: 'origin' });
    const missing = await user.get('/nothing', { headers });
    expect([missing.status, missing.headers['access-control-allow-origin']]).toEqual([404, PAGE]);
    const before = await user.ask('OPTIONS', '/healthz', { headers });
    user.answers.pop();
    expect([before.status, before.text]).toEqual([204, '']);
    expect(before.headers).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'content-type, authorization',
    });
    await (await SocketUser.connect(hub, { origin: PAGE })).close();
  });

  it('has no token to trade for a cookie', async () => {
    for (const unix of [false, true]) {
      const answer = await user.post('/login', { unix, body: { token: 'undefined' } });
      expect([answer.status, parse(answer)]).toEqual([401, refusal('HUB_TOKEN_REFUSED', 'this is not the token')]);
      expect(answer.headers).not.toHaveProperty('set-cookie');
    }
  });
});

describe('a hub with a bearer token', () => {
  beforeAll(async () => {
    hub = await startHub({ rules: { token: BEARER, allowOrigins: [PAGE] } });
    user = new ApiUser(hub);
  });
  afterEach(check);
  afterAll(() => hub.close());

  it.each([
    ['no token', {}],
    ['a wrong token', { authorization: 'Bearer wrong' }],
    ['a token of another scheme', { authorization: `Basic ${BEARER}` }],
    ['a wrong cookie', { cookie: `tickpipe_hub=${BEARER}` }],
  ])('refuses %s', async (_, headers: Record<string, string>) => {
    for (const path of ['/healthz', '/metrics', '/openapi.json', '/api/websocket/status', '/nothing']) {
      const answer = await user.get(path, { headers });
      expect([answer.status, parse(answer)], path).toEqual([401, NO_TOKEN]);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
    expect(await SocketUser.refused(hub, { headers })).toEqual({ status: 401, body: NO_TOKEN });
  });

  it('takes the token, by whatever name it is called', async () => {
    const headers = { authorization: `Bearer ${BEARER}`, host: 'hub.lan:8001' };
    expect((await user.get('/api/websocket/status', { headers })).status).toBe(200);
    const socket = await SocketUser.connect(hub, { headers });
    await socket.ask({ action: 'get_status' }, 'status');
    await socket.close();
  });

  it('wants no token on the Unix socket', async () => {
    expect((await user.get('/api/websocket/status', { unix: true })).status).toBe(200);
  });

  it('trades the token for a cookie, which is as good', async () => {
    const wrong = await user.post('/login', { body: { token: 'wrong' } });
    expect([wrong.status, parse(wrong)]).toEqual([401, refusal('HUB_TOKEN_REFUSED', 'this is not the token')]);
    expect(wrong.headers).not.toHaveProperty('set-cookie');
    const answer = await user.post('/login', { body: { token: BEARER } });
    expect([answer.status, parse(answer)]).toEqual([200, { status: 'success' }]);
    const [set] = answer.headers['set-cookie'] ?? [];
    expect(set).toMatch(/^tickpipe_hub=[0-9a-f]{64}; HttpOnly; SameSite=Strict; Path=\/$/);
    const headers = { cookie: set?.split(';', 1)[0] as string };
    expect((await user.get('/api/websocket/status', { headers })).status).toBe(200);
    await (await SocketUser.connect(hub, { headers })).close();
    const elsewhere = await user.get('/api/websocket/status', {
      headers: { ...headers, origin: 'https://evil.example' },
    });
    expect([elsewhere.status, parse(elsewhere)]).toEqual([403, ELSEWHERE]);
  });

  it('lets an allowed page ask beforehand, and then with the token', async () => {
    const headers = { origin: PAGE };
    expect((await user.ask('OPTIONS', SUBSCRIBE, { headers })).status).toBe(204);
    user.answers.pop();
    const without = await user.get('/healthz', { headers });
    expect([without.status, without.headers['access-control-allow-origin']]).toEqual([401, PAGE]);
    const answer = await user.get('/healthz', { headers: { ...headers, authorization: `Bearer ${BEARER}` } });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, PAGE]);
  });

  it('gives the page itself without the token: it asks for it', async () => {
    expect((await user.get('/')).status).toBe(200);
    expect((await user.get('/app.js')).status).toBe(200);
  });
});

describe('an address beyond this machine', () => {
  it.each(['0.0.0.0', '::', '192.168.1.7', 'hub.lan', '127.0.0.1.nip.io', ''])('%s wants a token', (host) => {
    expect(() => checkBind(host, undefined)).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(() => checkBind(host, 'token')).not.toThrow();
  });

  it.each(['127.0.0.1', '127.9.9.9', 'localhost', '::1'])('%s is of this machine', (host) => {
    expect(() => checkBind(host, undefined)).not.toThrow();
  });

  it('is not opened for a command without a token', async () => {
    hub = await startHub();
    const rows = await SocketUser.connect(hub, { unix: true, protocol: ROWS_PROTOCOL });
    const listen = { action: 'listen', id: 1, port: 0, allowOrigins: [] };
    rows.say({ ...listen, host: '0.0.0.0' });
    expect(await rows.next('error')).toMatchObject({ id: 1, code: 'USAGE' });
    rows.say({ ...listen, id: 2, host: '0.0.0.0', token: BEARER });
    const { url } = (await rows.next('listening')) as unknown as { url: string };
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const address = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
    const outside = new ApiUser({ ...hub, url: `http://${address}:${new URL(url).port}` });
    expect((await outside.get('/healthz')).status).toBe(401);
    expect((await outside.get('/healthz', { headers: { authorization: `Bearer ${BEARER}` } })).status).toBe(200);
    await rows.close();
    await hub.close();
  });
});
