import { describe, expect, it } from 'vitest';
import { emptyFolder, rowsOf, run, shell } from '../program.ts';
import { ended, SharedAccount, ticksOf } from './shared-account.ts';

const SBIN = 'sf|nse_cm|3045';

describe('unsubscribe', () => {
  it('takes one symbol off a running stream, and off the feed once', async () => {
    const account = await SharedAccount.create({ rate: 400 });
    const running = account.start(['stream', 'symbols', 'NSE:SBIN-EQ', 'NSE:INFY-EQ']);
    await running.until(() => ticksOf(running, 'NSE:SBIN-EQ').length > 0);
    const { status, stdout } = await account.run(['unsubscribe', 'nse:sbin-eq']);
    expect(status).toBe(0);
    expect(rowsOf(stdout)).toEqual([
      { type: 'Unsubscribed', session: expect.stringMatching(/^s\d+$/), symbol: 'NSE:SBIN-EQ', status: 'ok' },
    ]);
    expect(Object.keys(rowsOf(stdout)[0] ?? {})).toEqual(['type', 'session', 'symbol', 'status']);
    await running.until(() => running.stderr.includes('unsubscribed by another command: NSE:SBIN-EQ'));
    const at = running.rows.length;
    await running.until(() => running.rows.length > at + 10);
    expect(
      ticksOf(running)
        .slice(at)
        .map(({ symbol }) => symbol),
    ).not.toContain('NSE:SBIN-EQ');
    expect(account.simulator.counters.unsubscribes).toEqual(new Map([[SBIN, 1]]));

    const last = await account.run(['unsubscribe', 'NSE:INFY-EQ', 'NSE:SBIN-EQ', '--format', 'csv']);
    expect(last.stdout).toMatch(
      /^type,session,symbol,status\nUnsubscribed,s\d+,NSE:INFY-EQ,ok\nUnsubscribed,s\d+,NSE:SBIN-EQ,not_subscribed\n$/,
    );
    expect((await running.ended).status).toBe(0);
  });

  it('of two sessions lists them and ends with 2, unless the user says which', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const first = account.start(['stream', 'symbols', 'NSE:SBIN-EQ', 'NSE:INFY-EQ']);
    const second = account.start(['stream', 'depth', 'NSE:SBIN-EQ', 'NSE:INFY-EQ']);
    await first.until(() => ticksOf(first).length > 0);
    await second.until(() => ticksOf(second).length > 0);
    const refused = await account.run(['unsubscribe', 'NSE:SBIN-EQ']);
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toContain(`(stream symbols, pid ${first.child.pid})`);
    expect(refused.stderr).toContain(`(stream depth, pid ${second.child.pid})`);

    const { sessions } = await account.status();
    const depth = sessions.find(({ command }) => command === 'stream depth');
    const one = await account.run(['unsubscribe', 'NSE:SBIN-EQ', '--session', depth?.id ?? '']);
    expect(rowsOf(one.stdout)).toMatchObject([{ session: depth?.id, status: 'ok' }]);
    const all = await account.run(['unsubscribe', 'NSE:INFY-EQ', '--all', '--type', 'depth']);
    expect(all.status).toBe(0);
    expect(
      rowsOf(all.stdout)
        .map(({ status }) => status)
        .sort(),
    ).toEqual(['not_subscribed', 'ok']);
    expect((await second.ended).status).toBe(0);
    const unknown = await account.run(['unsubscribe', 'NSE:INFY-EQ', '--session', 'nope']);
    expect(unknown.status).toBe(3);
  });
});

