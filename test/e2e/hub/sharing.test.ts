import { describe, expect, it } from 'vitest';
import { afterTest, emptyFolder, run, shell } from '../program.ts';
import { ended, isRunning, SharedAccount, ticksOf } from './shared-account.ts';

const NIFTY = 'if|nse_cm|Nifty 50';
const TCS = 'sf|nse_cm|11536';

describe('five commands at once', () => {
  it('make one connection, see their own symbols, and leave nothing behind', async () => {
    const account = await SharedAccount.create({ rate: 400 }, 300);
    const { simulator } = account;
    const first = account.start(['stream', 'symbols', 'NSE:SBIN-EQ', 'NSE:INFY-EQ']);
    const second = account.start(['stream', 'symbols', 'NSE:INFY-EQ', 'NSE:TCS-EQ']);
    const depth = account.start(['stream', 'depth', 'NSE:SBIN-EQ']);
    const lite = account.start(['stream', 'lite', 'NSE:SBIN-EQ']);
    const quote = account.run(['quote', 'NSE:RELIANCE-EQ', 'NSE:NIFTY50-INDEX']);
    await first.until(() => ticksOf(first, 'NSE:SBIN-EQ').length > 3 && ticksOf(first, 'NSE:INFY-EQ').length > 3);
    await second.until(() => ticksOf(second, 'NSE:TCS-EQ').length > 3);
    await depth.until(() => ticksOf(depth).length > 3);
    await lite.until(() => ticksOf(lite).length > 3);
    const asked = await quote;
    expect(asked).toMatchObject({ status: 0 });
    expect(asked.stdout.match(/"symbol":"[^"]+"/g)).toEqual([
      '"symbol":"NSE:RELIANCE-EQ"',
      '"symbol":"NSE:NIFTY50-INDEX"',
    ]);
    expect(simulator.counters.authenticated).toBe(1);
    const pid = await account.hubPid();

    const symbolsIn = (running: typeof first) => [
      ...new Set(ticksOf(running).map(({ type, symbol }) => `${type} ${symbol}`)),
    ];
    expect(symbolsIn(first).sort()).toEqual(['SymbolUpdate NSE:INFY-EQ', 'SymbolUpdate NSE:SBIN-EQ']);
    expect(symbolsIn(second).sort()).toEqual(['SymbolUpdate NSE:INFY-EQ', 'SymbolUpdate NSE:TCS-EQ']);
    expect(symbolsIn(depth)).toEqual(['DepthUpdate NSE:SBIN-EQ']);
    expect(symbolsIn(lite)).toEqual(['LiteUpdate NSE:SBIN-EQ']);

    const off = () => simulator.counters.unsubscribes;
    await expect.poll(() => off().has(NIFTY)).toBe(true);
    const offBefore = new Map(off());
    second.child.kill('SIGINT');
    expect((await second.ended).status).toBe(130);
    await expect.poll(() => off().get(TCS)).toBe(1);
    expect(off()).toEqual(new Map([...offBefore, [TCS, 1]]));
    const before = ticksOf(first, 'NSE:INFY-EQ').length;
    await first.until(() => ticksOf(first, 'NSE:INFY-EQ').length > before + 3);

    for (const running of [first, depth, lite]) {
      running.child.kill('SIGINT');
      expect((await running.ended).status).toBe(130);
    }
    await ended(pid);
    expect(simulator.counters.authenticated).toBe(1);
    expect(await account.status()).toEqual({ hub: null, sessions: [] });
  });
});

describe('a command that is done', () => {
  it('returns at once in $(...) while the hub lingers', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const line = 'out=$($tickpipe quote NSE:SBIN-EQ 2>&1); echo "$?:$out"';
    const { stdout } = await shell(line, { env: account.env }).ended;
    expect(stdout).toMatch(/^0:\{"type":"SymbolUpdate","symbol":"NSE:SBIN-EQ"/);
    expect(isRunning(await account.hubPid())).toBe(true);
  });

  it('shares the hub with one that has nothing but a home and a token, as under cron', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const login = account.start(['stream', 'symbols', 'NSE:SBIN-EQ'], {
      env: { XDG_RUNTIME_DIR: emptyFolder(), TERM: 'xterm', LANG: 'C.UTF-8' },
    });
    await login.until(() => ticksOf(login).length > 0);
    const pid = await account.hubPid();
    const env = { PATH: undefined, TICKPIPE_LINGER: undefined };
    const asked = await account.run(['quote', 'NSE:SBIN-EQ', '--verbose'], { env });
    expect(asked).toMatchObject({ status: 0 });
    expect(asked.stderr).toContain(`hub pid ${pid}`);
    expect(account.simulator.counters.authenticated).toBe(1);
  });
});

describe('hubs of two accounts', () => {
  it('never mix', async () => {
    const [one, other] = [await SharedAccount.create({ rate: 200 }), await SharedAccount.create({ rate: 200 })];
    const home = { HOME: one.home };
    afterTest(() => other.simulator.close());
    const first = one.start(['stream', 'symbols', 'NSE:SBIN-EQ']);
    const second = other.start(['stream', 'symbols', 'NSE:SBIN-EQ'], { env: home });
    await first.until(() => ticksOf(first).length > 0);
    await second.until(() => ticksOf(second).length > 0);
    expect([one.simulator.counters.authenticated, other.simulator.counters.authenticated]).toEqual([1, 1]);
    const { stderr, status } = await run(['status'], { env: { ...home, TICKPIPE_DIRECT: undefined } });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(/^error: the hubs of 2 accounts run on this machine\n/),
    });
    const own = await one.status();
    expect(own.sessions.map(({ pid }) => pid)).toEqual([first.child.pid]);
  });
});

describe('a connection of its own', () => {
  it('is refused beside a hub, and taken with --force', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const running = account.start(['stream', 'symbols', 'NSE:SBIN-EQ']);
    await running.until(() => ticksOf(running).length > 0);
    const refused = await account.run(['quote', 'NSE:SBIN-EQ', '--direct']);
    expect(refused).toMatchObject({ status: 6, stdout: '' });
    expect(refused.stderr).toContain(`pid ${await account.hubPid()}`);
    const forced = await account.run(['quote', 'NSE:SBIN-EQ', '--direct', '--force']);
    expect(forced).toMatchObject({ status: 0 });
    // The server closes the hub's connection then, and the hub may be back already.
    expect(account.simulator.counters.authenticated).toBeGreaterThanOrEqual(2);
  });

  it('keeps others from starting a hub', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const running = account.start(['stream', 'symbols', 'NSE:SBIN-EQ', '--direct']);
    await running.until(() => ticksOf(running).length > 0);
    const { status, stderr } = await account.run(['quote', 'NSE:SBIN-EQ']);
    expect(status).toBe(6);
    expect(stderr).toContain(`pid ${running.child.pid}`);
  });
});

it('a stream that joins a connected hub begins with its state, as of now', async () => {
  const account = await SharedAccount.create({ rate: 200 });
  expect((await account.run(['quote', 'NSE:SBIN-EQ'])).status).toBe(0);
  const before = Date.now();
  const { status, stdout } = await account.run(['stream', 'symbols', 'NSE:SBIN-EQ', '--events', '--count', '1']);
  expect(status).toBe(0);
  const [first, ...rows] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(first).toEqual({ type: 'Status', state: 'live', at: expect.any(Number), reason: null });
  expect(first.at).toBeGreaterThanOrEqual(before);
  expect(rows.map(({ type }) => type)).toEqual(['SymbolUpdate']);
});
