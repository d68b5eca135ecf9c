import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { answerLogin, exchangeCode, loginAddress } from '../simulator/login-visitor.ts';
import { SimulatorClient } from '../simulator/simulator-client.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const children: ChildProcessWithoutNullStreams[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(...args: string[]) {
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent' };
  const child = spawn(process.execPath, [PROGRAM, 'simulate', ...args], { env });
  children.push(child);
  const told = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    told.stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    told.stderr += String(chunk);
  });
  return { child, told, ended: once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]> };
}

/** The exports, once they are there. */
async function exportsOf(told: { readonly stdout: string }): Promise<Record<string, string>> {
  await expect.poll(() => told.stdout).toMatch(/^(?:export|unset) FYERS_ACCESS_TOKEN.*\n$/m);
  return Object.fromEntries(
    [...told.stdout.matchAll(/^export (\w+)='([^']+)'$/gm)].map(([, name, value]) => [name, value]),
  );
}

describe('tickpipe simulate', () => {
  it('prints exports that a client can use, and ends at Ctrl-C', async () => {
    const { child, told, ended } = start('--rate', '1000', '--symbols', 'NSE:ABC-EQ', '--verbose');
    const env = await exportsOf(told);
    expect(Object.keys(env).sort()).toEqual([
      'FYERS_ACCESS_TOKEN',
      'FYERS_APP_ID',
      'FYERS_SECRET_KEY',
      'TICKPIPE_AUTH_URL',
      'TICKPIPE_DATA_URL',
      'TICKPIPE_MASTER_URL',
      'TICKPIPE_SOCKET_URL',
    ]);
    const response = await fetch(`${env['TICKPIPE_DATA_URL']}/symbol-token`, {
      method: 'POST',
      headers: { authorization: env['FYERS_ACCESS_TOKEN'] as string },
      body: JSON.stringify({ symbols: ['NSE:ABC-EQ'] }),
    });
    const { validSymbol } = (await response.json()) as { validSymbol: Record<string, string> };
    const client = await SimulatorClient.connect({
      socketUrl: env['TICKPIPE_SOCKET_URL'] as string,
      token: env['FYERS_ACCESS_TOKEN'] as string,
    });
    await client.subscribe([`sf|nse_cm|${validSymbol['NSE:ABC-EQ']?.slice(10)}`]);
    await client.until(() => client.ticks.length > 20);
    expect(told.stderr).toMatch(/^simulated prices on 127\.0\.0\.1 port \d+, seed 1; .*\n$/);
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    await client.closed();
  });

  it('leaves the token out with --login, and serves the login that gives one', async () => {
    const { told } = start('--login');
    const env = await exportsOf(told);
    expect(env['FYERS_ACCESS_TOKEN']).toBeUndefined();
    expect(told.stdout).toMatch(/^unset FYERS_ACCESS_TOKEN$/m);
    const simulated = { authUrl: env['TICKPIPE_AUTH_URL'] ?? '', appId: env['FYERS_APP_ID'] ?? '' };
    const address = await answerLogin(loginAddress({ ...simulated, state: 'x' }), 'allow');
    const code = address.searchParams.get('auth_code') ?? '';
    const answer = await exchangeCode({ ...simulated, secretKey: env['FYERS_SECRET_KEY'] ?? '', code });
    expect(answer).toEqual({
      status: 200,
      body: expect.objectContaining({ s: 'ok', access_token: expect.any(String) }),
    });
  });

  it('lives on when the reader of its exports goes away', async () => {
    const { child, told, ended } = start();
    await exportsOf(told);
    child.stdout.destroy();
    child.kill('SIGTERM');
    expect((await ended)[0]).toBe(143);
  });

  it.each([
    [['--fault', 'explode'], 'unknown fault "explode"'],
    [['--symbols', 'nonsense'], 'malformed symbol "nonsense"'],
    [['--rate', 'fast'], '--rate'],
    [['--port', '70000'], '--port'],
  ])('refuses %j with status 2', async (args, words) => {
    const { told, ended } = start(...args);
    expect(await ended).toEqual([2, null]);
    expect(told.stdout).toBe('');
    expect(told.stderr).toContain(words);
    expect(told.stderr).toContain('hint: ');
  });
});
