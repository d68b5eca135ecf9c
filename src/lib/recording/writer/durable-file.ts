import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND;

/** A file that only grows. Its length is what has been written whole; the next error cuts it back to that. */
export class DurableFile {
  readonly #handle: FileHandle;
  /** Some file systems count no names. */
  readonly #countsNames: boolean;
  #length = 0;
  #syncing: Promise<void> | undefined;

  /** Throws EEXIST when it is there already. */
  static async create(file: string): Promise<DurableFile> {
    const handle = await open(file, NEW_FILE, 0o666);
    return new DurableFile(handle, (await handle.stat()).nlink > 0);
  }

  private constructor(handle: FileHandle, countsNames: boolean) {
    this.#handle = handle;
    this.#countsNames = countsNames;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Writes all of it. When that fails, what `isWhole` finds whole of it stays and the rest is cut off, before the error is thrown.
   * @param countWhole how many of the first `count` bytes are worth keeping
   */
  async append(bytes: Uint8Array, countWhole: (count: number) => number): Promise<void> {
    let at = 0;
    try {
      while (at < bytes.length) {
        const { bytesWritten } = await this.#handle.write(bytes, at, bytes.length - at, null);
        at += bytesWritten;
      }
      this.#length += bytes.length;
    } catch (error) {
      this.#length += countWhole(at);
      await this.#handle.truncate(this.#length).catch(() => {});
      throw error;
    }
  }

  /**
   * Has what was written so far reach the disk. One at a time: while one is under way, another call waits for that. Throws
   * ESTALE when the file was removed: the system would accept the bytes, but they would be lost.
   */
  sync(): Promise<void> {
    this.#syncing ??= this.#syncNow().finally(() => {
      this.#syncing = undefined;
    });
    return this.#syncing;
  }

  async #syncNow(): Promise<void> {
    await this.#handle.datasync();
    if (await this.isRemoved()) throw Object.assign(new Error('removed'), { code: 'ESTALE' });
  }

  /** Whether it has no name any more. */
  async isRemoved(): Promise<boolean> {
    return this.#countsNames && (await this.#handle.stat()).nlink === 0;
  }

  /** Shows others that it is still being written. */
  async touch(): Promise<void> {
    const now = new Date();
    await this.#handle.utimes(now, now);
  }

  /** Everything written is on the disk then. Throws what the disk says. */
  async close(): Promise<void> {
    try {
      await this.#syncing;
      await this.#handle.sync();
    } finally {
      await this.#handle.close();
    }
  }
}

/** Has a directory's new names reach the disk, where the file system knows such a thing. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } catch {
    // Some file systems refuse it; the names are then as safe as those of any other file.
  } finally {
    await handle.close();
  }
}
