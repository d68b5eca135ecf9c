import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, link, open, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../../errors/errno.ts';
import type { TickpipeError } from '../../errors/tickpipe-error.ts';

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

export interface TemporaryFile {
  readonly file: string;
  readonly handle: FileHandle;
}

/**
 * Makes a new file beside the one that it will replace. Its name cannot be guessed and is short, whatever that of the other.
 * It is never one that is there already, nor behind a link. Throws what the file system says.
 */
export async function createTemporary(beside: string): Promise<TemporaryFile> {
  const file = path.join(path.dirname(beside), `.tickpipe-${process.pid}-${randomBytes(8).toString('hex')}.tmp`);
  return { file, handle: await open(file, NEW_FILE, 0o666) };
}

/**
 * Gives a finished file its name. Without `force` it does not replace a file that came meanwhile: throws what `alreadyThere`
 * returns. It may then keep its temporary name beside the other.
 */
export async function publishFile(
  temporary: string,
  file: string,
  force: boolean,
  alreadyThere: (file: string) => TickpipeError,
): Promise<void> {
  if (force) return rename(temporary, file);
  try {
    await link(temporary, file);
  } catch (error) {
    // Some file systems have no hard links.
    if (errnoOf(error) === 'EEXIST' || (await statOrNothing(file))) throw alreadyThere(file);
    await rename(temporary, file);
  }
}

/** Undefined for a file that is not there. */
export async function statOrNothing(file: string): Promise<Stats | undefined> {
  try {
    return await stat(file);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
