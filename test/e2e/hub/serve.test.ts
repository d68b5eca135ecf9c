import { describe, expect, it } from 'vitest';
import { emptyFolder, type Running, run, start } from '../program.ts';
import { gapsOf, SharedAccount, ticksOf } from './shared-account.ts';

async function urlOf(serving: Running): Promise<string> {
  await serving.until(() => serving.stderr.includes('serving at'));
  return /serving at (http:\S+)/.exec(serving.stderr)?.[1] ?? '';
}

describe('serve', () => {
  it('is the hub of the account, for its commands and for clients at its address', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const serving = account.start(['serve', '--port', '0']);
    const url = await urlOf(serving);
    const quote = await account.run(['quote', 'NSE:SBIN-EQ', '--verbose']);
    expect(quote.stderr).toContain(`hub pid ${serving.child.pid}`);
    const elsewhere = await run(
      ['stream', 'symbols', 'NSE:SBIN-EQ', '--feed', url.replace('http', 'ws'), '--count', '3'],
      {
        env: { TICKPIPE_DIRECT: undefined },
      },
    );
    expect(elsewhere).toMatchObject({ status: 0 });
    expect(elsewhere.stdout.match(/"simulated":true\}\n/g)).toHaveLength(3);
    expect(account.simulator.counters.authenticated).toBe(1);
    serving.child.kill('SIGTERM');
    expect((await serving.ended).status).toBe(143);
    expect(account.holders()).toEqual([]);
  });

  it('beside a hub adds its address to that one', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const running = account.start(['stream', 'symbols', 'NSE:SBIN-EQ']);
    await running.until(() => ticksOf(running).length > 0);
    const pid = await account.hubPid();
    const serving = account.start(['serve', '--port', '0']);
    const url = await urlOf(serving);
    const answer = (await (await fetch(`${url}/api/hub/status`)).json()) as { hub: { pid: number } };
    expect(answer.hub.pid).toBe(pid);
    const taken = await account.run(['serve', '--port', new URL(url).port]);
    expect(taken).toMatchObject({ status: 2 });
    expect(taken.stderr).toContain('is taken');
    serving.child.kill('SIGINT');
    expect((await serving.ended).status).toBe(130);
    await expect
      .poll(() =>
        fetch(url).then(
          () => 'open',
          () => 'closed',
        ),
      )
      .toBe('closed');
    const before = running.rows.length;
    await running.until(() => running.rows.length > before + 3);
    expect(account.simulator.counters.authenticated).toBe(1);
  });

  it('serves no stranger without a token', async () => {
    const refused = await run(['serve', '--feed', 'sim', '--host', '0.0.0.0', '--port', '0']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/^error: --host 0\.0\.0\.0 is not a loopback address.*\nhint: /);
    const bearer = 'b'.repeat(32);
    const env = { HOME: emptyFolder(), TICKPIPE_HUB_TOKEN: bearer };
    const serving = start(['serve', '--feed', 'sim', '--host', '0.0.0.0', '--port', '0'], { env });
    const port = new URL(await urlOf(serving)).port;
    const feed = `ws://127.0.0.1:${port}`;
    const without = await run(['quote', 'NSE:SBIN-EQ', '--feed', feed]);
    expect(without).toMatchObject({ status: 4, stdout: '' });
    const wrong = await run(['quote', 'NSE:SBIN-EQ', '--feed', feed], { env: { TICKPIPE_HUB_TOKEN: 'c'.repeat(32) } });
    expect(wrong).toMatchObject({ status: 4, stdout: '' });
    const right = await run(['quote', 'NSE:SBIN-EQ', '--feed', feed], { env: { TICKPIPE_HUB_TOKEN: bearer } });
    expect(right).toMatchObject({ status: 0 });
    for (const { stdout, stderr } of [without, wrong, right]) expect(stdout + stderr).not.toContain(bearer);
    expect(serving.stderr).not.toContain(bearer);
  });

  it('ends a client with status 5 after the retries when no hub is there', async () => {
    const { status, stderr } = await run(['quote', 'NSE:SBIN-EQ', '--feed', 'ws://127.0.0.1:9', '--timeout', '5s']);
    expect({ status, stderr }).toEqual({
      status: 5,
      stderr: expect.stringMatching(/^error: no hub answers at 127\.0\.0\.1:9/),
    });
  });
});

it('a serve that shares a hub ends with it when that is stopped, and streams go on', async () => {
  const account = await SharedAccount.create({ rate: 200 });
  const stream = account.start(['stream', 'symbols', 'NSE:SBIN-EQ', '--events']);
  await stream.until(() => ticksOf(stream).length > 0);
  const pid = await account.hubPid();
  const serving = account.start(['serve', '--port', '0']);
  await serving.until(() => serving.stderr.includes('serving at'));
  expect(await account.run(['stop'])).toMatchObject({ status: 0 });
  const { status, stderr } = await serving.ended;
  expect(status).toBe(0);
  expect(stderr).toContain('the shared session was stopped\n');
  await stream.until(() => gapsOf(stream).length > 0);
  expect(await account.hubPid()).not.toBe(pid);
});
