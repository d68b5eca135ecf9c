import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { pause } from '../clock/abort.ts';
import type { Clock } from '../clock/clock.ts';
import { describeErrno } from '../errors/errno.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { askLifeSignal, type LifeSignal, openLifeSignal } from '../host/life-signal.ts';
import { isLocalFileSystem } from '../host/local-file-system.ts';
import { identifySelf, isSameBoot, lookUp, type ProcessIdentity } from '../host/process-identity.ts';
import { openRunDirectory } from '../host/run-directory.ts';

/*
 * One process of an account on this machine. Nothing is ever stolen, so nothing can be stolen twice: everyone who wants
 * the lock puts a file of their own into the run directory, its name telling which process, and then looks around. Who sees
 * no file of another running process has the lock: of two who did so, the one whose file came later must have seen the other's.
 * Who sees a holder is refused. Among those still looking, all but the first by name withdraw. A file whose process has
 * ended counts for nothing, and anyone may remove it, since its name never comes back.
 *
 * Whether a process has ended is read from its pid where that means something. Containers that share the directory have pids of
 * their own: there its life signal answers, a socket beside the file, bound before the file is there and closed after it is gone.
 * On a home directory that several machines share, the lock of another machine counts until a user removes it: whether its
 * process still runs cannot be known here.
 */

/** What makes a feed what it is: two processes that agree in all of it are after the same connection. */
export interface FeedIdentity {
  /** Which kind of feed, for example `fyers`. */
  readonly feed: string;
  readonly socketUrl: string;
  readonly dataUrl: string;
  /** The token's `fy_id`; only a hash of it is written. */
  readonly userId: string;
  /** Whether the token is the simulator's. */
  readonly simulated: boolean;
}

/** What holds a lock: a command with a connection of its own, or the hub that others share. */
export type LockRole = 'command' | 'hub';

export interface AccountLock {
  /** Gives the lock back. Safe twice; also done when the process exits. */
  release(): void;
}

export interface AccountLockOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** `command` when it is not told. */
  readonly role?: LockRole;
}

/** Rivals look around in under a millisecond; one that is stopped in the middle of it keeps the others no longer than this. */
const MAX_CONTEST_MS = 3_000;
const LOOK_AGAIN_MS = 4;
const KEY_LENGTH = 16;
const NAME = /^([0-9a-f]{16})\.(\d+)\.([^.]+)(?:\.([^.]+))?\.([0-9a-f]+)\.lock$/;

/** Where the process that holds a lock is. Only `here` does its pid name it. */
export type HolderPlace = 'here' | 'elsewhere' | 'unknown';

/** A process that holds an account's lock. */
export interface LockHolder {
  /** Of its account, as `hashAccount` makes it. */
  readonly key: string;
  readonly pid: number;
  readonly role: LockRole;
  /** `elsewhere`: it runs in another container. `unknown`: whether it still runs cannot be known here. */
  readonly place: HolderPlace;
  /** Of the machine or container, as it calls itself; undefined when it is this one, or it is not known. */
  readonly host: string | undefined;
  readonly identity: ProcessIdentity;
  /** The lock. */
  readonly file: string;
}

interface Rival {
  readonly name: string;
  readonly identity: ProcessIdentity;
  readonly place: HolderPlace;
  readonly holds: boolean;
}

/**
 * Takes the account's lock. Throws `SECOND_CONNECTION`, naming the pid, when another process holds it, `BAD_CONFIGURATION`
 * when there is no directory to do it in, or the signal's reason.
 */
