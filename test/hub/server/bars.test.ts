import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/lib/market/bar.ts';
import { parse, SocketUser } from '../core/hub-client.ts';
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

const change = (action: 'subscribe' | 'unsubscribe', symbols: readonly string[], interval: string | undefined) =>
  socket.say({ action, symbols, data_type: 'Bar', ...(interval !== undefined && { interval }) });

/** Trades until there was a row of each. */
async function trade(...symbols: readonly string[]): Promise<void> {
  const before = hub.hub.counters.ticks;
  for (const symbol of symbols) hub.simulator.tick(symbol);
  await expect.poll(() => hub.hub.counters.ticks).toBeGreaterThanOrEqual(before + symbols.length);
}

async function readBars(symbol: string, interval: string): Promise<Bar[]> {
  return parse<{ data: Bar[] }>(await user.get(`/api/bars/${symbol}?interval=${interval}`)).data;
}

describe('bars over the WebSocket', () => {
  it('are acknowledged with their interval, and sent when they have ended', async () => {
    change('subscribe', [SBIN, NIFTY, 'NSE:NOPE-EQ', 'junk'], '2t');
    expect(await socket.next('ack')).toEqual({
      type: 'ack',
      action: 'subscribe',
      data_type: 'Bar',
      interval: '2t',
      symbols: [SBIN, NIFTY],
      rejected: [
        { symbol: 'junk', code: 'MALFORMED_SYMBOL' },
        { symbol: 'NSE:NOPE-EQ', code: 'UNKNOWN_SYMBOL' },
      ],
    });
    await expect.poll(() => hub.hub.counters.ticks).toBe(2);
    for (let count = 0; count < 5; count++) await trade(SBIN);
    const { data } = (await socket.next('Bar')) as unknown as { data: Bar };
    expect(data).toMatchObject({ symbol: SBIN, interval: '2t', ticks: 2, final: true, simulated: true });
    expect(Object.keys(data).at(-1)).toBe('simulated');
    expect((await user.status())['sessions']).toMatchObject([{ command: 'websocket', symbols: [SBIN, NIFTY] }]);
    // No rows of ticks.
    expect(socket.events.take().map(({ type }) => type)).not.toContain('SymbolUpdate');
  });

  it('end with their subscription, and the symbol with its last client', async () => {
    change('subscribe', [SBIN, INFY], '1t');
    await socket.next('ack');
    change('unsubscribe', [SBIN, NIFTY], '1t');
    expect(await socket.next('ack')).toMatchObject({
      action: 'unsubscribe',
      data_type: 'Bar',
      interval: '1t',
      symbols: [SBIN],
      rejected: [{ symbol: NIFTY, code: 'NOT_FOUND' }],
    });
    expect((await user.status())['subscriptions']).toMatchObject({ SymbolUpdate: [INFY] });
    await socket.close();
    await expect.poll(async () => (await user.status())['subscriptions']).toMatchObject({ SymbolUpdate: [] });
  });

  it.each([
    ['no interval', undefined, 'interval must be given with Bar, such as 1m'],
    ['a wrong one', '1x', /^interval: "1x" is not an interval; write it as /],
    ['one that is too long', '25h', /^interval: "25h" is too long/],
  ])('%s: an error, and the connection stays', async (_, interval, message) => {
    change('subscribe', [SBIN], interval);
    const matcher = typeof message === 'string' ? message : expect.stringMatching(message);
    expect(await socket.next('error')).toEqual({ type: 'error', code: 'BAD_REQUEST', message: matcher });
    expect(hub.hub.valueCount).toBe(0);
    await socket.ask({ action: 'get_status' }, 'status');
  });

  it('nothing of it is known: an error that names the symbols', async () => {
    change('subscribe', ['NSE:NOPE-EQ'], '1m');
    expect(await socket.next('error')).toMatchObject({ code: 'UNKNOWN_SYMBOL', symbols: ['NSE:NOPE-EQ'] });
    change('unsubscribe', [SBIN], '1m');
    expect(await socket.next('error')).toMatchObject({ code: 'NOT_FOUND', symbols: [SBIN] });
    expect(hub.hub.valueCount).toBe(0);
  });
});

describe('GET /api/bars/{symbol}', () => {
  it('gives the bars that were made for others, and the forming one', async () => {
    change('subscribe', [SBIN], '2t');
    await socket.next('ack');
    await expect.poll(() => hub.hub.counters.ticks).toBe(1);
    for (let count = 0; count < 5; count++) await trade(SBIN);
    const bars = await readBars('nse:sbin-eq', '2t');
    expect(bars.length).toBeGreaterThan(0);
    expect(bars.at(-1)).toMatchObject({ symbol: SBIN, interval: '2t', simulated: true });
    const { data } = (await socket.next('Bar')) as unknown as { data: Bar };
    expect(bars[0]).toEqual(data);
  });

  it('begins with the first request of a symbol that is subscribed', async () => {
    await user.subscribe([NIFTY]);
    await expect.poll(() => hub.hub.counters.ticks).toBe(1);
    expect(await readBars(NIFTY, '1m')).toMatchObject([{ volume: null, final: false, partial: true, ticks: 0 }]);
    await trade(NIFTY, NIFTY);
    expect(await readBars(NIFTY, '1m')).toHaveLength(1);
  });

  it.each([
    ['a symbol that is not subscribed', `${INFY}?interval=1m`, 404, 'NOT_FOUND'],
    ['a malformed symbol', 'SBIN?interval=1m', 400, 'MALFORMED_SYMBOL'],
    ['no interval', SBIN, 400, 'BAD_REQUEST'],
    ['a wrong interval', `${SBIN}?interval=x`, 400, 'BAD_REQUEST'],
    ['an interval that is too long', `${SBIN}?interval=${'1'.repeat(20)}m`, 400, 'BAD_REQUEST'],
    ['two intervals', `${SBIN}?interval=1m&interval=2m`, 400, 'BAD_REQUEST'],
  ])('%s: an error', async (_, path, status, code) => {
    await user.subscribe([SBIN]);
    await expect.poll(() => hub.hub.counters.ticks).toBe(1);
    const answer = await user.get(`/api/bars/${path}`);
    expect({ status: answer.status, code: parse<{ code: string }>(answer).code }).toEqual({ status, code });
  });

  it('of a ninth interval: 429', async () => {
    await user.subscribe([SBIN]);
    await expect.poll(() => hub.hub.counters.ticks).toBe(1);
    for (let minutes = 1; minutes <= 8; minutes++) await readBars(SBIN, `${minutes}m`);
    const answer = await user.get(`/api/bars/${SBIN}?interval=9m`);
    expect(answer.status).toBe(429);
    expect(parse(answer)).toMatchObject({ code: 'TOO_MANY_INTERVALS' });
    await readBars(SBIN, '8m');
  });
});
