import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { errnoOf } from '../errors/errno.ts';

/**
 * Makes a directory with mode 0700, or leaves it as it is. Not mkdir's own `recursive`: Node 20 loops for ever where a
 * file system answers ENOENT, as /proc does.
 */
export function makeDirectory(directory: string, isParentOursToMake: boolean): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'EEXIST') return;
    const parent = path.dirname(directory);
    if (code !== 'ENOENT' || !isParentOursToMake || existsSync(parent)) throw error;
    makeDirectory(parent, true);
    makeDirectory(directory, false);
  }
}
