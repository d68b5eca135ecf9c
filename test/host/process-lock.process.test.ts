import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/lib/clock/clock.ts';
import { askLifeSignal, openLifeSignal } from '../../src/lib/host/life-signal.ts';
import * as localFileSystem from '../../src/lib/host/local-file-system.ts';
import { identifySelf } from '../../src/lib/host/process-identity.ts';
import {
  acquireLock,
  findLockHolder,
  LockHeld,
  type LockHolder,
  type LockRole,
  listLockHolders,
  type ProcessLock,
} from '../../src/lib/host/process-lock.ts';

const KEY = '0123456789abcdef';
const OTHER_KEY = 'fedcba9876543210';

let scratch: string;
let holderScript: string;
let runDirectory: string;
const children = new Set<ChildProcess>();
const locks: ProcessLock[] = [];

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

interface Wanted {
  key?: string;
  role?: LockRole;
  inherited?: string;
  signal?: AbortSignal;
  env?: Record<string, string>;
}

async function acquire({ key = KEY, role = 'command', ...more }: Wanted = {}): Promise<ProcessLock> {
  const options = { env: { TICKPIPE_RUN_DIR: runDirectory }, signal: new AbortController().signal, ...more };
  const lock = await acquireLock(key, role, { ...options, clock: systemClock });
  locks.push(lock);
  return lock;
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('it did not fail'),
    (thrown: unknown) => thrown,
  );
}

