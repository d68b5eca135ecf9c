import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Clock } from '../clock/clock.ts';

/** A change is noticed within this time. */
const LOOK_EVERY_MS = 500;
const ABSENT = 'absent';

/** A watch that can be ended. */
export interface FileWatch {
  close(): void;
}

/**
 * Calls whenever a file has become another one, or has come or gone. A file that is there at the first look is a change, too: it may be
 * another one than its reader has read. It looks at the file again and again: notifications of the system
 * do not reach behind a link, over a network, or into a folder that comes later, and a user has only so many of them. A look costs some
 * microseconds, and a slow file system gets one at a time. Keeps no process alive.
 */
export function watchFile(file: string, clock: Clock, changed: () => void): FileWatch {
  let seen = ABSENT;
  let isLooking = false;
  let isClosed = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    const now = await describe(file);
    isLooking = false;
    const before = seen;
    seen = now;
    if (!isClosed && before !== now) changed();
  };
  void look();
  const timer = clock.every(LOOK_EVERY_MS, () => void look());
  return {
    close: () => {
      isClosed = true;
      timer.cancel();
    },
  };
}

/** Differs for different contents: a file that is replaced is another inode, one that is written has another time. */
async function describe(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs }: Stats = await stat(file);
    return [dev, ino, size, mtimeMs, ctimeMs].join(' ');
  } catch {
    return ABSENT;
  }
}
