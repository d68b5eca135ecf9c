import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../src/lib/clock/ist.ts';
import { DIRECT } from '../../src/lib/network/route.ts';
import type { Simulator } from '../../src/lib/simulator/simulator.ts';
import { locateMasterFolder } from '../../src/lib/symbols/master/master-folder.ts';
import { refreshSymbolMaster } from '../../src/lib/symbols/master/refresh-master.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { SharedAccount, ticksOf } from './hub/shared-account.ts';
import { emptyFolder, rowsOf, run, simulate } from './program.ts';

const SYMBOLS = ['NSE:SBIN-EQ', 'NSE:NIFTY50-INDEX', 'MCX:CRUDEOIL26DECFUT'];
const MASTER = { masterRows: 2_000 };

type Env = Readonly<Record<string, string>>;

/** Fills the cache as a command would have done some time ago. */
async function fillCache(env: Env, ageMs = 0): Promise<void> {
  const { files } = await refreshSymbolMaster({
    env,
    clock: new ManualClock(Date.now() - ageMs),
    signal: new AbortController().signal,
    outgoing: { ...DIRECT, userAgent: 'test' },
  });
  expect(new Set(files.map(({ outcome }) => outcome))).toEqual(new Set(['updated']));
}

/** The address of a server that has gone. */
async function closedDataUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${typeof address === 'object' && address?.port}/data`;
}

/** How many HTTP requests the simulator had: lookups of symbols and files of the master. */
function countRequests({ counters }: Simulator): { lookups: number; files: number } {
  const files = [...counters.master.values()].reduce((sum, { requests }) => sum + requests, 0);
  return { lookups: counters.tokenCalls, files };
}

const quote = (env: Env, symbols = SYMBOLS) => run(['quote', ...symbols], { env });
const symbolsOf = (text: string): unknown[] => rowsOf(text).map(({ symbol }) => symbol);

describe('with a cached symbol master that was confirmed within a day', () => {
  it('a session of its own makes no HTTP call', async () => {
    const simulator = await simulate(MASTER);
    const env = { ...simulator.environment, HOME: emptyFolder() };
    await fillCache(env);
    const { files } = countRequests(simulator);
    const { status, stdout, stderr } = await quote(env);
    expect([status, stderr, symbolsOf(stdout)]).toEqual([0, '', SYMBOLS]);
    expect(countRequests(simulator)).toEqual({ lookups: 0, files });
  });

  it('the shared session makes no HTTP call', async () => {
    const account = await SharedAccount.create(MASTER);
    await fillCache(account.env as Env);
    const { files } = countRequests(account.simulator);
    const running = account.start(['stream', 'symbols', ...SYMBOLS]);
    await running.until(() => new Set(ticksOf(running).map(({ symbol }) => symbol)).size === SYMBOLS.length);
    expect(countRequests(account.simulator)).toEqual({ lookups: 0, files });
  });

  it('the shared session finds a cache that $XDG_CACHE_HOME names', async () => {
    const account = await SharedAccount.create(MASTER);
    const cache = emptyFolder();
    await fillCache({ ...(account.env as Env), XDG_CACHE_HOME: cache });
    const running = account.start(['stream', 'symbols', ...SYMBOLS], { env: { XDG_CACHE_HOME: cache } });
    await running.until(() => ticksOf(running).length > 0);
    expect(account.simulator.counters.tokenCalls).toBe(0);
  });

  it('a recording makes no HTTP call', async () => {
    const simulator = await simulate(MASTER);
    const env = { ...simulator.environment, HOME: emptyFolder() };
    await fillCache(env);
    const { files } = countRequests(simulator);
    const folder = path.join(emptyFolder(), 'ticks');
    mkdirSync(folder);
    const { status } = await run(['record', ...SYMBOLS, '--dir', folder, '--duration', '1s'], { env });
    expect([status, readdirSync(folder).length]).toEqual([0, expect.any(Number)]);
    expect(countRequests(simulator)).toEqual({ lookups: 0, files });
  });

  it('only what the master lacks is asked for', async () => {
    const simulator = await simulate({ ...MASTER, symbols: ['NSE:NEWLISTING-EQ'] });
    const env = { ...simulator.environment, HOME: emptyFolder() };
    await fillCache(env);
    const { status, stderr } = await quote(env, ['NSE:SBIN-EQ', 'NSE:RELAINCE-EQ']);
    expect([status, simulator.counters.tokenCalls]).toEqual([3, 1]);
    expect(stderr).toBe('warning: unknown symbol NSE:RELAINCE-EQ; did you mean NSE:RELIANCE-EQ?\n');
  });

  it('a session of another world does not take its topics', async () => {
    const simulator = await simulate(MASTER);
    const { TICKPIPE_MASTER_URL: _, ...rest } = { ...simulator.environment, HOME: emptyFolder() };
    const own = { ...simulator.environment, HOME: rest.HOME };
    await fillCache(own);
    // As if it were FYERS' own master: the session is the simulator's.
    cpSync(locateMasterFolder(own).directory, locateMasterFolder(rest).directory, { recursive: true });
    const { status } = await quote(rest);
    expect([status, simulator.counters.tokenCalls]).toEqual([0, 1]);
  });
});

describe('with a cached symbol master that is older', () => {
  it('the token endpoint is asked', async () => {
    const simulator = await simulate(MASTER);
    const env = { ...simulator.environment, HOME: emptyFolder() };
    await fillCache(env, 3 * DAY_MS);
    const { status, stderr } = await quote(env);
    expect([status, stderr, simulator.counters.tokenCalls]).toEqual([0, '', 1]);
  });

  it('the master helps when the endpoint cannot be reached, with a warning of its age', async () => {
    const simulator = await simulate(MASTER);
    const env = { ...simulator.environment, HOME: emptyFolder() };
    await fillCache(env, 3 * DAY_MS);
    const { status, stdout, stderr } = await quote({ ...env, TICKPIPE_DATA_URL: await closedDataUrl() });
    expect([status, symbolsOf(stdout)]).toEqual([0, SYMBOLS]);
    expect(stderr).toMatch(
      /^warning: symbols are looked up in the symbol master of \d{4}-\d\d-\d\d, \d\d:\d\d IST: the symbol lookup failed: .*\n$/,
    );
  });

  it('the master does not help when the endpoint refuses the token', async () => {
    const simulator = await simulate(MASTER);
    const env = { ...simulator.environment, HOME: emptyFolder() };
    await fillCache(env, 3 * DAY_MS);
    simulator.inject({ name: 'lookup', answer: '-373', count: 1 });
    const { status, stdout } = await quote(env);
    expect([status, stdout]).toEqual([4, '']);
  });
});
