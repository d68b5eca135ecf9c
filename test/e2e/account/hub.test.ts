import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SharedAccount, ticksOf } from '../hub/shared-account.ts';
import { emptyFolder, keepSecret, type Running } from '../program.ts';
import { sizeOf } from '../record/recordings.ts';

/** An account whose user is logged in. No variable gives a token. */
class LoggedIn {
  readonly account: SharedAccount;
  readonly env = { FYERS_ACCESS_TOKEN: undefined };

  private constructor(account: SharedAccount) {
    this.account = account;
  }

  static async create(): Promise<LoggedIn> {
    const user = new LoggedIn(await SharedAccount.create({ rate: 200 }));
    user.store(user.account.simulator.token);
    return user;
  }

  get file(): string {
    return path.join(this.account.home, '.config/tickpipe/tokens/default.json');
  }

  /** Stores a login as `login` does, without asking a hub. */
  store(token: string): void {
    const [app_id, access_token] = token.split(':');
    mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 });
    writeFileSync(`${this.file}.new`, JSON.stringify({ app_id, access_token }), { mode: 0o600 });
    renameSync(`${this.file}.new`, this.file);
  }

  logInAgain(): void {
    const { token } = this.account.simulator.issueToken();
    keepSecret(token);
    this.store(token);
  }

  start(...args: string[]): Running {
    return this.account.start(args, { env: this.env });
  }

  run(...args: string[]) {
    return this.account.run(args, { env: this.env });
  }

  async hub(): Promise<{ state: string; token_expires_at: number }> {
    return JSON.parse((await this.run('status')).stdout).hub;
  }
}

describe('a stored login', () => {
  it('is the token of every command and of their hub, which takes a new one from the file', async () => {
    const user = await LoggedIn.create();
    const stream = user.start('stream', 'symbols', 'NSE:SBIN-EQ');
    await stream.until(() => ticksOf(stream).length > 0);
    const before = await user.hub();
    const exp = Math.floor(Date.now() / 1_000) + 40 * 86_400;
    const { token } = user.account.simulator.issueToken({ exp });
    keepSecret(token);
    user.store(token);
    await expect.poll(async () => (await user.hub()).token_expires_at, { timeout: 20_000 }).toBe(exp * 1_000);
    expect(before.token_expires_at).not.toBe(exp * 1_000);
    const rows = ticksOf(stream).length;
    await stream.until(() => ticksOf(stream).length > rows);
    expect(stream.stderr).toBe('');
    stream.child.kill('SIGINT');
    expect((await stream.ended).status).toBe(130);
  });

  it('that is renewed ends the wait of a recording and its hub, without a command', async () => {
    const user = await LoggedIn.create();
    const folder = emptyFolder();
    const options = ['--dir', folder, '--no-gzip', '--log-format', 'json', '--verbose'];
    const recording = user.start('record', 'NSE:SBIN-EQ', ...options);
    await expect.poll(() => sizeOf(folder)).toBeGreaterThan(0);
    user.account.simulator.inject({ name: 'expire-token' });
    await recording.until(() => recording.stderr.includes('waiting for another token'));
    user.logInAgain();
    await recording.until(() => recording.stderr.includes('connected again'));
    recording.child.kill('SIGINT');
    expect((await recording.ended).status).toBe(130);
  });

  it('that is renewed ends the wait of a recording with a connection of its own', async () => {
    const user = await LoggedIn.create();
    const folder = emptyFolder();
    const recording = user.start(
      'record',
      'NSE:SBIN-EQ',
      '--raw',
      '--dir',
      folder,
      '--log-format',
      'json',
      '--verbose',
    );
    await recording.until(() => recording.stderr.includes('"event":"connected"'));
    user.account.simulator.inject({ name: 'expire-token' });
    await recording.until(() => recording.stderr.includes('waiting for another token'));
    user.logInAgain();
    await recording.until(() => recording.stderr.includes('connected again'));
    recording.child.kill('SIGINT');
    expect((await recording.ended).status).toBe(130);
  });
});

describe('logout', () => {
  it('ends the connection of the hub: streams end with 4, a recording waits for the next login', async () => {
    const user = await LoggedIn.create();
    const folder = emptyFolder();
    const stream = user.start('stream', 'symbols', 'NSE:SBIN-EQ');
    const recording = user.start('record', 'NSE:SBIN-EQ', '--dir', folder, '--log-format', 'json', '--verbose');
    await stream.until(() => ticksOf(stream).length > 0);
    await recording.until(() => recording.stderr.includes('"event":"source"'));
    await expect.poll(async () => JSON.parse((await user.run('status')).stdout).sessions.length).toBe(2);
    const out = await user.run('logout', '--verbose');
    expect([out.status, out.stdout, out.stderr]).toEqual([
      0,
      '',
      'the shared session ended its connection; it waits for a new login\nlogged out: the login of the profile default is removed\n',
    ]);
    const ended = await stream.ended;
    expect([ended.status, ended.stderr]).toEqual([
      4,
      expect.stringMatching(/error: tickpipe logout ended the token\nhint: run tickpipe login; .*\n$/),
    ]);
    await recording.until(() => recording.stderr.includes('waiting for another token'));
    expect((await user.hub()).state).toBe('waiting_for_token');
    const refused = await user.run('quote', 'NSE:SBIN-EQ');
    expect([refused.status, refused.stderr]).toEqual([4, expect.stringContaining('hint: run tickpipe login, ')]);
    user.logInAgain();
    await recording.until(() => recording.stderr.includes('connected again'));
    recording.child.kill('SIGINT');
    expect((await recording.ended).status).toBe(130);
  });

  it('leaves the connection of another token alone', async () => {
    const user = await LoggedIn.create();
    const stream = user.start('stream', 'symbols', 'NSE:SBIN-EQ');
    await stream.until(() => ticksOf(stream).length > 0);
    const exp = Math.floor(Date.now() / 1_000) + 60;
    const { token } = user.account.simulator.issueToken({ exp });
    keepSecret(token);
    user.store(token);
    expect((await user.run('logout')).status).toBe(0);
    expect((await user.hub()).state).toBe('live');
    rmSync(user.file, { force: true });
    stream.child.kill('SIGINT');
    expect((await stream.ended).status).toBe(130);
  });
});
