import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { LockHeld, type LockOptions, type ProcessLock, waitForLock } from '../../host/process-lock.ts';
import { shortHash } from '../../host/short-hash.ts';
import type { MasterFolder } from './master-folder.ts';

/** A holder that takes longer is stopped or on a machine that cannot be asked: two processes then fetch, which harms nothing. */
const MAX_WAIT_MS = 120_000;
const NO_LOCK: Pick<ProcessLock, 'release'> = { release: () => {} };

export interface RefreshLockOptions extends LockOptions {
  /** Asked while another process holds the lock: whether there is nothing left to do. */
  readonly isDone: () => boolean;
  /** Called once, when another process holds the lock. */
  readonly onWaiting?: (() => void) | undefined;
}

/**
 * Waits for the lock under which one process at a time fetches into a folder. Ends without a lock when there is nothing left to do, and
 * when none can be had: then processes may fetch twice, which harms nothing. Throws the signal's reason.
 */
export async function takeRefreshLock(
  { directory }: MasterFolder,
  { isDone, onWaiting, ...options }: RefreshLockOptions,
): Promise<Pick<ProcessLock, 'release'>> {
  let isWaiting = false;
  const isOver = (): boolean => {
    if (isWaiting) return isDone();
    isWaiting = true;
    onWaiting?.();
    return false;
  };
  try {
    const key = shortHash(`symbol master ${directory}`);
    return await waitForLock(key, 'command', { ...options, maxWaitMs: MAX_WAIT_MS, isOver });
  } catch (error) {
    if (error instanceof TickpipeError || error instanceof LockHeld) return NO_LOCK;
    throw error;
  }
}
