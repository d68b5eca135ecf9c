import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse, SocketUser } from '../core/hub-client.ts';
import { type HubFixture, startHub } from '../core/hub-fixture.ts';
import { ApiUser } from './api-user.ts';

const SBIN = 'NSE:SBIN-EQ';
/** By hand: what dashboards are built on. */
const METRICS = {
  tickpipe_connected: 'gauge',
  tickpipe_messages_total: 'counter',
  tickpipe_bytes_total: 'counter',
  tickpipe_ticks_total: 'counter',
  tickpipe_malformed_total: 'counter',
  tickpipe_gaps_total: 'counter',
  tickpipe_reconnects_total: 'counter',
  tickpipe_last_tick_age_seconds: 'gauge',
  tickpipe_subscriptions: 'gauge',
  tickpipe_clients: 'gauge',
  tickpipe_rows_total: 'counter',
  tickpipe_skipped_rows_total: 'counter',
  tickpipe_queued_rows: 'gauge',
  tickpipe_queued_bytes: 'gauge',
};

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

interface Metric {
  readonly type: string;
  readonly help: string;
  readonly value: number;
}

/** Prometheus text, version 0.0.4, of metrics without labels. Throws for a line that is none of it. */
function parseMetrics(text: string): Record<string, Metric> {
  expect(text.endsWith('\n')).toBe(true);
  const metrics: Record<string, Metric> = {};
  let help: [string, string] | undefined;
  let type: [string, string] | undefined;
  for (const line of text.split('\n')) {
    const [, kind, name = '', rest = ''] = /^(?:# (HELP|TYPE) )?([a-z_]+) (.+)$/.exec(line) ?? [];
    if (line === '') continue;
    if (name === '') throw new Error(`not a line of Prometheus text: ${line}`);
    if (kind === 'HELP') help = [name, rest];
    else if (kind === 'TYPE') type = [name, rest];
    else {
      expect([help?.[0], type?.[0], metrics[name]]).toEqual([name, name, undefined]);
      expect(rest).toMatch(/^-?\d+(\.\d+)?(e[+-]?\d+)?$/);
      metrics[name] = { type: type?.[1] ?? '', help: help?.[1] ?? '', value: Number(rest) };
    }
  }
  return metrics;
}

async function readMetrics(): Promise<Record<keyof typeof METRICS, number>> {
  const metrics = parseMetrics((await user.get('/metrics')).text);
  return Object.fromEntries(Object.entries(metrics).map(([name, { value }]) => [name, value])) as never;
}

describe('/metrics', () => {
  it('is Prometheus text with everything that was promised', async () => {
    const answer = await user.get('/metrics');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const metrics = parseMetrics(answer.text);
    const types = Object.fromEntries(Object.entries(metrics).map(([name, { type }]) => [name, type]));
    const { tickpipe_last_tick_age_seconds: _, ...atOnce } = METRICS;
    expect(types).toEqual(atOnce);
    for (const { help } of Object.values(metrics)) expect(help).toMatch(/./);
  });

  it('says nothing is there before there is', async () => {
    const metrics = await readMetrics();
    expect(metrics).not.toHaveProperty('tickpipe_last_tick_age_seconds');
    expect(new Set(Object.values(metrics))).toEqual(new Set([0]));
  });

  it('follows what happens, and forgets nothing of clients that left', async () => {
    const socket = await SocketUser.connect(hub);
    await user.subscribe(['NSE:INFY-EQ']);
    await socket.subscribe([SBIN]);
    await socket.next('SymbolUpdate');
    hub.simulator.tick(SBIN);
    await socket.next('SymbolUpdate');
    await vi.waitFor(async () => expect((await readMetrics()).tickpipe_ticks_total).toBe(3), {
      interval: 10,
      timeout: 20_000,
    });
    const metrics = await readMetrics();
    expect(metrics).toMatchObject({
      tickpipe_connected: 1,
      tickpipe_subscriptions: 2,
      tickpipe_clients: 2,
      tickpipe_rows_total: 2,
      tickpipe_skipped_rows_total: 0,
      tickpipe_queued_rows: 0,
    });
    expect(metrics.tickpipe_messages_total).toBeGreaterThanOrEqual(3);
    expect(metrics.tickpipe_bytes_total).toBeGreaterThan(metrics.tickpipe_messages_total);
    expect(metrics.tickpipe_last_tick_age_seconds).toBeGreaterThanOrEqual(0);
    expect(metrics.tickpipe_last_tick_age_seconds).toBeLessThan(30);
    await socket.close();
    await vi.waitFor(async () => expect((await readMetrics()).tickpipe_clients).toBe(1), {
      interval: 10,
      timeout: 20_000,
    });
    expect((await readMetrics()).tickpipe_rows_total).toBe(2);
  });

  it('counts a break once', async () => {
    const socket = await SocketUser.connect(hub);
    await socket.subscribe([SBIN]);
    await socket.next('SymbolUpdate');
    const { tickpipe_messages_total: before } = await readMetrics();
    hub.simulator.inject({ name: 'drop' });
    await socket.next('Gap');
    expect(await readMetrics()).toMatchObject({ tickpipe_gaps_total: 1, tickpipe_reconnects_total: 1 });
    expect((await readMetrics()).tickpipe_messages_total).toBeGreaterThan(before);
    await user.post('/api/websocket/disconnect');
    const after = await readMetrics();
    expect(after.tickpipe_connected).toBe(0);
    expect(after.tickpipe_messages_total).toBeGreaterThan(before);
  });
});

describe('/healthz', () => {
  const readHealth = async (): Promise<[number, unknown]> => {
    const answer = await user.get('/healthz');
    return [answer.status, parse(answer)];
  };

  it('is well while nothing is wanted, and while what is wanted comes', async () => {
    expect(await readHealth()).toEqual([200, { status: 'ok', state: 'idle', version: expect.any(String) }]);
    await user.post('/api/websocket/connect');
    expect(await readHealth()).toEqual([200, { status: 'ok', state: 'live', version: expect.any(String) }]);
  });

  it('is not while it is disconnected, on purpose or not', async () => {
    await user.post('/api/websocket/connect');
    await user.post('/api/websocket/disconnect');
    expect(await readHealth()).toEqual([
      503,
      { status: 'unhealthy', state: 'disconnected', version: expect.any(String) },
    ]);
    await user.post('/api/websocket/connect');
    expect(await readHealth()).toEqual([200, { status: 'ok', state: 'live', version: expect.any(String) }]);
    await hub.simulator.close();
    const away = {
      status: 'unhealthy',
      state: expect.stringMatching(/^(disconnected|connecting)$/),
      version: expect.any(String),
    };
    await vi.waitFor(async () => expect(await readHealth()).toEqual([503, away]), { interval: 10, timeout: 20_000 });
  });

  it('is not while there is no token that is good', async () => {
    await user.subscribe([SBIN]);
    await user.post('/api/websocket/connect');
    hub.simulator.inject({ name: 'expire-token' });
    const waiting = { status: 'unhealthy', state: 'waiting_for_token', version: expect.any(String) };
    await vi.waitFor(async () => expect(await readHealth()).toEqual([503, waiting]), { interval: 10, timeout: 10_000 });
    const late = await user.subscribe(['NSE:INFY-EQ']);
    expect([late.status, parse(late)]).toMatchObject([503, { code: expect.stringMatching(/^TOKEN_/) }]);
    expect(late.text).not.toContain(hub.simulator.token.split(':')[1]);
    await user.post('/api/hub/token', { unix: true, body: { token: hub.simulator.issueToken().token } });
    await vi.waitFor(async () => expect((await readHealth())[0]).toBe(200), { interval: 10, timeout: 10_000 });
  });
});
