import { expect, onTestFinished, test } from 'vitest';
import { parseAccessToken } from '../../src/lib/auth/access-token.ts';
import { systemClock } from '../../src/lib/clock/clock.ts';
import { RateLimit } from '../../src/lib/data-api/rate-limit.ts';
import { TokenHistory } from '../../src/lib/feed/token-history.ts';
import { readHistoryInterval } from '../../src/lib/history/history-interval.ts';
import { WEEKDAYS } from '../../src/lib/market/trading-hours.ts';
import { DIRECT } from '../../src/lib/network/route.ts';
import { startSimulator } from '../../src/lib/simulator/simulator.ts';

const never = new AbortController().signal;

test('each read uses the token of the day, with the limit of its app', async () => {
  const simulator = await startSimulator({ rate: 0 });
  let token = simulator.token;
  const apps: string[] = [];
  const history = new TokenHistory({
    dataUrl: simulator.dataUrl,
    tokens: { read: async () => parseAccessToken(token) },
    simulated: true,
    limitOf: ({ appId }) => {
      apps.push(appId);
      return new RateLimit(systemClock);
    },
    clock: systemClock,
    random: Math.random,
    outgoing: DIRECT,
    calendar: WEEKDAYS,
  });
  onTestFinished(async () => {
    history.close();
    await simulator.close();
  });
  const [fromMs, toMs] = ['2026-11-26T00:00:00+05:30', '2026-11-27T00:00:00+05:30'].map((text) => Date.parse(text));
  const interval = readHistoryInterval('1d');
  const request = { symbol: 'NSE:SBIN-EQ', interval, oi: false, fromMs: fromMs ?? 0, toMs: toMs ?? 0 };
  const read = async (): Promise<number> => (await history.read(request, never).next()).value?.length ?? 0;
  expect([await read(), await read()]).toEqual([1, 1]);
  expect(apps).toHaveLength(1);
  simulator.inject({ name: 'expire-token' });
  await expect(read()).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
  token = simulator.issueToken().token;
  expect(await read()).toBe(1);
  expect(apps).toHaveLength(2);
  token = simulator.issueToken({ exp: 1 }).token;
  await expect(read()).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
  expect(simulator.counters.historyCalls).toBe(4);
});
