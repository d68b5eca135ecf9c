import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/lib/clock/clock.ts';
import { MAX_SESSIONS, MAX_TCP_SESSIONS } from '../../../src/lib/hub/core/hub.ts';
import { ROWS_PROTOCOL } from '../../../src/lib/hub/protocol/messages.ts';
import { RequestLimit } from '../../../src/lib/hub/server/request-limit.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { parse, SocketUser } from '../core/hub-client.ts';
import { type HubFixture, startHub } from '../core/hub-fixture.ts';
import { ApiUser } from './api-user.ts';

const SBIN = 'NSE:SBIN-EQ';
const STATUS = JSON.stringify({ action: 'get_status' });

/** For limits of what a second holds: it lasts until the test says so. */
const stopped = { ...systemClock, now: () => systemClock.now(), monotonic: () => stoppedAt };
let stoppedAt = 0;

let hub: HubFixture;
let user: ApiUser;

beforeEach(async () => {
  stoppedAt = 0;
  hub = await startHub({ clock: stopped, simulator: { generated: 6_000 } });
  user = new ApiUser(hub);
});

afterEach(async () => {
  user.checkAnswers();
  expect(hub.bugs).toEqual([]);
  await hub.close();
});

const generated = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `NSE:SIM${String(from + at).padStart(4, '0')}-EQ`);

describe('clients', () => {
  const refusal = (message: string) => ({
    status: 503,
    body: { status: 'error', code: 'TOO_MANY_CLIENTS', message, symbols: [] },
  });
  const connectMany = (count: number, options?: Parameters<typeof SocketUser.connect>[1]): Promise<SocketUser[]> =>
    Promise.all(Array.from({ length: count }, () => SocketUser.connect(hub, options)));

  it(`over TCP are ${MAX_TCP_SESSIONS} at most; a further one is refused, and let in when another leaves`, async () => {
    const sockets = await connectMany(MAX_TCP_SESSIONS);
    expect(await SocketUser.refused(hub)).toEqual(refusal(`the hub has ${MAX_TCP_SESSIONS} clients over TCP already`));
    expect(await (sockets[0] as SocketUser).subscribe([SBIN])).toMatchObject({ symbols: [SBIN] });
    await (sockets[1] as SocketUser).close();
    await vi.waitFor(() => expect(hub.hub.sessionCount).toBe(MAX_TCP_SESSIONS - 1), { interval: 5, timeout: 20_000 });
    sockets.push(await SocketUser.connect(hub));
    for (const { socket } of sockets) socket.terminate();
  });

  it(`of the owner have places left when others keep all theirs, up to ${MAX_SESSIONS}`, async () => {
    const others = await connectMany(MAX_TCP_SESSIONS);
    const options = { unix: true, protocol: ROWS_PROTOCOL };
    const own = await connectMany(MAX_SESSIONS - MAX_TCP_SESSIONS - 1, options);
    expect((await user.subscribe([SBIN], 'SymbolUpdate')).status).toBe(200);
    expect(hub.hub.sessionCount).toBe(MAX_SESSIONS);
    expect(await SocketUser.refused(hub, options)).toEqual(refusal(`the hub has ${MAX_SESSIONS} clients already`));
    for (const { socket } of [...others, ...own]) socket.terminate();
  });
});

describe('refused WebSockets', () => {
  /** Resolves when the hub has let go of the connection: a caller that does not hang up cannot tell by reading. */
  const refuse = (): Promise<void> =>
    new Promise((resolve) => {
      const { hostname, port } = new URL(hub.url);
      const caller = connect({ host: hostname, port: Number(port), allowHalfOpen: true }, () => {
        caller.write(
          'GET /api/websocket/elsewhere HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
        );
      });
      let answer = '';
      caller.on('data', (data) => {
        answer += String(data);
      });
      caller.on('end', () => {
        expect(answer).toMatch(/^HTTP\/1\.1 404 /);
        // What is still written finds nobody.
        const more = setInterval(() => caller.write('x'), 1);
        caller.on('error', () => {
          clearInterval(more);
          resolve();
        });
      });
    });

  it('keep no connection, even of callers that do not hang up', async () => {
    await Promise.all(Array.from({ length: 50 }, refuse));
    await SocketUser.connect(hub);
  });
});

