import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../clock/clock.ts';
import { pause } from '../clock/pause.ts';
import { describeErrno } from '../errors/errno.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { identifySelf, isRunning } from './process-identity.ts';
import { openRunDirectory } from './run-directory.ts';

/*
 * One process of an account on this machine. Nothing is ever stolen, so nothing can be stolen twice: everyone who wants
 * the lock puts a file of their own into the run directory, its name telling which process, and then looks around. Who sees
 * no file of another running process has the lock: of two who did so, the one whose file came later must have seen the other's.
 * Who sees a holder is refused. Among those still looking, all but the first by name withdraw. A file whose process has
 * ended counts for nothing, and anyone may remove it, since its name never comes back.
 */

/** What makes a feed what it is: two processes that agree in all of it are after the same connection. */
export interface LockedAccount {
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
const NAME = /^([0-9a-f]{16})\.(\d+)\.([^.]+)\.[0-9a-f]+\.lock$/;

interface Rival {
  readonly name: string;
  readonly pid: number;
  readonly holds: boolean;
}

/**
 * Takes the account's lock. Throws `SECOND_CONNECTION`, naming the pid, when another process holds it, `BAD_CONFIGURATION`
 * when there is no directory to do it in, or the signal's reason.
 */
export async function acquireAccountLock(account: LockedAccount, options: AccountLockOptions): Promise<AccountLock> {
  const { env, clock, signal = new AbortController().signal, role = 'command' } = options;
  const directory = openRunDirectory(env);
  const key = hashAccount(account);
  const { pid, start } = identifySelf();
  const name = `${key}.${pid}.${start}.${randomBytes(6).toString('hex')}.lock`;
  const file = path.join(directory, name);
  const giveUpAt = clock.monotonic() + MAX_CONTEST_MS;
  let standing = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      const rivals = findRivals(directory, key, name);
      const blocking = rivals.find((rival) => rival.holds) ?? (clock.monotonic() > giveUpAt ? rivals[0] : undefined);
      if (blocking) throw secondConnection(blocking.pid, readRole(path.join(directory, blocking.name)));
      if (rivals.length === 0 && standing) return holdLock(file, role);
      if (rivals.length === 0) {
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
export function findLockHolder(
  account: LockedAccount,
  env: AccountLockOptions['env'],
): { readonly pid: number; readonly role: LockRole } | undefined {
  const directory = openRunDirectory(env);
  const holder = findRivals(directory, hashAccount(account), '').find((rival) => rival.holds);
  return holder && { pid: holder.pid, role: readRole(path.join(directory, holder.name)) };
}

/** A name for the account that tells nothing of it: 16 hexadecimal digits. */
export function hashAccount({ feed, socketUrl, dataUrl, userId, simulated }: LockedAccount): string {
  const text = JSON.stringify([feed, socketUrl, dataUrl, userId, simulated]);
  return createHash('sha256').update(text).digest('hex').slice(0, KEY_LENGTH);
}

/** A file with something in it, the role, is held; an empty one stands for a process that looks around. */
function holdLock(file: string, role: LockRole): AccountLock {
  const release = (): void => {
    process.removeListener('exit', release);
    rmSync(file, { force: true });
  };
  writeFileSync(file, `${role}\n`, { flag: 'r+' });
  process.once('exit', release);
  return { release };
}

/** A file that is gone by now was given back a moment ago, by whom does not matter. */
function readRole(file: string): LockRole {
  try {
    return readFileSync(file, 'latin1').trim() === 'hub' ? 'hub' : 'command';
  } catch {
    return 'hub';
  }
}

function findRivals(directory: string, key: string, ownName: string): Rival[] {
  const rivals: Rival[] = [];
  for (const name of readdirSync(directory)) {
    const [, itsKey, pidText, start] = NAME.exec(name) ?? [];
    if (start === undefined || name === ownName) continue;
    const pid = Number(pidText);
    const stat = statSync(path.join(directory, name), { throwIfNoEntry: false });
    if (stat === undefined) continue;
    if (!isRunning({ pid, start })) rmSync(path.join(directory, name), { force: true });
    else if (itsKey === key) rivals.push({ name, pid, holds: stat.size > 0 });
  }
  return rivals;
}

/** `SECOND_CONNECTION`, naming the holder. */
export function secondConnection(pid: number, role: LockRole = 'command'): TickpipeError {
  if (role === 'hub') {
    return new TickpipeError(
      'SECOND_CONNECTION',
      `the shared session (pid ${pid}) holds the live connection of this account`,
      {
        hint: 'leave out --direct or --raw to share it, or end it with tickpipe stop',
      },
    );
  }
  return new TickpipeError(
    'SECOND_CONNECTION',
    `another tickpipe (pid ${pid}) holds the live connection of this account`,
  );
}
