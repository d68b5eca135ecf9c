import { expect, it } from 'vitest';
import { emptyFolder, run, simulate } from './program.ts';

it('fifty commands that start at once never pass the limit of the app', async () => {
  const simulator = await simulate({ rate: 0 });
  const env = { ...simulator.environment, HOME: emptyFolder() };
  const args = ['history', 'NSE:SBIN-EQ', 'NSE:INFY-EQ', '--interval', '1d', '--from', '2026-11-27'];
  const all = await Promise.all(Array.from({ length: 50 }, () => run(args, { env })));
  expect(all.map(({ status, stderr }) => [status, stderr])).toEqual(Array(50).fill([0, '']));
  expect([simulator.counters.historyCalls, simulator.counters.historyBreaches]).toEqual([100, 0]);
});
