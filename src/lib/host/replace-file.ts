import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import path from 'node:path';

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Writes a file whole or not at all: under another name in the same directory, synced, then renamed. A process that is killed in
 * between leaves the old file as it was. A link in its place is replaced, not followed. Throws what the file system says.
 * @param mode of the new file; it has it before its first byte
 */
export async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  const temporary = path.join(path.dirname(file), `.tickpipe-${process.pid}-${randomBytes(8).toString('hex')}.tmp`);
  const handle = await open(temporary, NEW_FILE, mode);
  try {
    await fill(handle, text, mode);
    await rename(temporary, file);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

async function fill(handle: FileHandle, text: string, mode: number): Promise<void> {
  try {
    // The umask may have taken bits away.
    await handle.chmod(mode);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
