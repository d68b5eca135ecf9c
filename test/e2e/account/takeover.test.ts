import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { answerLogin } from '../../simulator/login-visitor.ts';
import { ticksOf } from '../hub/shared-account.ts';
import { emptyFolder, keepSecret, type Running } from '../program.ts';
import { sizeOf } from '../record/recordings.ts';
import { addressOf, open } from './login.ts';
import { LoginAccount } from './login-account.ts';

/*
 * A morning without anybody's help: what waits for a token goes on as soon as somebody has logged in. A token is looked for every five
 * seconds in any case; a new login is to be seen at once, which three logins in a row show.
 */

const SBIN = 'NSE:SBIN-EQ';
/** A second is the promise. */
const MAX_DELAY_MS = 1_000;
/** What a busy machine adds: so many times as long as the login itself took, half a second on an idle machine. */
const MAX_DELAY_PER_LOGIN = 2;
const MORNINGS = 3;

/** Logs in, and resolves to how long that took, and to the moment at which the token was stored. */
async function logIn(account: LoginAccount): Promise<{ readonly tookMs: number; readonly storedAt: number }> {
  const begunAt = Date.now();
  const login = account.login(['--no-browser']);
  const redirect = await answerLogin((await addressOf(login)).href, 'allow');
  keepSecret(`TICKPIPESIM-100:${redirect.searchParams.get('auth_code')}`);
  await open(redirect);
  expect(await login.ended).toMatchObject({ status: 0 });
  return { tookMs: Date.now() - begunAt, storedAt: statSync(account.tokenFile).mtimeMs };
}

/** Waits for the next authenticated connection, and resolves to its moment. */
async function nextConnection(account: LoginAccount): Promise<number> {
  const { simulator } = account.shared;
  await expect.poll(() => simulator.connections.length, { interval: 5 }).toBe(1);
  return Date.now();
}

/** Ends the token, has the program wait for another, and logs in: the feed is connected again soon after the new token. */
async function expectMorning(account: LoginAccount, running: Running, morning: number): Promise<void> {
  account.shared.simulator.inject({ name: 'expire-token' });
  await running.until(() => running.stderr.split('waiting for another token').length - 1 === morning);
  const connected = nextConnection(account);
  const { tookMs, storedAt } = await logIn(account);
  expect((await connected) - storedAt).toBeLessThan(MAX_DELAY_MS + MAX_DELAY_PER_LOGIN * tookMs);
}

describe('a new login is taken over at once by', () => {
  it('a hub that waits for a token', async () => {
    const account = await LoginAccount.create();
    await logIn(account);
    const serving = account.shared.start(['serve', '--port', '0', '--verbose']);
    await serving.until(() => serving.stderr.includes('serving at'));
    const url = /serving at (http:\S+)/.exec(serving.stderr)?.[1];
    const subscribe = `${url}/api/websocket/subscribe?symbols=${SBIN}&data_type=SymbolUpdate`;
    expect((await fetch(subscribe, { method: 'POST' })).status).toBe(200);
    for (let morning = 1; morning <= MORNINGS; morning++) {
      await expectMorning(account, serving, morning);
    }
    await expect.poll(async () => (await fetch(`${url}/healthz`)).status).toBe(200);
    // A command that comes has the new token, too.
    const stream = account.shared.start(['stream', 'lite', SBIN]);
    await stream.until(() => ticksOf(stream).length > 0);
  });

  it('a recording that waits for a token, which loses only what came in between', async () => {
    const account = await LoginAccount.create();
    await logIn(account);
    const folder = emptyFolder();
    const recording = account.shared.start(['record', SBIN, '--dir', folder, '--no-gzip', '--verbose']);
    await expect.poll(() => sizeOf(folder)).toBeGreaterThan(0);
    for (let morning = 1; morning <= MORNINGS; morning++) {
      await expectMorning(account, recording, morning);
      const before = sizeOf(folder);
      await expect.poll(() => sizeOf(folder)).toBeGreaterThan(before);
    }
    recording.child.kill('SIGINT');
    expect((await recording.ended).status).toBe(130);
  });
});
