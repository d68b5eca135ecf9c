import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CATALOGUE, type ErrorCode } from '../../../src/lib/errors/catalogue.ts';
import { createOpenApi } from '../../../src/lib/hub/documents/openapi.ts';
import { SAMPLE_ROWS } from '../../../src/lib/market/sample-rows.ts';
import { type Answer, parse, SocketUser } from '../core/hub-client.ts';
import { type HubFixture, startHub } from '../core/hub-fixture.ts';
import { ApiUser } from '../server/api-user.ts';
import { API, checkAnswer, checkValue, findOperation, listOperations, resolveResponse } from './api-description.ts';
import { type Json, nameOf, readJson } from './schema-checker.ts';

const SBIN = 'NSE:SBIN-EQ';
const BEARER = 'a-bearer-token-of-this-test';

/** Every request may be answered with these, and all but those of the page with 401. */
const ALWAYS = ['400', '403', '413', '429', '500'];
const GUARDED = [...ALWAYS, '401'];

/** The API by hand, so that a change is deliberate: its operations, what each takes, which answers there are. */
const ROUTES: Record<string, { id: string; takes?: string[]; answers: string[] }> = {
  'POST /api/websocket/connect': { id: 'connectFeed', answers: ['200', ...GUARDED, '503'] },
  'POST /api/websocket/disconnect': { id: 'disconnectFeed', answers: ['200', ...GUARDED] },
  'POST /api/websocket/subscribe': {
    id: 'subscribeSymbols',
    takes: ['query symbols', 'query data_type'],
    answers: ['200', ...GUARDED, '404', '503'],
  },
  'POST /api/websocket/unsubscribe': {
    id: 'unsubscribeSymbols',
    takes: ['query symbols', 'query data_type'],
    answers: ['200', ...GUARDED, '404'],
  },
  'GET /api/websocket/status': { id: 'getConnectionStatus', answers: ['200', ...GUARDED] },
  'GET /api/websocket/data/{data_type}': {
    id: 'getLastValues',
    takes: ['path data_type'],
    answers: ['200', ...GUARDED],
  },
  'GET /api/websocket/symbol/{symbol}': {
    id: 'getLastValue',
    takes: ['path symbol', 'query data_type'],
    answers: ['200', ...GUARDED, '404'],
  },
  'GET /api/bars/{symbol}': {
    id: 'getBars',
    takes: ['path symbol', 'query interval'],
    answers: ['200', ...GUARDED, '404'],
  },
  'GET /api/history/{symbol}': {
    id: 'getHistory',
    takes: ['path symbol', 'query interval', 'query from', 'query to', 'query oi'],
    answers: ['200', ...GUARDED, '404', '503'],
  },
  'GET /api/websocket/stream': { id: 'openStream', answers: ['101', ...GUARDED, '503'] },
  'GET /api/hub/status': { id: 'getHubStatus', answers: ['200', ...GUARDED] },
  'POST /api/sessions/{id}/subscribe': {
    id: 'addSessionSymbols',
    takes: ['path id', 'body'],
    answers: ['200', ...GUARDED, '404', '503'],
  },
  'POST /api/sessions/{id}/unsubscribe': {
    id: 'dropSessionSymbols',
    takes: ['path id', 'body'],
    answers: ['200', ...GUARDED, '404'],
  },
  'POST /api/hub/token': { id: 'offerToken', takes: ['body'], answers: ['200', ...GUARDED, '503'] },
  'POST /api/hub/logout': { id: 'endToken', takes: ['body'], answers: ['200', ...GUARDED] },
  'POST /api/hub/stop': { id: 'stopHub', answers: ['200', ...GUARDED] },
  'GET /healthz': { id: 'checkHealth', answers: ['200', ...GUARDED, '503'] },
  'GET /metrics': { id: 'getMetrics', answers: ['200', ...GUARDED] },
  'GET /openapi.json': { id: 'getOpenApi', answers: ['200', ...GUARDED] },
  'GET /api/asyncapi.json': { id: 'getAsyncApi', answers: ['200', ...GUARDED] },
  'POST /login': { id: 'logIn', takes: ['body'], answers: ['200', ...GUARDED] },
  'GET /': { id: 'getPage', answers: ['200', ...ALWAYS] },
  'GET /app.js': { id: 'getPageScript', answers: ['200', ...ALWAYS] },
  'GET /style.css': { id: 'getPageStyle', answers: ['200', ...ALWAYS] },
};