/** The holder that a lock is refused for. */
async function refusalOf(promise: Promise<unknown>): Promise<LockHolder> {
  const error = await failureOf(promise);
  if (error instanceof LockHeld) return error.holder;
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

describe('acquireLock', () => {
  it('refuses a second one and names the holder', async () => {
    await acquire();
    expect(await refusalOf(acquire())).toMatchObject({ key: KEY, pid: process.pid, role: 'command', place: 'here' });
  });

  it('is free again once released, and releasing twice takes nothing from the next', async () => {
    const first = await acquire();
    first.release();
    await acquire();
    first.release();
    expect(await refusalOf(acquire())).toMatchObject({ pid: process.pid });
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

  it('keeps locks of different keys apart', async () => {
    await acquire();
    await acquire({ key: OTHER_KEY });
    expect(await refusalOf(acquire({ key: OTHER_KEY }))).toMatchObject({ key: OTHER_KEY });
  });

  it.each(['command', 'hub', 'starter'] as const)('shows its holder and the role of it: a %s', async (role) => {
    const env = { TICKPIPE_RUN_DIR: runDirectory };
    expect(await findLockHolder(KEY, env)).toBeUndefined();
    const lock = await acquire({ role });
    expect(await findLockHolder(KEY, env)).toMatchObject({ pid: process.pid, role, place: 'here' });
    expect(await listLockHolders(env)).toMatchObject([{ key: KEY, role }]);
    expect(await findLockHolder(OTHER_KEY, env)).toBeUndefined();
    lock.release();
    expect(await findLockHolder(KEY, env)).toBeUndefined();
  });

  it('does not take one that looks around for a holder', async () => {
    const { pid, start } = identifySelf();
    await writeFile(path.join(runDirectory, `${KEY}.${pid}.${start}.00.lock`), '');
    expect(await findLockHolder(KEY, { TICKPIPE_RUN_DIR: runDirectory })).toBeUndefined();
  });

  it('ends its wait when aborted', async () => {
    await expect(acquire({ signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
    expect(await readdir(runDirectory)).toEqual([]);
  });

  it('does not wait for ever for a process that stopped while it competed', async () => {
    const { pid, start } = identifySelf();
    await writeFile(path.join(runDirectory, `${KEY}.${pid}.${start}.00.lock`), '');
    expect(await refusalOf(acquire())).toMatchObject({ pid, role: 'starter' });
    expect(await listLocks()).toHaveLength(1);
  });
});

describe('a lock that is inherited', () => {
  it('passes from one process to another without a moment in which it is free', async () => {
    const starter = startHolder();
    expect(await ask(starter, { acquire: KEY })).toBe('held');
    const [inherited = ''] = await listLocks();
    const lock = await acquire({ role: 'hub', inherited });
    expect(await readdir(runDirectory)).toEqual(expect.arrayContaining([lock.name]));
    expect(await listLocks()).toEqual([lock.name]);
    expect(await ask(starter, { release: true })).toBe('released');
    expect(await findLockHolder(KEY, { TICKPIPE_RUN_DIR: runDirectory })).toMatchObject({
      pid: process.pid,
      role: 'hub',
    });
    lock.release();
    expect(await readdir(runDirectory)).toEqual([]);
  });

  it('is taken as any other when the process that held it was killed', async () => {
    const starter = startHolder();
    expect(await ask(starter, { acquire: KEY })).toBe('held');
    const [inherited = ''] = await listLocks();
    await end(starter);
    const other = await acquire({ role: 'starter' });
    expect(await refusalOf(acquire({ role: 'hub', inherited }))).toMatchObject({ role: 'starter' });
    other.release();
    await acquire({ role: 'hub', inherited });
  });

  it('gives no way past another holder', async () => {
    await acquire();
    expect(await refusalOf(acquire({ role: 'hub', inherited: 'another' }))).toMatchObject({ pid: process.pid });
  });
});

describe('a lock of another process', () => {
  it('holds until that process exits', async () => {
    const child = startHolder();
    expect(await ask(child, { acquire: KEY })).toBe('held');
    expect(await refusalOf(acquire())).toMatchObject({ pid: child.pid });
    const exited = once(child, 'exit');
    child.send({ exit: true });
    await exited;
    expect(await readdir(runDirectory)).toEqual([]);
    await acquire();
  });

  it('does not outlive a kill -9', async () => {
    const child = startHolder();
    expect(await ask(child, { acquire: KEY })).toBe('held');
    await end(child);
    expect(await listLocks()).toHaveLength(1);
    await acquire();
    expect(await listLocks()).toHaveLength(1);
  });

  it('holds also while that process is stopped', async () => {
    const child = startHolder();
    expect(await ask(child, { acquire: KEY })).toBe('held');
    child.kill('SIGSTOP');
    expect(await refusalOf(acquire())).toMatchObject({ pid: child.pid });
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
    const lock = path.join(runDirectory, `${KEY}.${pid}.${start}.${place}.0123456789ab.lock`);
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
    expect(await refusalOf(acquire())).toMatchObject({
      pid: process.pid,
      place: 'elsewhere',
      host: 'there',
      file: lock,
    });
    expect(await listLocks()).toEqual([path.basename(lock)]);
    life?.close();
  });

  it('is free when the kernel says that no process listens any more, and is removed with its signal', async () => {
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
  ])('is not taken %s; the holder names its file', async (_, identity, hasSocket) => {
    vi.spyOn(localFileSystem, 'isLocalFileSystem').mockReturnValue(false);
    const { lock, signal } = await leaveLock(identity);
    if (hasSocket) await leaveDeadSocket(signal);
    expect(await refusalOf(acquire())).toMatchObject({ place: 'unknown', file: lock });
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
    await writeFile(path.join(runDirectory, `${KEY}.${pid}.${start}.00.lock`), 'hub\n');
    expect(await refusalOf(acquire())).toMatchObject({ pid, role: 'hub' });
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

  async function race(racers: readonly ChildProcess[]): Promise<ChildProcess> {
    const at = Date.now() + 15;
    const answers = await Promise.all(racers.map((child) => ask(child, { acquire: KEY, at })));
    expect(answers.filter((answer) => answer === 'held')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'refused')).toHaveLength(racers.length - 1);
    return racers[answers.indexOf('held')] as ChildProcess;
  }

  it('end with exactly one holder over a stale lock, every time', async () => {
    const racers = Array.from({ length: PROCESSES }, startHolder);
    await Promise.all(racers.map((child) => ask(child, { ready: true })));
    const dead = await makeDeadPid();
    const winners = new Set<number | undefined>();
    for (let round = 0; round < ROUNDS; round++) {
      const winner = await race(racers);
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
      const winner = await race(racers);
      await end(winner);
      racers.splice(racers.indexOf(winner), 1);
    }
  });
});

describe('the run directory', () => {
  it('is under the home directory and private, wherever XDG_RUNTIME_DIR points', async () => {
    const home = await mkdtemp(path.join(scratch, 'home-'));
    await acquire({ env: { HOME: home, XDG_RUNTIME_DIR: path.join(scratch, 'elsewhere') } });
    const made = path.join(home, '.tickpipe', 'run');
    expect(await listLocks(made)).toHaveLength(1);
    expect((await stat(made)).mode & 0o777).toBe(0o700);
    expect((await stat(path.dirname(made))).mode & 0o777).toBe(0o700);
    expect(await refusalOf(acquire({ env: { HOME: home } }))).toMatchObject({ pid: process.pid });
  });

  it('is closed again when it was opened to others', async () => {
    const home = await mkdtemp(path.join(scratch, 'home-'));
    await mkdir(path.join(home, '.tickpipe', 'run'), { recursive: true });
    await chmod(path.join(home, '.tickpipe', 'run'), 0o755);
    await acquire({ env: { HOME: home } });
    expect((await stat(path.join(home, '.tickpipe', 'run'))).mode & 0o777).toBe(0o700);
  });

  it('may lie deep: no path is too long', async () => {
    await acquire({ env: { TICKPIPE_RUN_DIR: path.join(runDirectory, 'd'.repeat(120), 'e'.repeat(120)) } });
  });

  it.each([
    ['a home that is missing', () => ({ HOME: path.join(scratch, 'nobody') })],
    ['a home that is no directory', () => ({ HOME: holderScript })],
    ['a home that is no path', () => ({ HOME: 'relative' })],
    ['a run directory that is a file', () => ({ TICKPIPE_RUN_DIR: holderScript })],
    ['a place where nothing can be made', () => ({ TICKPIPE_RUN_DIR: '/proc/tickpipe' })],
  ])('is not to be had with %s', async (_, env) => {
    const error = await failureOf(acquire({ env: env() }));
    expect(error).toMatchObject({
      code: 'BAD_CONFIGURATION',
      exit: 78,
      hint: expect.stringContaining('TICKPIPE_RUN_DIR'),
    });
  });

  it('must not be writable by others', async () => {
    await chmod(runDirectory, 0o777);
    await expect(acquire()).rejects.toThrow('can be written by others');
  });
});
