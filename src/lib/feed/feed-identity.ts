import { TickpipeError } from '../errors/tickpipe-error.ts';
import {
  acquireLock,
  findLockHolder,
  LockHeld,
  type LockHolder,
  type LockOptions,
  type LockRole,
  nameHolder,
  type ProcessLock,
} from '../host/process-lock.ts';
import { shortHash } from '../host/short-hash.ts';

/** What makes a feed what it is: two processes that agree in all of it use the same connection, and only one may have it. */
export type FeedIdentity =
  | {
      readonly kind: 'fyers';
      readonly socketUrl: string;
      readonly dataUrl: string;
      /** The token's `fy_id`; only a hash of it is written. */
      readonly userId: string;
      /** Whether the token is the simulator's. */
      readonly simulated: boolean;
    }
  /** The simulator of this user. */
  | { readonly kind: 'sim' }
  /** A recording, by its absolute path. */
  | { readonly kind: 'file'; readonly path: string };

/** A name for the feed that says nothing about its user: 16 hexadecimal digits. */
export function feedKey(identity: FeedIdentity): string {
  return shortHash(JSON.stringify(listParts(identity)));
}

/** The order of the parts is for ever: processes of other versions must find the same key. */
function listParts(identity: FeedIdentity): readonly unknown[] {
  switch (identity.kind) {
    case 'fyers':
      return ['fyers', identity.socketUrl, identity.dataUrl, identity.userId, identity.simulated];
    case 'sim':
      return ['sim'];
    case 'file':
      return ['file', identity.path];
  }
}

/**
 * Takes the lock of a feed's one connection on this machine. Throws `SECOND_CONNECTION`, naming the pid, when another process holds
 * it, `BAD_CONFIGURATION` when no lock can be made, or the signal's reason.
 */
export async function lockFeed(identity: FeedIdentity, role: LockRole, options: LockOptions): Promise<ProcessLock> {
  try {
    return await acquireLock(feedKey(identity), role, options);
  } catch (error) {
    throw error instanceof LockHeld ? new SecondConnection(error.holder) : error;
  }
}

/** The process that holds the feed's connection now, if there is one. Throws `BAD_CONFIGURATION`. */
export function findFeedHolder(identity: FeedIdentity, env: LockOptions['env']): Promise<LockHolder | undefined> {
  return findLockHolder(feedKey(identity), env);
}

/** `SECOND_CONNECTION`: another process holds the feed's one connection. */
export class SecondConnection extends TickpipeError {
  readonly holder: LockHolder;

  constructor(holder: LockHolder) {
    const { role, place, file } = holder;
    const what = role === 'hub' ? 'the shared session' : 'another tickpipe';
    const hint =
      place === 'unknown'
        ? `end it there; when it has ended already, remove ${file}`
        : role === 'hub'
          ? 'leave out --direct or --raw to share it, or end it with tickpipe stop'
          : undefined;
    const message = `${what} (${nameHolder(holder)}) holds the live connection of this account`;
    super('SECOND_CONNECTION', message, { hint });
    this.holder = holder;
  }

  /** Whether the holder is a hub that will serve, or will leave, by itself: a command that wants the hub waits for it. */
  get isPassing(): boolean {
    return this.holder.role !== 'command' && this.holder.place !== 'unknown';
  }
}