/** The names that generated code gets, by hand, so that a change is deliberate. */
const SCHEMAS = [
  'Bar',
  'BarsAnswer',
  'ClientSession',
  'Connection',
  'ConnectionAnswer',
  'ConnectionStatus',
  'Counters',
  'CountsByType',
  'DepthLevel',
  'DepthUpdate',
  'ErrorAnswer',
  'Health',
  'HistoryAnswer',
  'HubState',
  'HubStatus',
  'IndexUpdate',
  'LastValueAnswer',
  'LastValuesAnswer',
  'LeftOutSymbol',
  'LiteUpdate',
  'LoginAnswer',
  'LoginRequest',
  'Rejection',
  'ReturningCommand',
  'Row',
  'RowType',
  'SessionChange',
  'SessionChangeAnswer',
  'StatusAnswer',
  'StopAnswer',
  'SubscribeAnswer',
  'SymbolChange',
  'SymbolUpdate',
  'SymbolsByType',
  'TokenEnd',
  'TokenEndAnswer',
  'TokenOffer',
  'TokenOfferAnswer',
  'UnsubscribeAnswer',
];

const { schemas } = API.components;

describe('the OpenAPI document', () => {
  it('is valid, and of this program', async () => {
    const { valid, errors } = await new Validator().validate(createOpenApi('1.2.3') as Record<string, unknown>);
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(API).toMatchObject({ openapi: '3.1.0', info: { title: 'tickpipe hub', version: '1.2.3' } });
  });

  it('is docs/openapi.json, as npm run docs writes it', async () => {
    const [about, page] = await Promise.all(['package.json', 'docs/openapi.json'].map(readJson));
    expect(page).toEqual(createOpenApi(about?.['version'] as string));
  });

  it('describes what it should, and nothing else', () => {
    const described = listOperations().map(({ name, operation }) => [
      name,
      {
        id: operation.operationId,
        takes: [
          ...(operation.parameters ?? []).map((parameter) => `${parameter.in} ${parameter.name}`),
          ...(operation.requestBody ? ['body'] : []),
        ],
        answers: Object.keys(operation.responses).sort(),
      },
    ]);
    const expected = Object.entries(ROUTES).map(([name, { id, takes = [], answers }]) => [
      name,
      { id, takes, answers: answers.toSorted() },
    ]);
    expect(Object.fromEntries(described)).toEqual(Object.fromEntries(expected));
    expect(Object.keys(schemas).sort()).toEqual(SCHEMAS.toSorted());
  });

  it('says what each operation is for, with an example of what it takes and of what it answers', () => {
    const tags = API.tags.map(({ name }) => name);
    for (const { operation } of listOperations()) {
      const { operationId: id, summary, description, parameters = [], requestBody } = operation;
      expect(summary, id).toMatch(/^[A-Z][^.]+$/);
      expect(description, id).toMatch(/^[A-Z][\s\S]+\.$/);
      expect(operation.tags.filter((tag) => tags.includes(tag))).toHaveLength(1);
      for (const parameter of parameters) {
        expect(parameter, id).toMatchObject({ required: true, description: expect.stringMatching(/\.$/) });
        expect(parameter.example, id).toBeDefined();
      }
      if (requestBody) {
        const { schema, example } = requestBody.content['application/json'] ?? {};
        expect(requestBody.required, id).toBe(true);
        expect(checkValue(nameOf(schema), example), id).toEqual([]);
      }
      for (const [status, response] of Object.entries(operation.responses)) {
        const { description: meaning, content = {} } = resolveResponse(response);
        expect(meaning, `${id} ${status}`).toMatch(/./);
        for (const { schema, example, examples } of Object.values(content)) {
          if (!('$ref' in schema)) continue;
          const values = examples
            ? Object.values(examples).map((given) => API.components.examples[nameOf(given)]?.value)
            : [example];
          expect(values.length, `${id} ${status}`).toBeGreaterThan(0);
          for (const value of values) expect(checkValue(nameOf(schema), value), `${id} ${status}`).toEqual([]);
        }
      }
    }
  });

  it('names the codes of every error, each once and at the status of the catalogue', () => {
    for (const { name, operation } of listOperations()) {
      const responses = Object.entries(operation.responses).map(
        ([status, response]) => [status, resolveResponse(response)['x-error-codes'] ?? []] as const,
      );
      const codes = responses.flatMap(([, own]) => own);
      expect(new Set(codes).size, name).toBe(codes.length);
      for (const [status, own] of responses) {
        for (const code of own) {
          // A bad token is the mistake of the caller that offers it.
          const isBadToken = ['offerToken', 'endToken'].includes(operation.operationId) && status === '400';
          if (!isBadToken) expect(CATALOGUE[code as ErrorCode].http, `${name} ${code}`).toBe(Number(status));
        }
      }
    }
  });

  it('describes every key, and says the unit of every number', () => {
    // Names of types, and the marks by which they are told apart.
    const plain = new Set(['type', 'status', 'data', 'results', 'counters', 'data_type', 'hub']);
    for (const [name, schema] of Object.entries(schemas)) {
      for (const [key, column] of Object.entries((schema['properties'] ?? {}) as Record<string, Json>)) {
        const where = `${name}.${key}`;
        const types = [column['type']].flat();
        const isByType = /ByType$/.test(name);
        if (!plain.has(key) && !isByType) expect(column['description'], where).toMatch(/\.( |$)/);
        if (types.includes('null')) expect(column['description'], where).toContain('Null when');
        const isNumber = types.includes('number') || types.includes('integer');
        if (!isNumber || isByType || key === 'pid' || key === 'age_ms') continue;
        expect(column['x-unit'], where).toMatch(/./);
        expect(column['description'], where).toContain(`${column['x-unit']}.`);
      }
    }
  });

  it.each(['SymbolUpdate', 'IndexUpdate', 'DepthUpdate', 'LiteUpdate'] as const)('describes %s as a row is', (type) => {
    const row = JSON.parse(SAMPLE_ROWS[type]) as Record<string, unknown>;
    expect(checkValue(type, row)).toEqual([]);
    expect(checkValue('Row', { ...row, stale: true, age_ms: 5 })).toEqual([]);
    expect(Object.keys(schemas[type]?.['properties'] as object)).toEqual([...Object.keys(row), 'stale', 'age_ms']);
    expect(checkValue(type, { ...row, received_at: '2026-11-23T09:15:00.123+05:30' })).not.toEqual([]);
    expect(checkValue(type, { ...row, ltp: '5' })).not.toEqual([]);
  });
});