describe('subscribe', () => {
  it('adds symbols to a running stream, in its own kind', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const running = account.start(['stream', 'depth', 'NSE:SBIN-EQ']);
    await running.until(() => ticksOf(running).length > 0);
    const { status, stdout } = await account.run(['subscribe', 'NSE:INFY-EQ', 'NSE:SBIN-EQ', 'NSE:NOPE-EQ']);
    expect(status).toBe(3);
    expect(rowsOf(stdout).map((row) => [row['type'], row['symbol'], row['status']])).toEqual([
      ['Subscribed', 'NSE:INFY-EQ', 'ok'],
      ['Subscribed', 'NSE:SBIN-EQ', 'already'],
      ['Subscribed', 'NSE:NOPE-EQ', 'unknown'],
    ]);
    await running.until(() => ticksOf(running, 'NSE:INFY-EQ').length > 0);
    expect(running.stderr).toContain('subscribed by another command: NSE:INFY-EQ');
    const alien = await account.run(['subscribe', 'NSE:INFY-EQ', '--type', 'symbols']);
    expect(alien).toMatchObject({ status: 2, stdout: '' });
  });
});

describe('without a session', () => {
  it('nothing is started', async () => {
    const account = await SharedAccount.create();
    expect(await account.status()).toEqual({ hub: null, sessions: [] });
    for (const args of [['unsubscribe', 'NSE:SBIN-EQ'], ['subscribe', 'NSE:SBIN-EQ'], ['stop']]) {
      expect(await account.run(args), args[0]).toMatchObject({ status: 3, stdout: '' });
    }
    expect(await account.run(['status', '--check'])).toMatchObject({ status: 5, stdout: '', stderr: '' });
    expect(account.holders()).toEqual([]);
    expect(account.simulator.counters.connections).toBe(0);
  });
});

describe('status', () => {
  it('shows hub, sessions and subscriptions, and names symbols that never ticked', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const running = account.start(['stream', 'symbols', 'NSE:SBIN-EQ', 'NSE:SIMSILENT-INDEX']);
    await running.until(() => ticksOf(running).length > 2);
    const status = await account.status();
    expect(Object.keys(status)).toEqual(['hub', 'sessions', 'subscriptions', 'silent']);
    expect(Object.keys(status.hub ?? {})).toEqual([
      'pid',
      'since',
      'feed',
      'state',
      'token_expires_at',
      'last_tick_at',
      'reconnects',
      'gaps',
      'simulated',
    ]);
    expect(status.hub).toMatchObject({ state: 'live', reconnects: 0, gaps: 0 });
    expect(Object.keys(status.sessions[0] ?? {})).toEqual([
      'id',
      'pid',
      'command',
      'symbols',
      'rows',
      'skipped',
      'since',
    ]);
    expect(status.sessions).toMatchObject([
      { pid: running.child.pid, command: 'stream symbols', symbols: ['NSE:SBIN-EQ', 'NSE:SIMSILENT-INDEX'] },
    ]);
    expect(status.sessions[0]?.rows).toBeGreaterThan(2);
    expect(status.subscriptions).toEqual({
      SymbolUpdate: ['NSE:SBIN-EQ'],
      IndexUpdate: ['NSE:SIMSILENT-INDEX'],
      DepthUpdate: [],
      LiteUpdate: [],
    });
    expect(status.silent).toEqual(['NSE:SIMSILENT-INDEX']);
    expect(await account.run(['status', '--check'])).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const table = await account.run(['status', '--format', 'table']);
    expect(table.stdout).toMatch(/^state +live$/m);
    expect(table.stdout).toMatch(/^s\d+ +\d+ +stream symbols /m);
  });
});

describe('stop', () => {
  it('ends the hub; a command that still wants it starts another', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const running = account.start(['stream', 'symbols', 'NSE:SBIN-EQ', '--events']);
    await running.until(() => ticksOf(running).length > 0);
    const pid = await account.hubPid();
    const { status, stderr } = await account.run(['stop', '--verbose']);
    const own = running.child.pid;
    const returning = `warning: stream symbols (pid ${own}) still runs and starts another hub; to end it, too: kill ${own}\n`;
    expect({ status, stderr }).toEqual({ status: 0, stderr: `stopped the hub (pid ${pid})\n${returning}` });
    await ended(pid);
    await running.until(() => running.rows.some(({ type }) => type === 'Gap'));
    expect(await account.hubPid()).not.toBe(pid);
  });
});

