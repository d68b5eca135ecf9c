import { afterEach, beforeEach, expect, it } from 'vitest';
import { readHistoryInterval } from '../../../src/lib/history/history-interval.ts';
import { HubHistory, readsSimulated } from '../../../src/lib/hub/daemon/hub-history.ts';
import type { Bar } from '../../../src/lib/market/bar.ts';
import { parse } from '../core/hub-client.ts';
import { type HubFixture, startHub } from '../core/hub-fixture.ts';
import { ApiUser } from './api-user.ts';

const SBIN = 'NSE:SBIN-EQ';
const at = (time: string): number => Date.parse(`2026-11-27T${time}+05:30`) / 1_000;
const never = new AbortController().signal;

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

const ask = (query: string, symbol = SBIN) => user.get(`/api/history/${encodeURIComponent(symbol)}?${query}`);

it("gives the broker's bars of a symbol that nobody has subscribed", async () => {
  const answer = await ask(`interval=5m&from=${at('10:00:00')}&to=${at('10:15:00')}`);
  const { symbol, interval, data } = parse<{ symbol: string; interval: string; data: (Bar & { type: string })[] }>(
    answer,
  );
  expect([answer.status, symbol, interval]).toEqual([200, SBIN, '5m']);
  expect(data.map(({ start }) => start)).toEqual([at('10:00:00'), at('10:05:00'), at('10:10:00')]);
  expect(data[0]).toMatchObject({ type: 'Bar', source: 'history', final: true, oi: null, simulated: true });
});

it('gives the open interest where it is asked for, and no volume of an index', async () => {
  const span = `from=${at('10:00:00')}&to=${at('10:01:00')}`;
  const future = parse<{ data: Bar[] }>(await ask(`interval=1m&${span}&oi=true`, 'NSE:NIFTY26DECFUT')).data;
  expect(future[0]?.oi).toBeGreaterThan(0);
  expect(parse<{ data: Bar[] }>(await ask(`interval=1m&${span}`, 'NSE:NIFTY50-INDEX')).data[0]?.volume).toBeNull();
});

it.each([
  ['interval=7m&from=1&to=2', SBIN, 400, 'BAD_REQUEST'],
  ['interval=1m&from=2&to=2', SBIN, 400, 'BAD_REQUEST'],
  ['interval=1m&from=1&to=1795755600', SBIN, 400, 'BAD_REQUEST'],
  ['interval=1m&from=x&to=2', SBIN, 400, 'BAD_REQUEST'],
  ['interval=1m&from=1', SBIN, 400, 'BAD_REQUEST'],
  ['interval=1m&from=1795750200&to=1795755600', 'junk', 400, 'MALFORMED_SYMBOL'],
  ['interval=1m&from=1795750200&to=1795755600', 'NSE:NOPE-EQ', 404, 'UNKNOWN_SYMBOL'],
])('refuses %s of %s with %i', async (query, symbol, status, code) => {
  const answer = await ask(query, symbol);
  expect([answer.status, parse<{ code: string }>(answer).code]).toEqual([status, code]);
});

it('passes the refusals of the broker on', async () => {
  const query = `interval=1m&from=${at('10:00:00')}&to=${at('10:01:00')}`;
  hub.simulator.inject({ name: 'history', answer: '429', count: 1 });
  const limited = await ask(query);
  expect([limited.status, parse<{ code: string }>(limited).code]).toEqual([429, 'RATE_LIMITED']);
  hub.simulator.inject({ name: 'history', answer: '-373', count: 1 });
  await expect.poll(async () => parse<{ code: string }>(await ask(query)).code).toBe('APP_WITHOUT_PERMISSION');
});

it('a feed without history says so', async () => {
  const other = await startHub({ hasHistory: false });
  const answer = await new ApiUser(other).get(
    `/api/history/${SBIN}?interval=1m&from=${at('10:00:00')}&to=${at('10:01:00')}`,
  );
  await other.close();
  expect([answer.status, parse<{ message: string }>(answer).message]).toEqual([404, 'the simulator has no history']);
});

it('a client reads it in parts, as bars, and gets the errors of the hub', async () => {
  const target = { socketPath: hub.socketPath };
  const isSimulated = await readsSimulated(target, undefined, never);
  expect(isSimulated).toBe(true);
  const history = new HubHistory({ isSimulated: () => isSimulated, findTarget: () => target });
  const request = { symbol: SBIN, interval: readHistoryInterval('4h'), oi: false };
  const bars: Bar[] = [];
  const span = { fromMs: Date.parse('2026-05-01T00:00:00+05:30'), toMs: at('16:00:00') * 1_000 };
  for await (const some of history.read({ ...request, ...span }, never)) bars.push(...some);
  expect(hub.simulator.counters.historyCalls).toBe(3);
  const starts = bars.map(({ start }) => start);
  expect(starts).toEqual([...new Set(starts)].sort((one, other) => one - other));
  expect(bars[0]).not.toHaveProperty('type');
  const unknown = history.read({ ...request, ...span, symbol: 'NSE:NOPE-EQ' }, never);
  await expect(unknown.next()).rejects.toMatchObject({ code: 'UNKNOWN_SYMBOL' });
  const away = new HubHistory({ isSimulated: () => true, findTarget: () => undefined });
  await expect(away.read({ ...request, ...span }, never).next()).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE' });
});