describe('a hub', () => {
  const routes: RouteOptions[] = [];
  const listen = (message: unknown): void => {
    (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', (route) => {
      routes.push(route);
    });
  };
  let hub: HubFixture;
  let user: ApiUser;

  beforeEach(async () => {
    routes.length = 0;
    subscribe('fastify.initialization', listen);
    hub = await startHub({ rules: { token: BEARER } });
    unsubscribe('fastify.initialization', listen);
    user = new ApiUser(hub, { unix: true });
  });

  afterEach(async () => {
    user.checkAnswers();
    expect(hub.bugs).toEqual([]);
    await hub.close();
  });

  it('has the routes that are described, takes what is described, and has no other route', () => {
    const served = routes
      // Beside each GET.
      .filter(({ method }) => method !== 'HEAD')
      .map(({ method, url, schema = {} }) => {
        const { params, querystring, body } = schema as Record<string, { properties: object } | undefined>;
        return [
          `${String(method)} ${url.replace(/:(\w+)/g, '{$1}')}`,
          [
            ...Object.keys(params?.properties ?? {}).map((name) => `path ${name}`),
            ...Object.keys(querystring?.properties ?? {}).map((name) => `query ${name}`),
            ...(body ? ['body'] : []),
          ],
        ];
      });
    expect(served).toHaveLength(Object.keys(ROUTES).length);
    expect(Object.fromEntries(served)).toEqual(
      Object.fromEntries(Object.entries(ROUTES).map(([name, { takes = [] }]) => [name, takes])),
    );
  });

  it('serves the document', async () => {
    expect(parse(await user.get('/openapi.json'))).toEqual(API);
  });

  it('answers every operation with success, as described', async () => {
    const socket = await SocketUser.connect(hub, { unix: true });
    await socket.subscribe([SBIN]);
    const { token } = hub.simulator.issueToken();
    const path = '/api/websocket';
    const requests: (() => Promise<Answer>)[] = [
      () => user.post(`${path}/connect`),
      () => user.subscribe([SBIN, 'NSE:NOPE-EQ']),
      () => user.get(`${path}/status`),
      () => user.get(`${path}/data/SymbolUpdate`),
      () => user.get(`${path}/symbol/${SBIN}?data_type=SymbolUpdate`),
      () => user.get(`/api/bars/${SBIN}?interval=1m`),
      () => user.get(`/api/history/${SBIN}?interval=1d&from=1795545000&to=1795631400`),
      () => user.get('/api/hub/status'),
      () => user.post('/api/sessions/s1/subscribe', { body: { symbols: ['NSE:INFY-EQ'] } }),
      () => user.post('/api/sessions/s1/unsubscribe', { body: { symbols: ['NSE:INFY-EQ'] } }),
      () => user.post('/api/hub/token', { body: { token } }),
      () => user.get('/healthz'),
      () => user.get('/metrics'),
      () => user.get('/openapi.json'),
      () => user.get('/api/asyncapi.json'),
      () => user.post('/login', { unix: false, body: { token: BEARER } }),
      () => user.get('/'),
      () => user.get('/app.js'),
      () => user.get('/style.css'),
      () => user.unsubscribe([SBIN]),
      () => user.post(`${path}/disconnect`),
      () => user.post('/api/hub/logout', { body: { token: hub.simulator.token } }),
      () => user.post('/api/hub/stop'),
    ];
    await socket.next('SymbolUpdate');
    for (const request of requests) {
      const { method, path: asked, status, text } = await request();
      expect(status, `${method} ${asked}: ${text.slice(0, 300)}`).toBe(200);
    }
    const ids = user.answers.map(({ method, path: asked }) => findOperation(method, asked)?.operationId);
    // That one is answered by the WebSocket.
    expect([...ids, 'openStream'].sort()).toEqual(
      Object.values(ROUTES)
        .map(({ id }) => id)
        .toSorted(),
    );
  });

  it('answers every operation that needs its token without one with 401', async () => {
    const open = new Set(['/login', '/', '/app.js', '/style.css']);
    for (const name of Object.keys(ROUTES)) {
      const [method, path] = name.split(' ') as [string, string];
      const answer = await user.ask(method, path.replace(/\{\w+\}/, 'x'), { unix: false });
      expect(answer.status === 401, name).toBe(!open.has(path));
    }
  });
});