describe('symbols of a client', () => {
  it('are 5,000 at most, however often it asks for the same', async () => {
    const socket = await SocketUser.connect(hub);
    expect((await socket.subscribe(generated(1, 4_999), 'LiteUpdate')).symbols).toHaveLength(4_999);
    expect((await socket.subscribe(generated(1, 4_999), 'LiteUpdate')).symbols).toHaveLength(4_999);
    socket.say({ action: 'subscribe', symbols: generated(5_000, 2), data_type: 'LiteUpdate' });
    expect(await socket.next('error')).toMatchObject({ code: 'TOO_MANY_SYMBOLS', symbols: generated(5_000, 2) });
    expect(await socket.subscribe([SBIN], 'LiteUpdate')).toMatchObject({ symbols: [SBIN] });
    const other = await user.subscribe(['NSE:INFY-EQ']);
    expect([other.status, parse(other)]).toMatchObject([429, { code: 'TOO_MANY_SYMBOLS', symbols: ['NSE:INFY-EQ'] }]);
  });
});

describe('messages', () => {
  it('are 1,000 at once, then 100 in a second; more get an error', async () => {
    const socket = await SocketUser.connect(hub);
    for (let sent = 0; sent < 1_001; sent++) socket.say(STATUS);
    expect(await socket.next('error')).toEqual({
      type: 'error',
      code: 'RATE_LIMITED',
      message: 'too many messages in a second',
    });
    // That there is too much is told at once; everything else is answered.
    for (let answered = 0; answered < 1_000; answered++) await socket.next('status');
    expect(await socket.ask(STATUS, 'error')).toMatchObject({ code: 'RATE_LIMITED' });
    // Somebody else's are their own.
    await (await SocketUser.connect(hub)).ask(STATUS, 'status');
    stoppedAt += 20;
    await socket.ask(STATUS, 'status');
    await socket.ask(STATUS, 'status');
    expect(await socket.ask(STATUS, 'error')).toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('of more than 1 MiB end that connection alone, with 1009', async () => {
    const socket = await SocketUser.connect(hub);
    const other = await SocketUser.connect(hub);
    const room = 1024 * 1024 - JSON.stringify({ action: 'get_status', room: '' }).length;
    await socket.ask({ action: 'get_status', room: 'x'.repeat(room) }, 'status');
    const closed = new Promise<number>((resolve) => socket.socket.once('close', resolve));
    socket.say({ action: 'get_status', room: 'x'.repeat(room + 1) });
    expect(await closed).toBe(1009);
    await other.ask(STATUS, 'status');
    expect(await user.status()).toMatchObject({ sessions: [{ id: 's2' }] });
  });
});

describe('requests', () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const askQuickly = (): Promise<number> =>
    new Promise((resolve, reject) => {
      request(`${hub.url}/style.css`, { agent }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      })
        .on('error', reject)
        .end();
    });

  it('are 2,000 at once to an address, then 500 in a second; more are refused with the reason', async () => {
    const statuses = new Set(await Promise.all(Array.from({ length: 2_000 }, askQuickly)));
    expect([...statuses]).toEqual([200]);
    const answer = await user.get('/metrics');
    expect([answer.status, parse(answer)]).toEqual([
      429,
      { status: 'error', code: 'RATE_LIMITED', message: 'too many requests in a second', symbols: [] },
    ]);
    expect(await SocketUser.refused(hub)).toMatchObject({ status: 429 });
    // The user's own commands come by another address.
    expect((await user.get('/metrics', { unix: true })).status).toBe(200);
    // Nor does it concern who watches over the hub.
    expect((await user.get('/healthz')).status).toBe(200);
    stoppedAt += 2;
    expect((await user.get('/metrics')).status).toBe(200);
    expect((await user.get('/metrics')).status).toBe(429);
    agent.destroy();
  });
});

describe('a rate limit', () => {
  it('fills up with time, to its burst and no further', () => {
    const clock = new ManualClock();
    const limit = new RequestLimit(clock, 10, 3);
    const takeAll = (): number => {
      let taken = 0;
      while (limit.take()) taken++;
      return taken;
    };
    expect(takeAll()).toBe(3);
    clock.advance(99);
    expect(takeAll()).toBe(0);
    clock.advance(2);
    expect(takeAll()).toBe(1);
    clock.advance(3_600_000);
    expect(takeAll()).toBe(3);
  });
});
