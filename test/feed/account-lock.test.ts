import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock/clock.ts';
import { TickpipeError } from '../../src/lib/errors/tickpipe-error.ts';
import {
  type AccountLock,
  acquireAccountLock,
  findLockHolder,
  hashAccount,
  type LockedAccount,
} from '../../src/lib/feed/account-lock.ts';
import { identifySelf } from '../../src/lib/feed/process-identity.ts';

const ACCOUNT: LockedAccount = {
  feed: 'fyers',
  socketUrl: 'ws://127.0.0.1:1/',
  dataUrl: 'http://127.0.0.1:1',
  userId: 'XT00001',
  simulated: false,
};

let scratch: string;
let holderScript: string;
let runDirectory: string;
const children = new Set<ChildProcess>();
const locks: AccountLock[] = [];

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'tickpipe-lock-'));
  holderScript = path.join(scratch, 'lock-holder.mjs');
  const entry = fileURLToPath(new URL('./lock-holder.ts', import.meta.url));
  await build({
    entryPoints: [entry],
    outfile: holderScript,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
  });
});
afterAll(() => rm(scratch, { recursive: true, force: true }));
beforeEach(async () => {
  runDirectory = await mkdtemp(path.join(scratch, 'run-'));
});
afterEach(async () => {
  for (const lock of locks.splice(0)) lock.release();
  await Promise.all([...children].map(end));
});

async function acquire(
  account: Partial<LockedAccount> = {},
  env: Record<string, string> = { TICKPIPE_RUN_DIR: runDirectory },
): Promise<AccountLock> {
  const lock = await acquireAccountLock({ ...ACCOUNT, ...account }, { env, clock: systemClock });
  locks.push(lock);
  return lock;
}

async function failureOf(promise: Promise<unknown>): Promise<TickpipeError> {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof TickpipeError) return error;
  throw error;
}

function startHolder(): ChildProcess {
  const child = fork(holderScript, { env: { ...process.env, TICKPIPE_RUN_DIR: runDirectory } });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function ask(child: ChildProcess, message: object): Promise<string> {
  const answer = once(child, 'message');
  child.send(message);
  return String((await answer)[0]);
}

/** A pid that was in use a moment ago. */
async function makeDeadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid as number;
}

describe('acquireAccountLock', () => {
  it('refuses a second one and names the holder', async () => {
    await acquire();
    const error = await failureOf(acquire());
    expect(error.code).toBe('SECOND_CONNECTION');
    expect(error.exit).toBe(6);
    expect(error.message).toContain(`pid ${process.pid}`);
  });

  it('is free again once released, and releasing twice takes nothing from the next', async () => {
    const first = await acquire();
    first.release();
    await acquire();
    first.release();
    expect((await failureOf(acquire())).code).toBe('SECOND_CONNECTION');
  });

  it('leaves no files and no exit listeners behind', async () => {
    const listeners = process.listenerCount('exit');
    const lock = await acquire();
    expect(process.listenerCount('exit')).toBe(listeners + 1);
    await failureOf(acquire());
    expect(await readdir(runDirectory)).toHaveLength(1);
    lock.release();
    expect(await readdir(runDirectory)).toEqual([]);
    expect(process.listenerCount('exit')).toBe(listeners);
  });

  it.each([
    { feed: 'other' },
    { socketUrl: 'ws://127.0.0.1:2/' },
    { dataUrl: 'http://127.0.0.1:2' },
    { userId: 'XT00002' },
    { simulated: true },
  ])('keeps accounts apart by %j', async (difference) => {
    await acquire();
    await acquire(difference);
    expect((await failureOf(acquire(difference))).code).toBe('SECOND_CONNECTION');
  });

  it.each(['command', 'hub'] as const)('tells who holds it, and as what: a %s', async (role) => {
    const env = { TICKPIPE_RUN_DIR: runDirectory };
    expect(findLockHolder(ACCOUNT, env)).toBeUndefined();
    const lock = await acquireAccountLock(ACCOUNT, { env, clock: systemClock, role });
    expect(findLockHolder(ACCOUNT, env)).toEqual({ pid: process.pid, role });
    expect(findLockHolder({ ...ACCOUNT, simulated: true }, env)).toBeUndefined();
    lock.release();
    expect(findLockHolder(ACCOUNT, env)).toBeUndefined();
  });

  it('does not take one that looks around for a holder', async () => {
    const { pid, start } = identifySelf();
    await writeFile(path.join(runDirectory, `${hashAccount(ACCOUNT)}.${pid}.${start}.00.lock`), '');
    expect(findLockHolder(ACCOUNT, { TICKPIPE_RUN_DIR: runDirectory })).toBeUndefined();
  });

  it('writes no user id', async () => {
    await acquire();
    expect((await readdir(runDirectory)).join()).not.toContain('XT00001');
  });

  it('ends its wait when aborted', async () => {
    const lock = acquireAccountLock(ACCOUNT, {
      env: { TICKPIPE_RUN_DIR: runDirectory },
      clock: systemClock,
      signal: AbortSignal.abort(new Error('stop')),
    });
    await expect(lock).rejects.toThrow('stop');
    expect(await readdir(runDirectory)).toEqual([]);
  });

  it('does not wait for ever for a process that stopped while it looked around', async () => {
    const { pid, start } = identifySelf();
    await acquire({ feed: 'key' });
    const key = ((await readdir(runDirectory))[0] as string).slice(0, 16);
    locks.pop()?.release();
    await writeFile(path.join(runDirectory, `${key}.${pid}.${start}.00.lock`), '');
    const error = await failureOf(acquire({ feed: 'key' }));
    expect(error.code).toBe('SECOND_CONNECTION');
    expect(await readdir(runDirectory)).toHaveLength(1);
  });
});