describe('the check of answers that these tests use', () => {
  const answer = (change: Partial<Answer>): Answer => ({
    method: 'GET',
    path: '/healthz',
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    text: '{"status":"ok","state":"live","version":"0.2.0"}',
    ...change,
  });
  const wrongToken = '{"status":"error","code":"HUB_TOKEN_REFUSED","message":"no","symbols":[]}';

  it('finds what is not as described', () => {
    checkAnswer(answer({}));
    checkAnswer(answer({ status: 401, text: wrongToken }));
    expect(() => checkAnswer(answer({ text: '{"status":"fine","state":"live"}' }))).toThrow();
    expect(() => checkAnswer(answer({ text: '{"status":"ok"}' }))).toThrow();
    expect(() => checkAnswer(answer({ text: '{"status":"ok","state":"live","more":1}' }))).toThrow();
    expect(() => checkAnswer(answer({ status: 403, text: wrongToken }))).toThrow('FORBIDDEN');
    expect(() => checkAnswer(answer({ status: 404, text: wrongToken }))).toThrow('not described');
    expect(() => checkAnswer(answer({ status: 302 }))).toThrow();
    expect(() => checkAnswer(answer({ headers: { 'content-type': 'text/html' } }))).toThrow();
    expect(() => checkAnswer(answer({ path: '/nothing' }))).toThrow();
  });
});
