import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { pause } from '../clock/abort.ts';
import type { Clock } from '../clock/clock.ts';
import { describeErrno } from '../errors/errno.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { askLifeSignal, type LifeSignal, openLifeSignal } from './life-signal.ts';
import { loadCrypto } from './load-crypto.ts';
import { isLocalFileSystem } from './local-file-system.ts';
import { identifySelf, isSameBoot, lookUp, type ProcessIdentity } from './process-identity.ts';
import { locateRunDirectory, openRunDirectory } from './run-directory.ts';

/*
 * A lock that one process at a time holds. No process ever takes a lock file from another, so no file can be taken twice: each
 * process that wants the lock puts a file of its own into the run directory, with its identity in the name, and then reads the
 * directory. A process that sees no file of another running process has the lock: of two such files, the process of the later one must
 * have seen the earlier. A process that sees a holder is refused. Of those that still compete, all but the first by name withdraw. The
 * file of a process that has ended does not count. Any process may remove it, since its name is never used again.
 *
 * Where a pid has a meaning, it says whether a process has ended. Containers that share the directory have pids of their own. There
 * the life signal answers: a socket beside the file, bound before the file is written and closed after the file is removed.
 * A home directory may be shared by several machines. The lock of another machine counts until a user removes it, because this machine
 * cannot know whether the process still runs.
 */

/** What holds a lock: a command with a connection of its own, the hub that others share, a command that starts that hub, or one that changes a file. */
export type LockRole = 'command' | 'hub' | 'starter' | 'writer';

export interface ProcessLock {
  /** The name of its file, for a process that inherits the lock. */
  readonly name: string;
  /** Gives the lock back. Safe twice; also done when the process exits. */
  release(): void;
}

export interface LockOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The name of a lock that its holder gives to this process. It is not in the way, and is removed once this process has its own. */
  readonly inherited?: string | undefined;
}

/** Roles that a lock file names; any other text in one means `starter`. */
const NAMED_ROLES = ['hub', 'command', 'writer'] as const satisfies readonly LockRole[];
/** Competitors read the directory in under a millisecond. One that is stopped while it does so delays the others by this at most. */
const MAX_CONTEST_MS = 3_000;
const LOOK_AGAIN_MS = 4;
/** How often a process that waits for a lock tries again, at least. */
const ASK_AGAIN_MS = 10;
const NAME = /^([0-9a-f]{16})\.(\d+)\.([^.]+)(?:\.([^.]+))?\.([0-9a-f]+)\.lock$/;

/** Where the process that holds a lock is. Only `here` does its pid name it. */
export type HolderPlace = 'here' | 'elsewhere' | 'unknown';

/** A process that holds a lock. */
export interface LockHolder {
  /** What it holds: 16 hexadecimal digits. */
  readonly key: string;
  readonly pid: number;
  readonly role: LockRole;
  /** `elsewhere`: it runs in another container. `unknown`: whether it still runs cannot be known here. */
  readonly place: HolderPlace;
  /** The name that its machine or container gives itself; undefined when that is this one, or not known. */
  readonly host: string | undefined;
  readonly identity: ProcessIdentity;
  /** The lock. */
  readonly file: string;
}

/** Another process holds the lock. */
export class LockHeld extends Error {
  readonly holder: LockHolder;

  constructor(holder: LockHolder) {
    super(`process ${holder.pid} holds the lock`);
    this.holder = holder;
  }
}

interface Rival {
  readonly name: string;
  readonly identity: ProcessIdentity;
  readonly place: HolderPlace;
  readonly holds: boolean;
}

/**
 * Takes a lock. Throws `LockHeld` when another process holds it, `BAD_CONFIGURATION` when no lock can be made in the run directory,
 * or the signal's reason.
 * @param key 16 hexadecimal digits
 */
export async function acquireLock(key: string, role: LockRole, options: LockOptions): Promise<ProcessLock> {
  const { env, clock, signal, inherited } = options;
  const directory = openRunDirectory(env);
  const { pid, start, place } = identifySelf();
  const name = `${key}.${pid}.${start}.${place}.${loadCrypto().randomBytes(6).toString('hex')}.lock`;
  const file = path.join(directory, name);
  const giveUpAt = clock.monotonic() + MAX_CONTEST_MS;
  let standing = false;
  let life: LifeSignal | undefined;
  try {
    for (;;) {
      signal.throwIfAborted();
      const rivals = (await findRivals(directory, key)).filter((one) => one.name !== name && one.name !== inherited);
      const blocking = rivals.find((rival) => rival.holds) ?? (clock.monotonic() > giveUpAt ? rivals[0] : undefined);
      if (blocking) throw new LockHeld(describeHolder(directory, blocking));
      if (rivals.length === 0 && standing) {
        const lock = holdLock(file, role, life);
        if (inherited !== undefined) removeLock(path.join(directory, path.basename(inherited)));
        return lock;
      }
      if (rivals.length === 0) {
        life ??= await openLifeSignal(lifeSignalOf(file));
        writeFileSync(file, '', { flag: 'wx', mode: 0o600 });
        standing = true;
      } else {
        if (standing && rivals.some((rival) => rival.name < name)) {
          rmSync(file, { force: true });
          standing = false;
        }
        await pause(clock, LOOK_AGAIN_MS * (1 + Math.random()), signal);
      }
    }
  } catch (error) {
    if (standing) rmSync(file, { force: true });
    life?.close();
    if (error instanceof TickpipeError || error instanceof LockHeld || signal.aborted) throw error;
    throw new TickpipeError(
      'BAD_CONFIGURATION',
      `no lock can be made in ${JSON.stringify(directory)} (${describeErrno(error)})`,
      { hint: 'make it writable, or set TICKPIPE_RUN_DIR to a directory that is yours alone' },
    );
  }
}

