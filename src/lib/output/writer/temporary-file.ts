import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';

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
