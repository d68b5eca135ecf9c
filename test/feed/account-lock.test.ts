import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/lib/clock/clock.ts';
import { TickpipeError } from '../../src/lib/errors/tickpipe-error.ts';
import {
  type AccountLock,
  acquireAccountLock,
  type FeedIdentity,
  feedKey,
  findLockHolder,
} from '../../src/lib/feed/account-lock.ts';
import { askLifeSignal, openLifeSignal } from '../../src/lib/host/life-signal.ts';
import * as localFileSystem from '../../src/lib/host/local-file-system.ts';
import { identifySelf } from '../../src/lib/host/process-identity.ts';

const ACCOUNT: FeedIdentity = {
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
  vi.restoreAllMocks();
  for (const lock of locks.splice(0)) lock.release();
  await Promise.all([...children].map(end));
});

async function acquire(
  account: Partial<FeedIdentity> = {},
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

/** The names of the locks; a life signal stands beside each. */
async function listLocks(directory = runDirectory): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith('.lock'));
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
    expect(await listLocks()).toHaveLength(1);
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
    expect(await findLockHolder(ACCOUNT, env)).toBeUndefined();
    const lock = await acquireAccountLock(ACCOUNT, { env, clock: systemClock, role });
    expect(await findLockHolder(ACCOUNT, env)).toMatchObject({ pid: process.pid, role, place: 'here' });
    expect(await findLockHolder({ ...ACCOUNT, simulated: true }, env)).toBeUndefined();
    lock.release();
    expect(await findLockHolder(ACCOUNT, env)).toBeUndefined();
  });

  it('does not take one that looks around for a holder', async () => {
    const { pid, start } = identifySelf();
    await writeFile(path.join(runDirectory, `${feedKey(ACCOUNT)}.${pid}.${start}.00.lock`), '');
    expect(await findLockHolder(ACCOUNT, { TICKPIPE_RUN_DIR: runDirectory })).toBeUndefined();
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
    const key = ((await listLocks())[0] as string).slice(0, 16);
    locks.pop()?.release();
    await writeFile(path.join(runDirectory, `${key}.${pid}.${start}.00.lock`), '');
    const error = await failureOf(acquire({ feed: 'key' }));
    expect(error.code).toBe('SECOND_CONNECTION');
    expect(await listLocks()).toHaveLength(1);
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
    expect(await listLocks()).toHaveLength(1);
    await acquire();
    expect(await listLocks()).toHaveLength(1);
  });

  it('holds also while that process is stopped', async () => {
    const child = startHolder();
    expect(await ask(child, { acquire: ACCOUNT })).toBe('held');
    child.kill('SIGSTOP');
    expect((await failureOf(acquire())).code).toBe('SECOND_CONNECTION');
  });

  it('does not count when its pid is now another process', async () => {
    await acquire();
    const name = (await listLocks())[0] as string;
    locks.pop()?.release();
    const { pid, start } = identifySelf();
    const earlier = start.replace(/\d$/, (digit) => String((Number(digit) + 5) % 10));
    await writeFile(path.join(runDirectory, name.replace(`${pid}.${start}`, `${pid}.${earlier}`)), 'held\n');
    await acquire();
    expect(await listLocks()).toHaveLength(1);
  });
});

describe('a lock of a process that its pid says nothing of', () => {
  const self = identifySelf();
  const [, machine] = (self.place ?? '').split('-');
  const CONTAINER = `1-${machine}`;
  const MACHINE = '1-00000000';
  const OTHER_BOOT = 'b00000000-1';

  /** Puts a lock there as a process of this pid somewhere else leaves it. */
  async function leaveLock(identity: { start?: string; place: string }): Promise<{ lock: string; signal: string }> {
    const { pid, start, place } = { ...self, ...identity };
    const lock = path.join(runDirectory, `${feedKey(ACCOUNT)}.${pid}.${start}.${place}.0123456789ab.lock`);
    await writeFile(lock, 'command\nthere\n');
    return { lock, signal: path.join(runDirectory, '0123456789ab.alive') };
  }

  async function leaveDeadSocket(file: string): Promise<void> {
    const script = `require('node:net').createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await once(spawn(process.execPath, ['-e', script], { stdio: 'ignore' }), 'exit');
  }

  it('holds while its life signal answers', async () => {
    const { lock, signal } = await leaveLock({ place: CONTAINER });
    const life = await openLifeSignal(signal);
    const error = await failureOf(acquire());
    expect(error.code).toBe('SECOND_CONNECTION');
    expect(error.message).toContain(`pid ${process.pid} on host there`);
    expect(await listLocks()).toEqual([path.basename(lock)]);
    life?.close();
  });

  it('is free when the kernel says that nobody listens any more, and is removed with its signal', async () => {
    const { lock, signal } = await leaveLock({ place: CONTAINER });
    await leaveDeadSocket(signal);
    await acquire();
    expect(await readdir(runDirectory)).not.toContain(path.basename(signal));
    expect(await listLocks()).not.toContain(path.basename(lock));
  });

  it.each([
    ['without a life signal', { place: CONTAINER }, false],
    ['of another machine', { place: MACHINE, start: OTHER_BOOT }, false],
    ['of another machine, whose socket refuses here', { place: MACHINE, start: OTHER_BOOT }, true],
  ])('is not taken %s; the error says how to remove it', async (_, identity, hasSocket) => {
    vi.spyOn(localFileSystem, 'isLocalFileSystem').mockReturnValue(false);
    const { lock, signal } = await leaveLock(identity);
    if (hasSocket) await leaveDeadSocket(signal);
    const error = await failureOf(acquire());
    expect(error.code).toBe('SECOND_CONNECTION');
    expect(error.hint).toContain(`remove ${lock}`);
    await rm(lock);
    await acquire();
  });

  it('is free when it is of an earlier boot of this machine', async () => {
    vi.spyOn(localFileSystem, 'isLocalFileSystem').mockReturnValue(false);
    await leaveLock({ place: self.place ?? '', start: OTHER_BOOT });
    await acquire();
  });

  it('is free when it is of another boot, on a file system that no other machine has', async () => {
    vi.spyOn(localFileSystem, 'isLocalFileSystem').mockReturnValue(true);
    await leaveLock({ place: MACHINE, start: OTHER_BOOT });
    await acquire();
  });

  it('is judged as before when an earlier version left it', async () => {
    const { pid, start } = self;
    await writeFile(path.join(runDirectory, `${feedKey(ACCOUNT)}.${pid}.${start}.00.lock`), 'hub\n');
    expect((await failureOf(acquire())).message).toContain(`the shared session (pid ${pid})`);
  });
});

describe('a life signal', () => {
  it('lives in a directory whose path is too long for a socket', async () => {
    const folder = path.join(runDirectory, 'd'.repeat(120));
    await mkdir(folder);
    const file = path.join(folder, 'a.alive');
    const life = await openLifeSignal(file);
    expect(await askLifeSignal(file)).toBe('alive');
    life?.close();
    life?.close();
    expect(await askLifeSignal(file)).toBe('missing');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('eight processes at once', () => {
  const PROCESSES = 8;
  const ROUNDS = 60;

  async function race(account: FeedIdentity, racers: readonly ChildProcess[]): Promise<ChildProcess> {
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
      const name = (await listLocks())[0] as string;
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
    expect(await listLocks(made)).toHaveLength(1);
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
