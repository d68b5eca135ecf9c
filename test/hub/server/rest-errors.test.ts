import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse } from '../core/hub-client.ts';
import { type HubFixture, startHub } from '../core/hub-fixture.ts';
import { ApiUser } from './api-user.ts';

const ONE = 'symbols=NSE:SBIN-EQ';
const LONG = 'A'.repeat(97);

let hub: HubFixture;
let user: ApiUser;

beforeAll(async () => {
  hub = await startHub();
  user = new ApiUser(hub);
});

/** Whatever was asked: the hub serves on. */
afterEach(async () => {
  expect((await user.get('/healthz')).status).toBe(200);
  expect(hub.bugs).toEqual([]);
});

afterAll(async () => {
  user.checkAnswers();
  await hub.close();
});

const at = (path: string): string => `/api/websocket/${path}`;

describe.each([{ unix: false }, { unix: true }])('bad requests, unix: $unix', ({ unix }) => {
  it.each([
    [
      'an unknown type',
      'POST',
      at(`subscribe?${ONE}&data_type=Ticks`),
      ': SymbolUpdate, IndexUpdate, DepthUpdate, LiteUpdate',
    ],
    ['a type in lower case', 'POST', at(`subscribe?${ONE}&data_type=symbolupdate`), 'data_type'],
    ['two types', 'POST', at(`subscribe?${ONE}&data_type=SymbolUpdate&data_type=LiteUpdate`), 'data_type'],
    ['no type', 'POST', at(`subscribe?${ONE}`), 'data_type'],
    ['no symbols', 'POST', at('subscribe?data_type=SymbolUpdate'), 'symbols'],
    ['an empty symbol', 'POST', at('subscribe?symbols=&data_type=SymbolUpdate'), 'symbols'],
    ['a symbol without end', 'POST', at(`subscribe?symbols=NSE:${LONG}&data_type=SymbolUpdate`), 'symbols'],
    ['nothing at all', 'POST', at('subscribe'), 'symbols'],
    ['an unknown type to unsubscribe', 'POST', at(`unsubscribe?${ONE}&data_type=X`), 'data_type'],
    ['no type to unsubscribe', 'POST', at(`unsubscribe?${ONE}`), 'data_type'],
    ['no symbols to unsubscribe', 'POST', at('unsubscribe?data_type=SymbolUpdate'), 'symbols'],
    ['an unknown type of values', 'GET', at('data/Ticks'), 'data_type'],
    ['an unknown type of a value', 'GET', at('symbol/NSE:SBIN-EQ?data_type=Ticks'), 'data_type'],
    ['no type of a value', 'GET', at('symbol/NSE:SBIN-EQ'), 'data_type'],
    ['a value of an empty symbol', 'GET', at('symbol/?data_type=SymbolUpdate'), 'symbol'],
    ['a value of a symbol without end', 'GET', at(`symbol/NSE:${LONG}?data_type=SymbolUpdate`), 'symbol'],
  ])('%s', async (_, method, path, field) => {
    const answer = await user.ask(method, path, { unix });
    expect(answer.status).toBe(400);
    expect(parse(answer)).toEqual({
      status: 'error',
      code: 'BAD_REQUEST',
      message: expect.stringContaining(field),
      symbols: [],
    });
  });

  it.each([
    [
      'an unknown symbol',
      'POST',
      `subscribe?symbols=NSE:NOPE-EQ&data_type=LiteUpdate`,
      404,
      'UNKNOWN_SYMBOL',
      'NSE:NOPE-EQ',
    ],
    ['a malformed symbol', 'POST', `subscribe?symbols=SBIN&data_type=SymbolUpdate`, 400, 'MALFORMED_SYMBOL', 'SBIN'],
    [
      'an index for depth',
      'POST',
      'subscribe?symbols=NSE:NIFTY50-INDEX&data_type=DepthUpdate',
      400,
      'INDEX_HAS_NO_DEPTH',
      'NSE:NIFTY50-INDEX',
    ],
    ['a share for an index', 'POST', `subscribe?${ONE}&data_type=IndexUpdate`, 400, 'NOT_AN_INDEX', 'NSE:SBIN-EQ'],
    ['what is not subscribed', 'POST', `unsubscribe?${ONE}&data_type=SymbolUpdate`, 404, 'NOT_FOUND', 'NSE:SBIN-EQ'],
    [
      'a malformed symbol to unsubscribe',
      'POST',
      'unsubscribe?symbols=SBIN&data_type=SymbolUpdate',
      400,
      'MALFORMED_SYMBOL',
      'SBIN',
    ],
    [
      'an index for depth to unsubscribe',
      'POST',
      'unsubscribe?symbols=NSE:NIFTY50-INDEX&data_type=DepthUpdate',
      400,
      'INDEX_HAS_NO_DEPTH',
      'NSE:NIFTY50-INDEX',
    ],
    ['a value of a malformed symbol', 'GET', 'symbol/SBIN?data_type=SymbolUpdate', 400, 'MALFORMED_SYMBOL', 'SBIN'],
    [
      'a value of depth of an index',
      'GET',
      'symbol/NSE:NIFTY50-INDEX?data_type=DepthUpdate',
      400,
      'INDEX_HAS_NO_DEPTH',
      'NSE:NIFTY50-INDEX',
    ],
    ['a value that is not there', 'GET', 'symbol/NSE:SBIN-EQ?data_type=SymbolUpdate', 404, 'NOT_FOUND', 'NSE:SBIN-EQ'],
  ])('%s', async (_, method, path, status, code, symbol) => {
    const answer = await user.ask(method, at(path), { unix });
    expect(answer.status).toBe(status);
    expect(parse(answer)).toEqual({ status: 'error', code, message: expect.any(String), symbols: [symbol] });
  });

  it.each([
    ['GET', at('connect'), 'POST'],
    ['DELETE', at('subscribe'), 'POST'],
    ['GET', at(`unsubscribe?${ONE}&data_type=SymbolUpdate`), 'POST'],
    ['PUT', at('status'), 'GET, HEAD'],
    ['POST', at('data/SymbolUpdate'), 'GET, HEAD'],
    ['POST', at('symbol/NSE:SBIN-EQ?data_type=SymbolUpdate'), 'GET, HEAD'],
    ['POST', '/metrics', 'GET, HEAD'],
    ['PATCH', '/healthz', 'GET, HEAD'],
    ['OPTIONS', '/openapi.json', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
    ['GET', '/login', 'POST'],
    ['GET', '/api/hub/stop', 'POST'],
    ['GET', '/api/sessions/s1/subscribe', 'POST'],
  ])('%s %s takes another method', async (method, path, allow) => {
    const answer = await user.ask(method, path, { unix });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe(allow);
    expect(parse(answer)).toMatchObject({ status: 'error', code: 'METHOD_NOT_ALLOWED', symbols: [] });
  });

  it.each([
    '/nothing',
    '/api',
    '/api/websocket',
    at('data'),

    at('symbol/A/B'),
    '/../etc/passwd',
    '//metrics',
  ])('%s is no path', async (path) => {
    const answer = await user.get(path, { unix });
    expect(answer.status).toBe(404);
    expect(parse(answer)).toMatchObject({ status: 'error', code: 'NOT_FOUND', symbols: [] });
  });

  it('a WebSocket path without a WebSocket', async () => {
    const answer = await user.get('/api/websocket/stream', { unix });
    expect(answer.status).toBe(400);
    expect(parse(answer)).toMatchObject({ code: 'BAD_REQUEST', message: 'this path is for WebSockets' });
  });

  it.each([
    ['that cannot be decoded', at('symbol/%E0%A4%A?data_type=SymbolUpdate')],
    ['with a part beyond all symbols', at(`symbol/${'secret'.repeat(50)}?data_type=SymbolUpdate`)],
  ])('a URL %s, which the answer does not repeat', async (_, path) => {
    const answer = await user.get(path, { unix });
    expect(answer.status).toBe(400);
    const message = 'the request cannot be read';
    expect(parse(answer)).toEqual({ status: 'error', code: 'BAD_REQUEST', message, symbols: [] });
  });

  it('a URL of more than 16 KiB', async () => {
    const answer = await user.post(at(`subscribe?symbols=${'A'.repeat(17 * 1024)}&data_type=SymbolUpdate`), { unix });
    expect(answer.status).toBe(413);
    expect(parse(answer)).toMatchObject({ status: 'error', code: 'REQUEST_TOO_LARGE', symbols: [] });
  });

  it('headers of more than 16 KiB', async () => {
    const answer = await user.get('/healthz', { unix, headers: { cookie: 'x'.repeat(17 * 1024) } });
    expect(answer.status).toBe(413);
    expect(parse(answer)).toMatchObject({ code: 'REQUEST_TOO_LARGE' });
  });

  it('a body of more than 256 KiB', async () => {
    const body = { token: 'x'.repeat(256 * 1024) };
    const answer = await user.post('/login', { unix, body });
    expect(answer.status).toBe(413);
    expect(parse(answer)).toMatchObject({ status: 'error', code: 'REQUEST_TOO_LARGE', symbols: [] });
  });

  it('a body of more than 256 KiB of another media type, wherever it goes', async () => {
    const body = 'x'.repeat(256 * 1024 + 1);
    for (const path of ['/login', at('disconnect')]) {
      const answer = await user.post(path, { unix, body, headers: { 'content-type': 'text/plain' } });
      expect(answer.status).toBe(413);
      expect(parse(answer)).toMatchObject({ status: 'error', code: 'REQUEST_TOO_LARGE', symbols: [] });
    }
  });

  it('a body whose media type is not JSON is refused with the reason', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await user.post('/login', { unix, body: '{"token":"x"}', headers });
    expect(answer.status).toBe(400);
    expect(parse(answer)).toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining('application/json') });
  });

  it.each([
    ['not JSON', '{"token":', 'application/json'],
    ['not an object', '[1]', 'application/json'],
    ['of another field', '{"tokn":"x"}', 'application/json'],
    ['with a further field', '{"token":"x","more":1}', 'application/json'],
    ['of another type', '{"token":{}}', 'application/json'],
    ['with an empty token', '{"token":""}', 'application/json'],
    ['of another media type', 'token=x', 'application/x-www-form-urlencoded'],
    ['that would change prototypes', '{"__proto__":{"token":"x"}}', 'application/json'],
  ])('a body that is %s', async (_, body, type) => {
    const answer = await user.post('/login', { unix, body, headers: { 'content-type': type } });
    expect(answer.status).toBe(400);
    expect(parse(answer)).toMatchObject({ status: 'error', code: 'BAD_REQUEST', symbols: [] });
  });
});

describe('a request that takes no body', () => {
  // As `curl -d ''`, and clients that always name JSON, send it.
  it.each([
    ['empty, of a form', '', 'application/x-www-form-urlencoded'],
    ['empty, of JSON', '', 'application/json'],
    ['of JSON', '{"a":1}', 'application/json'],
    ['of text', 'now', 'text/plain'],
  ])('is answered with one that is %s', async (_, body, type) => {
    const answer = await user.post(at('connect'), { body, headers: { 'content-type': type } });
    expect(answer.status).toBe(200);
    expect(parse(answer)).toMatchObject({ status: 'success' });
  });
});

it('what is no HTTP', async () => {
  const answer = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(Number(new URL(hub.url).port), '127.0.0.1', () => socket.write('MAKE MONEY FAST\r\n\r\n'));
    socket.on('data', (data) => {
      text += String(data);
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ status: 'error', code: 'BAD_REQUEST' });
});
