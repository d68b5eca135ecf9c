import { describe, expect, it } from 'vitest';
import { gapsOf, kill, SharedAccount, ticksOf } from './shared-account.ts';

const COMMANDS = [
  ['stream', 'symbols', 'NSE:SBIN-EQ', '--events'],
  ['stream', 'symbols', 'NSE:SBIN-EQ', 'NSE:INFY-EQ', '--events'],
  ['stream', 'depth', 'NSE:TCS-EQ', '--events'],
] as const;
const SYMBOLS = [['NSE:SBIN-EQ'], ['NSE:SBIN-EQ', 'NSE:INFY-EQ'], ['NSE:TCS-EQ']];

describe('a hub that is killed under three clients', () => {
  it('is replaced by one other; each client has one gap', async () => {
    const account = await SharedAccount.create({ rate: 400 });
    const clients = COMMANDS.map((args) => account.start(args));
    for (const client of clients) await client.until(() => ticksOf(client).length > 3);
    const pid = await account.hubPid();
    kill(pid);
    for (const [at, client] of clients.entries()) {
      await client.until(() => gapsOf(client).length > 0);
      const seen = client.rows.length;
      for (const symbol of SYMBOLS[at] ?? []) {
        await client.until(() => client.rows.slice(seen).some((row) => row['symbol'] === symbol));
      }
    }
    const status = await account.status();
    expect(status.hub?.pid).not.toBe(pid);
    expect(status.sessions).toHaveLength(3);
    expect(account.simulator.counters.authenticated).toBe(2);
    for (const [at, client] of clients.entries()) {
      expect(gapsOf(client)).toMatchObject([{ reason: 'hub_gone' }]);
      const symbols = gapsOf(client)[0]?.['symbols'] as string[] | undefined;
      expect(symbols?.sort()).toEqual([...(SYMBOLS[at] ?? [])].sort());
    }
  });
});

describe('an upstream that breaks', () => {
  it('leaves clients connected, with one gap each of their own symbols', async () => {
    const account = await SharedAccount.create({ rate: 400 });
    const clients = COMMANDS.map((args) => account.start(args));
    for (const [at, client] of clients.entries()) {
      for (const symbol of SYMBOLS[at] ?? []) await client.until(() => ticksOf(client, symbol).length > 0);
    }
    const pid = await account.hubPid();
    account.simulator.inject({ name: 'drop' });
    for (const client of clients) await client.until(() => gapsOf(client).length === 1);
    const seen = clients.map((client) => client.rows.length);
    for (const [at, client] of clients.entries()) await client.until(() => client.rows.length > (seen[at] ?? 0) + 5);
    for (const [at, client] of clients.entries()) {
      expect(gapsOf(client)).toEqual([
        {
          type: 'Gap',
          from: expect.any(Number),
          to: expect.any(Number),
          reason: 'server_closed',
          symbols: expect.arrayContaining(SYMBOLS[at] ?? []),
        },
      ]);
      expect(gapsOf(client)[0]?.['symbols']).toHaveLength(SYMBOLS[at]?.length ?? 0);
      const states = client.rows.filter(({ type }) => type === 'Status').map(({ state }) => state);
      expect(states.slice(-3)).toEqual(['disconnected', 'connecting', 'live']);
    }
    const { hub } = await account.status();
    expect(hub).toMatchObject({ pid, reconnects: 1, gaps: 1 });
  });

  it('makes no quote of what was known before', async () => {
    const account = await SharedAccount.create({ rate: 400 });
    const running = account.start(['stream', 'symbols', 'NSE:SBIN-EQ']);
    await running.until(() => ticksOf(running).length > 3);
    account.simulator.inject({ name: 'mute', count: Number.POSITIVE_INFINITY });
    account.simulator.inject({ name: 'drop' });
    await running.until(() => running.stderr.includes('connection lost'));
    const { status, stdout, stderr } = await account.run(['quote', 'NSE:SBIN-EQ', '--timeout', '1s']);
    expect({ status, stdout }).toEqual({ status: 5, stdout: '' });
    // The command may come between two attempts of the hub: then it also reports why the last one failed.
    expect(stderr).toMatch(
      /^(?:warning: connection lost .+\n)?error: no connection to the feed within 1 s(?:: .+)?\nhint: .+\n$/,
    );
    const check = await account.run(['status', '--check']);
    expect(check.status).toBe(5);
  });
});
