import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, errnoPathOf } from '../errors/errno.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { chownCommand, currentUser, findExisting, isForeign } from '../host/ownership.ts';
import { outputFailed } from '../output/writer/write-error.ts';

/** Makes a recordings' directory where it is missing, and makes sure that files can be put into it. Throws `OUTPUT_FAILED`. */
export async function openDirectory(directory: string): Promise<void> {
  try {
    await makeDirectories(path.resolve(directory));
    if (!(await stat(directory)).isDirectory()) throw Object.assign(new Error('no directory'), { code: 'ENOTDIR' });
    await access(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw recordingFailed(directory, directory, error);
  }
}

const NOT_ALLOWED: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM']);

/** `OUTPUT_FAILED`. Where another user, such as root after sudo, made a part of the recordings, its hint makes them the user's own. */
export function recordingFailed(directory: string, target: string, error: unknown): TickpipeError {
  const failure = outputFailed(target, error);
  if (!NOT_ALLOWED.has(errnoOf(error)) || !isOthers(directory, errnoPathOf(error) ?? target)) return failure;
  return new TickpipeError('OUTPUT_FAILED', `${failure.message}; it belongs to another user`, {
    hint: `if these are your recordings, ${chownCommand(directory)} makes them yours`,
    cause: error,
  });
}

function isOthers(directory: string, target: string): boolean {
  try {
    const { place, stat } = findExisting(target);
    return place.startsWith(path.resolve(directory)) && stat.uid !== currentUser();
  } catch {
    return false;
  }
}

/** Whether root is about to record in a user's place: the files will be root's. */
export function isAnothersDirectory(directory: string): boolean {
  try {
    return currentUser() === 0 && isForeign(findExisting(directory).stat);
  } catch {
    return false;
  }
}

/**
 * Makes a directory and those above it, as far as they are missing. Not mkdir's own `recursive`: Node 20 loops for ever where a
 * file system answers ENOENT, as /proc does.
 * @param root is not made, nor what is above it
 */
export async function makeDirectories(directory: string, root?: string): Promise<void> {
  if (await tryMake(directory)) return;
  const parent = path.dirname(directory);
  if (parent !== directory && parent !== root) await makeDirectories(parent, root);
  if (!(await tryMake(directory))) throw Object.assign(new Error('no directory'), { code: 'ENOENT', path: directory });
}

/** False when the directory above it is missing. */
async function tryMake(directory: string): Promise<boolean> {
  try {
    await mkdir(directory);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  return true;
}
