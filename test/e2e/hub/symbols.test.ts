import { expect, it } from 'vitest';
import { rowsOf } from '../program.ts';
import { SharedAccount, ticksOf } from './shared-account.ts';

const strikesOf = (text: string): unknown[] => rowsOf(text).map(({ strike }) => strike);

it('symbols chain lists the strikes around the last price of the shared session', async () => {
  const account = await SharedAccount.create({ masterRows: 3_000, rate: 400 });
  const chain = ['symbols', 'chain', 'NIFTY', '--strikes', '2'];
  // Without a session there is no price, and none is started.
  expect((await account.run(chain)).status).toBe(2);
  expect(account.holders()).toEqual([]);
  const running = account.start(['stream', 'index', 'NSE:NIFTY50-INDEX']);
  await running.until(() => ticksOf(running).length > 0);
  const { status, stdout, stderr } = await account.run([...chain, '--verbose']);
  expect(status).toBe(0);
  const price = Number(/around ([\d.]+), the last price of NSE:NIFTY50-INDEX/.exec(stderr)?.[1]);
  const around = await account.run([...chain, '--around', String(price)]);
  expect(strikesOf(stdout)).toEqual(strikesOf(around.stdout));
  expect(strikesOf(stdout)).toHaveLength(10);
  const strikes = strikesOf(stdout).map(Number);
  expect(Math.min(...strikes)).toBeLessThan(price);
  expect(Math.max(...strikes)).toBeGreaterThan(price);
  // Nothing of SBIN is subscribed.
  expect((await account.run(['symbols', 'chain', 'SBIN', '--strikes', '2'])).status).toBe(2);
});

it('subscribe says what was meant by an unknown symbol', async () => {
  const account = await SharedAccount.create({ masterRows: 3_000 });
  const running = account.start(['stream', 'symbols', 'NSE:SBIN-EQ']);
  await running.until(() => ticksOf(running).length > 0);
  const { status, stdout, stderr } = await account.run([
    'subscribe',
    'NSE:RELAINCE-EQ',
    'NSE:INFY-EQ',
    '--fields',
    'symbol,status',
  ]);
  expect([status, stderr]).toEqual([3, 'warning: unknown symbol NSE:RELAINCE-EQ; did you mean NSE:RELIANCE-EQ?\n']);
  expect(rowsOf(stdout)).toEqual([
    { symbol: 'NSE:RELAINCE-EQ', status: 'unknown' },
    { symbol: 'NSE:INFY-EQ', status: 'ok' },
  ]);
});
