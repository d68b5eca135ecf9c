import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Answer, ask, parse } from '../core/hub-client.ts';
import { type HubFixture, startHub } from '../core/hub-fixture.ts';
import { ApiUser, checkAnswer, type OpenApi } from './api-user.ts';

/** The API by hand, so that a change is deliberate: what is asked, what it takes, which answers there are. */
const ROUTES: Record<string, { takes: string[]; answers: string[] }> = {
  'POST /api/websocket/connect': { takes: [], answers: ['200', '4XX', '5XX'] },
  'POST /api/websocket/disconnect': { takes: [], answers: ['200', '4XX', '5XX'] },
  'POST /api/websocket/subscribe': { takes: ['query symbols', 'query data_type'], answers: ['200', '4XX', '5XX'] },
  'POST /api/websocket/unsubscribe': { takes: ['query symbols', 'query data_type'], answers: ['200', '4XX', '5XX'] },
  'GET /api/websocket/status': { takes: [], answers: ['200', '4XX', '5XX'] },
  'GET /api/websocket/data/{data_type}': { takes: ['path data_type'], answers: ['200', '4XX', '5XX'] },
  'GET /api/websocket/symbol/{symbol}': { takes: ['path symbol', 'query data_type'], answers: ['200', '4XX', '5XX'] },
  'GET /api/websocket/stream': { takes: [], answers: ['101', '4XX', '5XX'] },
  'GET /metrics': { takes: [], answers: ['200'] },
  'GET /healthz': { takes: [], answers: ['200', '4XX', '503', '5XX'] },
  'GET /openapi.json': { takes: [], answers: ['200'] },
  'GET /': { takes: [], answers: ['200'] },
  'GET /app.js': { takes: [], answers: ['200'] },
  'GET /style.css': { takes: [], answers: ['200'] },
  'POST /login': { takes: ['body'], answers: ['200', '4XX', '5XX'] },
  'GET /api/hub/status': { takes: [], answers: ['200', '4XX', '5XX'] },
  'POST /api/sessions/{id}/subscribe': { takes: ['path id', 'body'], answers: ['200', '4XX', '5XX'] },
  'POST /api/sessions/{id}/unsubscribe': { takes: ['path id', 'body'], answers: ['200', '4XX', '5XX'] },
  'POST /api/hub/token': { takes: ['body'], answers: ['200', '4XX', '5XX'] },
  'POST /api/hub/stop': { takes: [], answers: ['200', '4XX', '5XX'] },
};

let hub: HubFixture;
let api: OpenApi;

beforeAll(async () => {
  hub = await startHub();
  api = parse(await ask(hub, 'GET', '/openapi.json'));
});

afterAll(() => hub.close());

const operations = () =>
  Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );

describe('/openapi.json', () => {
  it('is of this program', () => {
    expect(api).toMatchObject({ openapi: '3.1.0', info: { title: 'tickpipe hub', version: '1.2.3' } });
  });

  it('describes every route, and no other', () => {
    const described = operations().map(({ name, operation: { parameters = [], requestBody, responses } }) => [
      name,
      {
        takes: [
          ...parameters.map((parameter) => `${parameter.in} ${parameter.name}`),
          ...(requestBody ? ['body'] : []),
        ].sort(),
        answers: Object.keys(responses).sort(),
      },
    ]);
    const expected = Object.entries(ROUTES).map(([name, { takes, answers }]) => [
      name,
      { takes: takes.toSorted(), answers: answers.toSorted() },
    ]);
    expect(Object.fromEntries(described)).toEqual(Object.fromEntries(expected));
  });

  it('says what each is for, and wants what it wants', () => {
    for (const { name, operation } of operations()) {
      expect(operation.summary, name).toMatch(/./);
      for (const parameter of operation.parameters ?? []) expect(parameter.required, name).toBe(true);
      if (operation.requestBody) expect(operation.requestBody.required, name).toBe(true);
    }
  });

  it('holds schemas that can be used, and describes every error alike', () => {
    for (const { name, operation } of operations()) {
      for (const [status, { content }] of Object.entries(operation.responses)) {
        for (const { schema } of Object.values(content ?? {})) {
          expect(() => z.fromJSONSchema(schema), name).not.toThrow();
          if (!/^[45]XX$/.test(status)) continue;
          expect(schema, name).toMatchObject({ required: ['status', 'code', 'message', 'symbols'] });
        }
      }
    }
    // As OpenAPI 3.0 says what JSON Schema says otherwise.
    expect(JSON.stringify(api)).not.toContain('"nullable"');
  });

  it('leads to the routes it names', async () => {
    const user = new ApiUser(hub, { unix: true });
    for (const name of Object.keys(ROUTES)) {
      const [method, path] = name.split(' ') as [string, string];
      if (path === '/api/hub/stop') continue;
      const answer = await user.ask(method, path.replace(/\{\w+\}/, 'x'));
      expect(answer.text, name).not.toContain('there is no such path');
      expect(answer.status, name).not.toBe(405);
    }
    await user.checkAnswers();
  });
});

describe('the check of answers that these tests use', () => {
  const answer = (change: Partial<Answer>): Answer => ({
    method: 'GET',
    path: '/healthz',
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    text: '{"status":"ok","state":"live"}',
    ...change,
  });

  it('tells right from wrong', () => {
    checkAnswer(api, answer({}));
    expect(() => checkAnswer(api, answer({ text: '{"status":"fine","state":"live"}' }))).toThrow();
    expect(() => checkAnswer(api, answer({ text: '{"status":"ok"}' }))).toThrow();
    expect(() => checkAnswer(api, answer({ status: 404 }))).toThrow();
    expect(() => checkAnswer(api, answer({ status: 302 }))).toThrow();
    expect(() => checkAnswer(api, answer({ headers: { 'content-type': 'text/html' } }))).toThrow();
    expect(() => checkAnswer(api, answer({ path: '/nothing' }))).toThrow();
  });
});