export async function acquireAccountLock(account: FeedIdentity, options: AccountLockOptions): Promise<AccountLock> {
  const { env, clock, signal = new AbortController().signal, role = 'command' } = options;
  const directory = openRunDirectory(env);
  const key = feedKey(account);
  const { pid, start, place } = identifySelf();
  const random = randomBytes(6).toString('hex');
  const name = `${key}.${pid}.${start}.${place}.${random}.lock`;
  const file = path.join(directory, name);
  const giveUpAt = clock.monotonic() + MAX_CONTEST_MS;
  let standing = false;
  let life: LifeSignal | undefined;
  try {
    for (;;) {
      signal.throwIfAborted();
      const rivals = await findRivals(directory, key, name);
      const blocking = rivals.find((rival) => rival.holds) ?? (clock.monotonic() > giveUpAt ? rivals[0] : undefined);
      if (blocking) throw secondConnectionError(describeHolder(directory, blocking));
      if (rivals.length === 0 && standing) return holdLock(file, role, life);
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
    if (error instanceof TickpipeError || signal.aborted) throw error;
    throw new TickpipeError(
      'BAD_CONFIGURATION',
      `no lock can be made in ${JSON.stringify(directory)} (${describeErrno(error)})`,
      {
        hint: 'make it writable, or set TICKPIPE_RUN_DIR to a directory that is yours alone',
      },
    );
  }
}

/** Who holds the account's lock just now, if anybody does. Throws `BAD_CONFIGURATION`. */
export async function findLockHolder(
  account: FeedIdentity,
  env: AccountLockOptions['env'],
): Promise<LockHolder | undefined> {
  const [holder] = await findHolders(openRunDirectory(env), feedKey(account));
  return holder;
}

/** All of this user's hubs that hold a lock, also those that do not answer. Throws `BAD_CONFIGURATION`. */
export async function listHubHolders(env: AccountLockOptions['env']): Promise<readonly LockHolder[]> {
  return (await findHolders(openRunDirectory(env))).filter(({ role }) => role === 'hub');
}

async function findHolders(directory: string, key?: string): Promise<LockHolder[]> {
  const rivals = await findRivals(directory, key, '');
  return rivals.filter((rival) => rival.holds).map((rival) => describeHolder(directory, rival));
}

/** A name for the account that tells nothing of it: 16 hexadecimal digits. */
export function feedKey({ feed, socketUrl, dataUrl, userId, simulated }: FeedIdentity): string {
  const text = JSON.stringify([feed, socketUrl, dataUrl, userId, simulated]);
  return createHash('sha256').update(text).digest('hex').slice(0, KEY_LENGTH);
}

/** A file with something in it, the role and the host, is held; an empty one stands for a process that looks around. */
function holdLock(file: string, role: LockRole, life: LifeSignal | undefined): AccountLock {
  const release = (): void => {
    process.removeListener('exit', release);
    rmSync(file, { force: true });
    life?.close();
  };
  writeFileSync(file, `${role}\n${hostname()}\n`, { flag: 'r+' });
  process.once('exit', release);
  return { release };
}

/** Short, as the path of a socket must be. */
function lifeSignalOf(lockFile: string): string {
  const random = NAME.exec(path.basename(lockFile))?.[5] ?? '';
  return path.join(path.dirname(lockFile), `${random}.alive`);
}

function describeHolder(directory: string, { name, identity, place }: Rival): LockHolder {
  const file = path.join(directory, name);
  const [role, host] = readContent(file);
  const key = name.slice(0, KEY_LENGTH);
  return { key, pid: identity.pid, role, place, host: place === 'here' ? undefined : host, identity, file };
}

/** A file that is gone by now was given back a moment ago, by whom does not matter. */
function readContent(file: string): [role: LockRole, host: string | undefined] {
  try {
    const [role, host] = readFileSync(file, 'utf8').split('\n');
    return [role === 'hub' ? 'hub' : 'command', host || undefined];
  } catch {
    return ['hub', undefined];
  }
}

/** @param key of one account; without it those of all */
async function findRivals(directory: string, key: string | undefined, ownName: string): Promise<Rival[]> {
  const rivals: Rival[] = [];
  for (const name of readdirSync(directory)) {
    const [, itsKey, pid, start, place] = NAME.exec(name) ?? [];
    if (start === undefined || name === ownName) continue;
    const file = path.join(directory, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    const identity = { pid: Number(pid), start, place };
    const where = await findPlace(file, identity);
    if (where === 'nowhere') {
      rmSync(file, { force: true });
      rmSync(lifeSignalOf(file), { force: true });
    } else if (key === undefined || itsKey === key) {
      rivals.push({ name, identity, place: where, holds: stat.size > 0 });
    }
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

/** `SECOND_CONNECTION`, naming the holder. */
export function secondConnectionError(
  holder: Pick<LockHolder, 'pid' | 'role' | 'place' | 'host' | 'file'>,
): TickpipeError {
  const { role, place, file } = holder;
  const what = role === 'hub' ? 'the shared session' : 'another tickpipe';
  const message = `${what} (${nameHolder(holder)}) holds the live connection of this account`;
  if (place === 'unknown') {
    const hint = `end it there; when it has ended already, remove ${file}`;
    return new TickpipeError('SECOND_CONNECTION', message, { hint });
  }
  const hint = role === 'hub' ? { hint: 'leave out --direct or --raw to share it, or end it with tickpipe stop' } : {};
  return new TickpipeError('SECOND_CONNECTION', message, hint);
}

/** In words: `pid 7`, and where that is. */
export function nameHolder({ pid, place, host }: Pick<LockHolder, 'pid' | 'place' | 'host'>): string {
  return place === 'here' ? `pid ${pid}` : `pid ${pid} on host ${host ?? 'unknown'}`;
}
