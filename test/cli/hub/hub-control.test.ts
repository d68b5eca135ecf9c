import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findHub, type HubControl } from '../../../src/lib/cli/hub/hub-control.ts';
import { makeContext, makeProgram } from '../program/make-program.ts';

const REPORT = {
  hub: {
    pid: 7,
    since: 1,
    feed: 'sim',
    state: 'live',
    token_expires_at: null,
    last_tick_at: 1,
    reconnects: 0,
    gaps: 0,
  },
  sessions: [],
  subscriptions: { SymbolUpdate: [], DepthUpdate: [], IndexUpdate: [], LiteUpdate: [] },
  silent: [],
};

let server: Server;
let answer: { status: number; body: unknown };

beforeEach(async () => {
  server = createServer((_, response) => {
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

function find(): Promise<HubControl | undefined> {
  const feed = new URL(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return findHub({ feed }, makeContext(makeProgram()));
}

it('reads the status of a hub', async () => {
  answer = { status: 200, body: { ...REPORT, later: 1 } };
  expect((await find())?.status).toEqual(REPORT);
});

it.each([{}, null, [], { ...REPORT, hub: { ...REPORT.hub, pid: 'x' } }, { ...REPORT, sessions: [{}] }])(
  'what answers otherwise than a hub is none: %j',
  async (body) => {
    answer = { status: 200, body };
    await expect(find()).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE' });
  },
);

it.each(['toString', 'constructor', '__proto__', 5])(
  'does not take a refusal with the code %s for one of a hub',
  async (code) => {
    answer = { status: 400, body: { code, message: 'no' } };
    await expect(find()).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE' });
  },
);

it('reads the answer to a request', async () => {
  answer = { status: 200, body: REPORT };
  const hub = await find();
  answer = { status: 200, body: {} };
  await expect(hub?.post('stopped', '/api/hub/stop')).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE' });
  answer = { status: 200, body: { status: 'success', pid: 7 } };
  expect(await hub?.post('stopped', '/api/hub/stop')).toEqual({ status: 'success', pid: 7 });
  answer = { status: 400, body: { code: 'BAD_REQUEST', message: 'no' } };
  await expect(hub?.post('stopped', '/api/hub/stop')).rejects.toMatchObject({ code: 'BAD_REQUEST', message: 'no' });
});