describe('status with defaults of other commands', () => {
  it('ignores a format that it does not have, but not one that no command has', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const csv = { env: { TICKPIPE_FORMAT: 'csv' } };
    expect(await account.run(['status'], csv)).toMatchObject({ status: 0, stdout: '{"hub":null,"sessions":[]}\n' });
    expect(await account.run(['status', '--check'], csv)).toMatchObject({ status: 5, stdout: '' });
    expect(await account.run(['status', '--format', 'csv'])).toMatchObject({ status: 2 });
    expect(await account.run(['status'], { env: { TICKPIPE_FORMAT: 'xml' } })).toMatchObject({ status: 78 });
  });
});

it('stop does not wait for a process that should have removed the files of a hub', async () => {
  const home = emptyFolder();
  // What takes the place of the shell never asks how its child ended.
  const parent = shell('$tickpipe serve --feed sim --port 0 & exec sleep 60', { env: { HOME: home } });
  await parent.until(() => parent.stderr.includes('serving at'));
  const { status, stderr } = await run(['stop', '--feed', 'sim', '--verbose'], { env: { HOME: home } });
  expect(stderr).toMatch(/^stopped the hub \(pid \d+\)\n$/);
  expect(status).toBe(0);
});

it('a page beside the one command is not in the way, and is no session to change without its name', async () => {
  const account = await SharedAccount.create({ rate: 200 });
  const serving = account.start(['serve', '--port', '0']);
  await serving.until(() => serving.stderr.includes('serving at'));
  const [, url = ''] = /serving at (http:\S+)/.exec(serving.stderr) ?? [];
  const query = 'symbols=NSE:TCS-EQ&data_type=SymbolUpdate';
  expect((await fetch(`${url}/api/websocket/subscribe?${query}`, { method: 'POST' })).status).toBe(200);
  expect(await account.run(['subscribe', 'NSE:INFY-EQ'])).toMatchObject({ status: 3, stdout: '' });
  const running = account.start(['stream', 'symbols', 'NSE:SBIN-EQ']);
  await running.until(() => ticksOf(running).length > 0);
  const { stdout } = await account.run(['subscribe', 'NSE:INFY-EQ']);
  const { sessions } = await account.status();
  const stream = sessions.find(({ command }) => command === 'stream symbols');
  expect(rowsOf(stdout)).toMatchObject([{ session: stream?.id, symbol: 'NSE:INFY-EQ', status: 'ok' }]);
  const rest = sessions.find(({ pid }) => pid === null);
  const named = await account.run(['unsubscribe', 'NSE:TCS-EQ', '--session', rest?.id ?? '']);
  expect(rowsOf(named.stdout)).toMatchObject([{ symbol: 'NSE:TCS-EQ', status: 'ok' }]);
});

describe('a hub elsewhere', () => {
  it('that does not answer is an error, and not taken for a hub that does not run', async () => {
    const { status, stdout, stderr } = await run(['status', '--feed', 'ws://127.0.0.1:1']);
    expect({ status, stdout }).toEqual({ status: 5, stdout: '' });
    expect(stderr).toContain('error: no hub answers at 127.0.0.1:1\n');
  });

  it.each([['stop'], ['subscribe', 'NSE:SBIN-EQ'], ['unsubscribe', 'NSE:SBIN-EQ']])(
    'is not for %s',
    async (...words) => {
      const { status, stderr } = await run([...words, '--feed', 'ws://127.0.0.1:1']);
      expect(status).toBe(2);
      expect(stderr).toContain(`error: ${words[0]} works only on the machine of the hub, not through ws://\n`);
    },
  );
});

it.each([
  ['index', 'NSE:SBIN-EQ', 'not an index'],
  ['depth', 'NSE:NIFTY50-INDEX', 'an index has no market depth'],
])('--type %s of %s is a usage error', async (type, symbol, what) => {
  const { status, stderr } = await run(['subscribe', symbol, '--type', type]);
  expect(status).toBe(2);
  expect(stderr).toContain(`error: ${what}: ${symbol}\n`);
});
