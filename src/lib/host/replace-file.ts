import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { loadCrypto } from './load-crypto.ts';
import { currentUser } from './ownership.ts';
import { isProcess } from './process-identity.ts';

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const LEFTOVER = /^\.tickpipe-(\d{1,10})-[0-9a-f]{16}\.tmp$/;
/** Until it has its own. */
const OWNER_ONLY = 0o600;

/** What a new file has before its first byte. */
export interface FileOwnership {
  /** Permission bits, whatever the umask. */
  readonly mode: number;
  /** Another owner than this process; only root may give a file away. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Writes a file whole or not at all: under another name in the same directory, synced, then renamed. A process that is killed in
 * between leaves the old file as it was. A link in its place is replaced, not followed. Throws what the file system says.
 */
export async function replaceFile(file: string, content: string | Uint8Array, ownership: FileOwnership): Promise<void> {
  const temporary = path.join(
    path.dirname(file),
    `.tickpipe-${process.pid}-${loadCrypto().randomBytes(8).toString('hex')}.tmp`,
  );
  const handle = await open(temporary, NEW_FILE, OWNER_ONLY);
  try {
    await fill(handle, content, ownership);
    await rename(temporary, file);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

/** Removes the other files of `replaceFile` in a directory that are this user's and whose processes have ended: they were killed. */
export async function removeLeftovers(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const left = names.filter((name) => {
    const pid = LEFTOVER.exec(name)?.[1];
    return pid !== undefined && !isProcess(Number(pid));
  });
  await Promise.all(left.map((name) => removeOwn(path.join(directory, name)).catch(() => {})));
}

async function removeOwn(file: string): Promise<void> {
  if ((await lstat(file)).uid === currentUser()) await unlink(file);
}

async function fill(handle: FileHandle, content: string | Uint8Array, { mode, owner }: FileOwnership): Promise<void> {
  try {
    if (owner) await handle.chown(owner.uid, owner.gid);
    await handle.chmod(mode);
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