export interface WaitOptions extends LockOptions {
  readonly maxWaitMs: number;
  /** Asked after each attempt that found the lock held: whether there is nothing left to wait for. */
  readonly isOver?: () => boolean;
}

/** Takes a lock as soon as its holder has given it back. Throws as `acquireLock`, `LockHeld` when the wait is over. */
export async function waitForLock(key: string, role: LockRole, options: WaitOptions): Promise<ProcessLock> {
  const { clock, signal, maxWaitMs, isOver = () => false } = options;
  const giveUpAt = clock.monotonic() + maxWaitMs;
  for (;;) {
    try {
      return await acquireLock(key, role, options);
    } catch (error) {
      if (!(error instanceof LockHeld) || isOver() || clock.monotonic() > giveUpAt) throw error;
    }
    await pause(clock, ASK_AGAIN_MS * (1 + Math.random()), signal);
  }
}

/** The process that holds a lock now, if there is one. Throws `BAD_CONFIGURATION`. */
export async function findLockHolder(key: string, env: LockOptions['env']): Promise<LockHolder | undefined> {
  return (await listLockHolders(env)).find((holder) => holder.key === key);
}

/** All processes of this user that hold a lock, also those that do not answer. Throws `BAD_CONFIGURATION`. */
export async function listLockHolders(env: LockOptions['env']): Promise<readonly LockHolder[]> {
  const directory = openRunDirectory(env);
  const rivals = await findRivals(directory);
  return rivals.filter((rival) => rival.holds).map((rival) => describeHolder(directory, rival));
}

/**
 * The same without making or changing anything: locks of processes that have ended stay where they are. Empty where there is no run
 * directory.
 */
export async function peekLockHolders(env: LockOptions['env']): Promise<readonly LockHolder[]> {
  const directory = locateRunDirectory(env);
  if (!existsSync(directory)) return [];
  const rivals = await findRivals(directory, undefined, () => {});
  return rivals.filter((rival) => rival.holds).map((rival) => describeHolder(directory, rival));
}

/** A file with something in it, the role and the host, is held; an empty one belongs to a process that still competes. */
function holdLock(file: string, role: LockRole, life: LifeSignal | undefined): ProcessLock {
  const release = (): void => {
    process.removeListener('exit', release);
    rmSync(file, { force: true });
    life?.close();
  };
  writeFileSync(file, `${role}\n${hostname()}\n`, { flag: 'r+' });
  process.once('exit', release);
  return { name: path.basename(file), release };
}

function removeLock(file: string): void {
  rmSync(file, { force: true });
  rmSync(lifeSignalOf(file), { force: true });
}

/** Short, as the path of a socket must be. */
function lifeSignalOf(lockFile: string): string {
  const random = NAME.exec(path.basename(lockFile))?.[5] ?? '';
  return path.join(path.dirname(lockFile), `${random}.alive`);
}

function describeHolder(directory: string, { name, identity, place }: Rival): LockHolder {
  const file = path.join(directory, name);
  const [role, host] = readContent(file);
  const key = NAME.exec(name)?.[1] ?? '';
  return { key, pid: identity.pid, role, place, host: place === 'here' ? undefined : host, identity, file };
}

/** A file that is gone by now was given back a moment ago; its role no longer matters. An empty one may become anything. */
function readContent(file: string): [role: LockRole, host: string | undefined] {
  try {
    const [role, host] = readFileSync(file, 'utf8').split('\n');
    return [NAMED_ROLES.find((one) => one === role) ?? 'starter', host || undefined];
  } catch {
    return ['hub', undefined];
  }
}

/**
 * @param key of one lock; without it those of all
 * @param remove what becomes of the lock of a process that has ended
 */
async function findRivals(directory: string, key?: string, remove = removeLock): Promise<Rival[]> {
  const rivals: Rival[] = [];
  for (const name of readdirSync(directory)) {
    const [, itsKey, pid, start, place] = NAME.exec(name) ?? [];
    if (start === undefined) continue;
    const file = path.join(directory, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    const identity = { pid: Number(pid), start, place };
    const where = await findPlace(file, identity);
    if (where === 'nowhere') remove(file);
    else if (key === undefined || itsKey === key) rivals.push({ name, identity, place: where, holds: stat.size > 0 });
  }
  return rivals;
}

async function findPlace(lockFile: string, identity: ProcessIdentity): Promise<HolderPlace | 'nowhere'> {
  const life = lookUp(identity);
  if (life !== 'unknown') return life === 'running' ? 'here' : 'nowhere';
  const answer = await askLifeSignal(lifeSignalOf(lockFile));
  if (answer === 'alive') return 'elsewhere';
  // A socket of another machine refuses as that of a dead process does; on a disk of our own there is no other machine.
  if (!isSameBoot(identity)) return isLocalFileSystem(path.dirname(lockFile)) ? 'nowhere' : 'unknown';
  return answer === 'gone' ? 'nowhere' : 'unknown';
}

/** In words: `pid 7`, and where that is. */
export function nameHolder({ pid, place, host }: Pick<LockHolder, 'pid' | 'place' | 'host'>): string {
  return place === 'here' ? `pid ${pid}` : `pid ${pid} on host ${host ?? 'unknown'}`;
}
