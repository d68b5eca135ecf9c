import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { ByteSink, WriteDone } from './byte-sink.ts';
import { FileSink } from './file-sink.ts';
import { outputFailed } from './write-error.ts';

const APPEND = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND;
/** More than any header line. */
const FIRST_LINE_BYTES = 64 * 1024;
const LINE_END = 0x0a;

/** A file that rows are added to. */
export interface AppendedFile {
  readonly sink: ByteSink;
  /** The line that it began with, when something stood in it and it can be read. */
  readonly firstLine: string | undefined;
  readonly isEmpty: boolean;
}

/**
 * Opens a file to add rows at its end, or makes it. A last row without a line end, which a killed program left, gets one, so
 * that the next row stands on a line of its own. Throws `OUTPUT_FAILED`.
 * @param atomic all rows are added in one piece at the end, or none
 */
export async function openAppended(file: string, atomic: boolean): Promise<AppendedFile> {
  try {
    const handle = await open(file, APPEND, 0o666);
    try {
      const { size } = await handle.stat();
      const { firstLine, isTorn } = size === 0 ? { firstLine: undefined, isTorn: false } : await look(file, size);
      const before = isTorn ? Buffer.of(LINE_END) : Buffer.alloc(0);
      if (!atomic) await handle.appendFile(before);
      return { sink: atomic ? new HeldSink(handle, before) : plainSink(handle), firstLine, isEmpty: size === 0 };
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw outputFailed(file, error);
  }
}

/** Writes as rows come. What a full disk took of a row is taken back. */
export function plainSink(handle: FileHandle): ByteSink {
  const sink = new FileSink(handle.fd, async (whole) => {
    if (!whole) await cutPartialRow(handle, sink.partialRowBytes);
    await handle.close();
  });
  return sink;
}

/** In CSV the beginning of a number may be a wrong number. Devices cannot be cut back. */
async function cutPartialRow(handle: FileHandle, bytes: number): Promise<void> {
  if (bytes === 0) return;
  const { size } = await handle.stat();
  // Counted from the end: rows may stand before ours, and a program that rotates the log may have cut it meanwhile.
  await handle.truncate(Math.max(0, size - bytes)).catch(() => {});
}

/** Of a file that may be written but not read nothing is known. */
async function look(file: string, size: number): Promise<{ firstLine: string | undefined; isTorn: boolean }> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return { firstLine: undefined, isTorn: false };
  try {
    const bytes = Buffer.alloc(Math.min(size, FIRST_LINE_BYTES));
    await handle.read(bytes, 0, bytes.length, 0);
    const last = Buffer.alloc(1);
    await handle.read(last, 0, 1, size - 1);
    const end = bytes.indexOf(LINE_END);
    return { firstLine: bytes.toString('utf8', 0, end < 0 ? bytes.length : end + 1), isTorn: last[0] !== LINE_END };
  } finally {
    await handle.close();
  }
}

/** Keeps all rows until the end, and adds them in one piece. */
class HeldSink implements ByteSink {
  readonly untakenBytes = 0;
  readonly #handle: FileHandle;
  readonly #held: Uint8Array[];

  constructor(handle: FileHandle, before: Uint8Array) {
    this.#handle = handle;
    this.#held = [before];
  }

  write(bytes: Uint8Array, done: WriteDone): void {
    this.#held.push(Uint8Array.from(bytes));
    setImmediate(done);
  }

  async close(whole: boolean): Promise<void> {
    try {
      if (whole) await this.#append(Buffer.concat(this.#held));
    } finally {
      await this.#handle.close();
    }
  }

  async #append(bytes: Buffer): Promise<void> {
    let at = 0;
    try {
      while (at < bytes.length) at += (await this.#handle.write(bytes, at)).bytesWritten;
      await this.#handle.sync();
    } catch (error) {
      await cutPartialRow(this.#handle, at);
      throw error;
    }
  }
}
