import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../errors/errno.ts';
import { outputFailed } from '../output/write-error.ts';

/** Makes a recordings' directory where it is missing, and makes sure that files can be put into it. Throws `OUTPUT_FAILED`. */
export async function openDirectory(directory: string): Promise<void> {
  try {
    await makeAll(path.resolve(directory));
    if (!(await stat(directory)).isDirectory()) throw Object.assign(new Error('no directory'), { code: 'ENOTDIR' });
    await access(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw outputFailed(directory, error);
  }
}

/** Not mkdir's own `recursive`: Node 20 loops for ever where a file system answers ENOENT, as /proc does. */
async function makeAll(directory: string): Promise<void> {
  try {
    await mkdir(directory);
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'EEXIST') return;
    const parent = path.dirname(directory);
    if (code !== 'ENOENT' || parent === directory) throw error;
    await makeAll(parent);
    await mkdir(directory);
  }
}
