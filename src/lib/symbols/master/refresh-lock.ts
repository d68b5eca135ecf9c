import { createHash } from 'node:crypto';
import { pause } from '../../clock/abort.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { acquireLock, LockHeld, type LockOptions, type ProcessLock } from '../../host/process-lock.ts';
import type { MasterFolder } from './master-folder.ts';

const KEY_LENGTH = 16;
const LOOK_AGAIN_MS = 100;
/** A holder that takes longer is stopped or on a machine that cannot be asked: two processes then fetch, which harms nothing. */
const MAX_WAIT_MS = 120_000;

export interface RefreshLockOptions extends LockOptions {
  /** Asked while another process holds the lock: whether there is nothing left to do. */
  readonly isDone: () => boolean;
  readonly onWaiting?: (() => void) | undefined;
}

/**
 * Takes the lock under which one process at a time fetches into a folder. `undefined` when the work was done by another process meanwhile.
 * Without a lock when none can be made: then processes may fetch twice, which harms nothing. Throws the signal's reason.
 */
export async function takeRefreshLock(
  { directory }: MasterFolder,
  { isDone, onWaiting, ...options }: RefreshLockOptions,
): Promise<Pick<ProcessLock, 'release'> | undefined> {
  const key = createHash('sha256').update(`symbol master ${directory}`).digest('hex').slice(0, KEY_LENGTH);
  const { clock, signal } = options;
  const giveUpAt = clock.monotonic() + MAX_WAIT_MS;
  let isWaiting = false;
  for (;;) {
    try {
      return await acquireLock(key, 'command', options);
    } catch (error) {
      if (error instanceof TickpipeError) return { release: () => {} };
      if (!(error instanceof LockHeld)) throw error;
    }
    if (isWaiting && isDone()) return undefined;
    if (!isWaiting) onWaiting?.();
    isWaiting = true;
    if (clock.monotonic() > giveUpAt) return { release: () => {} };
    await pause(clock, LOOK_AGAIN_MS, signal);
  }
}
