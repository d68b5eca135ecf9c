import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ended, isRunning, SharedAccount } from '../hub/shared-account.ts';
import { afterTest, emptyFolder, run } from '../program.ts';
import { listFiles, parseLines, readRecordings } from './recordings.ts';

const SBIN = 'NSE:SBIN-EQ';

/** Starts a recording in the background and resolves to its process. */
async function detach(account: SharedAccount, args: readonly string[]): Promise<number> {
  const { status, stdout, stderr } = await account.run(['record', ...args, '--detach', '--verbose']);
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  const pid = Number(/recording in the background, pid (\d+); /.exec(stderr)?.[1]);
  afterTest(() => isRunning(pid) && process.kill(pid, 'SIGKILL'));
  return pid;
}

function readLog(account: SharedAccount): string {
  return readFileSync(path.join(account.home, '.local', 'state', 'tickpipe', 'record.log'), 'utf8');
}

describe('record --detach', () => {
  it('stays when its command has returned, shows in status, and ends with stop', async () => {
    const account = await SharedAccount.create({ rate: 400 });
    const directory = emptyFolder();
    const pid = await detach(account, [SBIN, '--dir', directory]);
    expect(isRunning(pid)).toBe(true);
    const { sessions } = await account.status();
    expect(sessions).toMatchObject([{ pid, command: 'record', symbols: [SBIN] }]);
    await expect.poll(() => listFiles(directory).length).toBe(2);
    const { status } = await account.run(['stop']);
    expect(status).toBe(0);
    await ended(pid);
    const [recording] = readRecordings(directory);
    expect(parseLines(recording?.text ?? '').length).toBeGreaterThan(0);
    expect(recording?.meta.at(-1)).toMatchObject({ type: 'Footer', reason: 'stopped' });
    expect(await account.status()).toEqual({ hub: null, sessions: [] });
    expect(readLog(account)).toContain(`pid ${pid}: recorded `);
  });

  it('keeps its log where it can be written, and names no other place', async () => {
    const account = await SharedAccount.create({ rate: 400 });
    const runDirectory = emptyFolder();
    // Nobody can make a folder there, not even root.
    const env = { HOME: '/proc', TICKPIPE_RUN_DIR: runDirectory };
    const { status, stderr } = await account.run(['record', SBIN, '--dir', emptyFolder(), '--detach', '--verbose'], {
      env,
    });
    expect(status).toBe(0);
    const [, pid, log = ''] = /pid (\d+); its messages are in (.*)$/m.exec(stderr) ?? [];
    expect(log).toBe(path.join(runDirectory, 'record.log'));
    expect(statSync(log).mode & 0o777).toBe(0o600);
    expect(await account.run(['stop'], { env })).toMatchObject({ status: 0 });
    await ended(Number(pid));
    expect(readFileSync(log, 'utf8')).toContain(`pid ${pid}: recorded `);
    expect(readdirSync(runDirectory).filter((name) => name.startsWith('hub-'))).toHaveLength(1);
  });

  it('says that its log is lost when there is no place for one', async () => {
    const account = await SharedAccount.create({ rate: 400 });
    const runDirectory = emptyFolder();
    mkdirSync(path.join(runDirectory, 'record.log'));
    const env = { HOME: '/proc', TICKPIPE_RUN_DIR: runDirectory };
    const { status, stderr } = await account.run(['record', SBIN, '--dir', emptyFolder(), '--detach'], { env });
    expect(status).toBe(0);
    expect(stderr).toContain('the messages of the recording are lost: no log can be written\n');
    expect(stderr).not.toContain('record.log');
    expect(await account.run(['stop'], { env })).toMatchObject({ status: 0 });
  });

  it('reads its token from a pipe before it leaves, and needs the pipe no more', async () => {
    const account = await SharedAccount.create({ rate: 400 });
    const pipe = path.join(emptyFolder(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const env = { FYERS_ACCESS_TOKEN: undefined };
    const directory = emptyFolder();
    const started = account.run(['record', SBIN, '--dir', directory, '--detach', '--token-file', pipe], { env });
    await writeFile(pipe, account.simulator.token);
    expect(await started).toMatchObject({ status: 0 });
    await expect.poll(() => listFiles(directory).length).toBe(2);
    expect(await account.run(['stop'])).toMatchObject({ status: 0 });
  });

  it('finishes its files when it is told to end', async () => {
    const account = await SharedAccount.create({ rate: 400 });
    const directory = emptyFolder();
    const pid = await detach(account, [SBIN, '--dir', directory, '--no-gzip']);
    await expect.poll(() => listFiles(directory).length).toBe(2);
    process.kill(pid, 'SIGTERM');
    await ended(pid);
    expect(readRecordings(directory)).toHaveLength(1);
  });

  it('records only rows that match --where, and refuses a wrong condition before a process is started', async () => {
    const account = await SharedAccount.create({ rate: 400 });
    const directory = emptyFolder();
    const wrong = await account.run(['record', SBIN, '--dir', directory, '--detach', '--where', 'volumee > 1']);
    expect([wrong.status, wrong.stderr]).toEqual([
      2,
      'error: --where: no column volumee\nhint: did you mean volume?\n',
    ]);
    expect(account.holders()).toEqual([]);
    const pid = await detach(account, [SBIN, '--dir', directory, '--no-gzip', '--where', 'volume % 2 == 1']);
    await expect.poll(() => listFiles(directory).length).toBe(2);
    process.kill(pid, 'SIGTERM');
    await ended(pid);
    const [recording] = readRecordings(directory);
    expect(recording?.meta[0]).toMatchObject({ type: 'Header', where: 'volume % 2 == 1' });
    const rows = parseLines(recording?.text ?? '');
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ volume }) => (volume as number) % 2 !== 1)).toEqual([]);
  });

  it('has its secrets neither in its arguments, its environment, nor its log', async () => {
    const account = await SharedAccount.create({ rate: 400 });
    const pid = await detach(account, [SBIN, '--dir', emptyFolder()]);
    const [appId = '', jwt = ''] = account.simulator.token.split(':');
    for (const name of ['cmdline', 'environ']) {
      const text = readFileSync(`/proc/${pid}/${name}`, 'latin1');
      expect(text).not.toContain(appId);
      expect(text).not.toContain(jwt);
    }
    expect(readLog(account)).not.toContain(jwt);
  });

  it('tells what is wrong before it returns', async () => {
    const account = await SharedAccount.create({ rate: 400 });
    const unknown = await account.run(['record', 'NSE:NOPE-EQ', '--dir', emptyFolder(), '--detach']);
    expect(unknown).toMatchObject({ status: 3, stderr: expect.stringContaining('error: unknown symbol NSE:NOPE-EQ') });
    const nowhere = await account.run(['record', SBIN, '--dir', '/dev/null/x', '--detach']);
    expect(nowhere).toMatchObject({ status: 7, stderr: expect.stringContaining('error: cannot write') });
    const env = { FYERS_ACCESS_TOKEN: undefined };
    expect(await account.run(['record', SBIN, '--dir', emptyFolder(), '--detach'], { env })).toMatchObject({
      status: 4,
    });
  });

  it.each([[['--feed', 'sim']], [['--raw']], [['--direct']]])('is refused with %s', async (flags) => {
    const { status, stderr } = await run(['record', SBIN, '--detach', ...flags], {
      env: { TICKPIPE_DIRECT: undefined },
    });
    expect(status).toBe(2);
    expect(stderr).toContain('error: --detach is for recordings of the shared live session\n');
  });
});