describe('a lock of another process', () => {
  it('holds until that process exits', async () => {
    const child = startHolder();
    expect(await ask(child, { acquire: ACCOUNT })).toBe('held');
    expect((await failureOf(acquire())).message).toContain(`pid ${child.pid}`);
    const exited = once(child, 'exit');
    child.send({ exit: true });
    await exited;
    expect(await readdir(runDirectory)).toEqual([]);
    await acquire();
  });

  it('does not outlive a kill -9', async () => {
    const child = startHolder();
    expect(await ask(child, { acquire: ACCOUNT })).toBe('held');
    await end(child);
    expect(await readdir(runDirectory)).toHaveLength(1);
    await acquire();
    expect(await readdir(runDirectory)).toHaveLength(1);
  });

  it('holds also while that process is stopped', async () => {
    const child = startHolder();
    expect(await ask(child, { acquire: ACCOUNT })).toBe('held');
    child.kill('SIGSTOP');
    expect((await failureOf(acquire())).code).toBe('SECOND_CONNECTION');
  });

  it('does not count when its pid is now another process', async () => {
    await acquire();
    const name = (await readdir(runDirectory))[0] as string;
    locks.pop()?.release();
    const { pid, start } = identifySelf();
    const earlier = start.replace(/\d$/, (digit) => String((Number(digit) + 5) % 10));
    await writeFile(path.join(runDirectory, name.replace(`${pid}.${start}`, `${pid}.${earlier}`)), 'held\n');
    await acquire();
    expect(await readdir(runDirectory)).toHaveLength(1);
  });
});

describe('eight processes at once', () => {
  const PROCESSES = 8;
  const ROUNDS = 60;

  async function race(account: LockedAccount, racers: readonly ChildProcess[]): Promise<ChildProcess> {
    const at = Date.now() + 15;
    const answers = await Promise.all(racers.map((child) => ask(child, { acquire: account, at })));
    expect(answers.filter((answer) => answer === 'held')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'SECOND_CONNECTION')).toHaveLength(racers.length - 1);
    return racers[answers.indexOf('held')] as ChildProcess;
  }

  it('end with exactly one holder over a stale lock, every time', async () => {
    const racers = Array.from({ length: PROCESSES }, startHolder);
    await Promise.all(racers.map((child) => ask(child, { ready: true })));
    const dead = await makeDeadPid();
    const winners = new Set<number | undefined>();
    for (let round = 0; round < ROUNDS; round++) {
      const winner = await race(ACCOUNT, racers);
      winners.add(winner.pid);
      const name = (await readdir(runDirectory))[0] as string;
      expect(await ask(winner, { release: true })).toBe('released');
      await writeFile(path.join(runDirectory, name.replace(/\.\d+\./, `.${dead}.`)), 'held\n');
    }
    expect(winners.size).toBeGreaterThan(1);
  }, 60_000);

  it('end with exactly one holder after the holder was killed', async () => {
    const racers = Array.from({ length: PROCESSES }, startHolder);
    await Promise.all(racers.map((child) => ask(child, { ready: true })));
    for (let left = PROCESSES; left > 1; left--) {
      const winner = await race(ACCOUNT, racers);
      await end(winner);
      racers.splice(racers.indexOf(winner), 1);
    }
  });
});

describe('the run directory', () => {
  it('is under the home directory and private, wherever XDG_RUNTIME_DIR points', async () => {
    const home = await mkdtemp(path.join(scratch, 'home-'));
    await acquire({}, { HOME: home, XDG_RUNTIME_DIR: path.join(scratch, 'elsewhere') });
    const made = path.join(home, '.tickpipe', 'run');
    expect(await readdir(made)).toHaveLength(1);
    expect((await stat(made)).mode & 0o777).toBe(0o700);
    expect((await stat(path.dirname(made))).mode & 0o777).toBe(0o700);
    expect((await failureOf(acquire({}, { HOME: home }))).code).toBe('SECOND_CONNECTION');
  });

  it('is closed again when it was opened to others', async () => {
    const home = await mkdtemp(path.join(scratch, 'home-'));
    await mkdir(path.join(home, '.tickpipe', 'run'), { recursive: true });
    await chmod(path.join(home, '.tickpipe', 'run'), 0o755);
    await acquire({}, { HOME: home });
    expect((await stat(path.join(home, '.tickpipe', 'run'))).mode & 0o777).toBe(0o700);
  });

  it('may lie deep: no path is too long', async () => {
    await acquire({}, { TICKPIPE_RUN_DIR: path.join(runDirectory, 'd'.repeat(120), 'e'.repeat(120)) });
  });

  it.each([
    ['a home that is missing', () => ({ HOME: path.join(scratch, 'nobody') })],
    ['a home that is no directory', () => ({ HOME: holderScript })],
    ['a home that is no path', () => ({ HOME: 'relative' })],
    ['a run directory that is a file', () => ({ TICKPIPE_RUN_DIR: holderScript })],
    ['a place where nothing can be made', () => ({ TICKPIPE_RUN_DIR: '/proc/tickpipe' })],
  ])('is not to be had with %s', async (_, env) => {
    const error = await failureOf(acquire({}, env()));
    expect(error.code).toBe('BAD_CONFIGURATION');
    expect(error.exit).toBe(78);
    expect(error.hint).toContain('TICKPIPE_RUN_DIR');
  });

  it('must not be writable by others', async () => {
    await chmod(runDirectory, 0o777);
    expect((await failureOf(acquire())).message).toContain('can be written by others');
  });
});
