import { type FileHandle, link, type open, rename, rm, stat } from 'node:fs/promises';
import { errnoOf } from '../../../errors/errno.ts';
import { TickpipeError } from '../../../errors/tickpipe-error.ts';

/** `open` of node:fs/promises, or what a test puts in its place. */
export type OpenFile = typeof open;

/** Writes all of the bytes at the file's end. Throws what the disk says. */
export async function appendAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, null);
    at += bytesWritten;
  }
}

export async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Gives a finished file its name; without `force` not that of a file which came meanwhile: throws `OUTPUT_EXISTS`. It may keep
 * its temporary name beside that.
 */
export async function publishFile(temporary: string, file: string, force: boolean): Promise<void> {
  if (force) return rename(temporary, file);
  try {
    await link(temporary, file);
  } catch (error) {
    // Some file systems have no hard links.
    if (errnoOf(error) === 'EEXIST' || (await exists(file))) throw outputExists(file);
    await rename(temporary, file);
  }
}

export function outputExists(file: string): TickpipeError {
  return new TickpipeError('OUTPUT_EXISTS', `${file} is there already`, {
    hint: 'it may hold what was recorded in files deleted since; --force replaces it, --to writes elsewhere',
  });
}

/** Removes a folder and all in it, if it is there. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
