import { chownSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeToken } from '../support/make-token.ts';
import { emptyFolder, run } from './program.ts';

const SBIN = 'NSE:SBIN-EQ';
const SOMEBODY = 65_534;

// Only root can make what belongs to somebody else; test/host/ownership.test.ts shows the same to everybody.
describe.runIf(process.geteuid?.() === 0)("root in another user's home", () => {
  it.each([
    ['quote', SBIN],
    ['stream', 'symbols', SBIN, '--direct'],
    ['record', SBIN, '--detach'],
    ['status'],
    ['stop'],
  ])('makes nothing there: %s', async (...args) => {
    const home = emptyFolder();
    chownSync(home, SOMEBODY, SOMEBODY);
    const env = {
      HOME: home,
      TICKPIPE_DIRECT: undefined,
      FYERS_ACCESS_TOKEN: makeToken({ exp: Math.floor(Date.now() / 1_000) + 3_600 }),
      TICKPIPE_SOCKET_URL: 'ws://127.0.0.1:9/',
      TICKPIPE_DATA_URL: 'http://127.0.0.1:9',
    };
    const { status, stdout, stderr } = await run(args, { env, cwd: emptyFolder() });
    expect({ status, stdout }).toEqual({ status: 78, stdout: '' });
    expect(stderr).toContain(
      `error: the home directory ${JSON.stringify(home)} belongs to another user: nothing is made there`,
    );
    expect(readdirSync(home)).toEqual([]);
  });

  it.each([
    ['login', '--paste'],
    ['login', '--paste', '--profile', 'work'],
  ])('stores no login there: %s %s', async (...args) => {
    const home = emptyFolder();
    chownSync(home, SOMEBODY, SOMEBODY);
    const env = { HOME: home, FYERS_APP_ID: 'ABCDEFGHIJ-100', FYERS_SECRET_KEY: 'SECRETKEY1' };
    expect(await run(args, { env, input: 'the-one-auth-code' })).toMatchObject({
      status: 78,
      stdout: '',
      stderr: `error: the directory ${JSON.stringify(home)} belongs to another user: no login is stored there\nhint: run it as that user, or with a HOME of your own, as sudo -H has it\n`,
    });
    expect(readdirSync(home)).toEqual([]);
  });

  it('uses no login of that user', async () => {
    const home = emptyFolder();
    const folder = path.join(home, '.config/tickpipe/tokens');
    const file = path.join(folder, 'default.json');
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, '{}', { mode: 0o600 });
    chownSync(file, SOMEBODY, SOMEBODY);
    for (const command of ['whoami', 'logout']) {
      const { status, stderr } = await run([command], { env: { HOME: home } });
      expect([status, stderr]).toEqual([
        4,
        expect.stringContaining('belongs to another user\nhint: run it as that user'),
      ]);
    }
    expect(readdirSync(folder)).toEqual(['default.json']);
  });

  it('leaves what is there already, whoever made it, to its user', async () => {
    const home = emptyFolder();
    mkdirSync(path.join(home, '.tickpipe', 'run'), { recursive: true, mode: 0o700 });
    for (const part of ['', '.tickpipe', '.tickpipe/run']) chownSync(path.join(home, part), SOMEBODY, SOMEBODY);
    const { status } = await run(['status'], { env: { HOME: home } });
    expect(status).toBe(78);
    expect(readdirSync(path.join(home, '.tickpipe', 'run'))).toEqual([]);
    expect(readdirSync(home)).toEqual(['.tickpipe']);
  });
});
