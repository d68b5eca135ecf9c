import { rmSync } from 'node:fs';
import type { AccountLock } from '../../feed/account-lock.ts';

/** A hub that can be served at a path. */
export interface ServableHub {
  /** Resolves when it should end. */
  readonly done: Promise<void>;
  listen(socketPath: string): Promise<void>;
  close(): Promise<void>;
}

export interface BackgroundHubOptions {
  readonly socketPath: string;
  /** Takes the account's lock, for as long as the hub lives. Throws `SECOND_CONNECTION`. */
  readonly acquire: () => Promise<AccountLock>;
  readonly open: () => Promise<ServableHub>;
  /** Called once it can be connected to. */
  readonly ready: () => void;
  readonly signal: AbortSignal;
}

/**
 * One hub from lock to lock: the lock is taken before its socket is touched, so a socket that stands there then is stale, and it is
 * given back only when the socket is gone, so that nobody connects to a hub that has ended. Resolves when it has ended.
 */
export async function runHub({ socketPath, acquire, open, ready, signal }: BackgroundHubOptions): Promise<void> {
  const lock = await acquire();
  try {
    const hub = await open();
    try {
      rmSync(socketPath, { force: true });
      await listenPrivately(hub, socketPath);
      ready();
      await Promise.race([hub.done, aborted(signal)]);
    } finally {
      rmSync(socketPath, { force: true });
      await hub.close();
    }
  } finally {
    lock.release();
  }
}

/** Its directory is the user's alone; the socket itself must be, too, from its first moment. */
async function listenPrivately(hub: ServableHub, socketPath: string): Promise<void> {
  const umask = process.umask(0o177);
  try {
    await hub.listen(socketPath);
  } finally {
    process.umask(umask);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
