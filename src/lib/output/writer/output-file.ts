import { constants, open as openDescriptor, type Stats } from 'node:fs';
import { type FileHandle, open, realpath, unlink } from 'node:fs/promises';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { errnoOf } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { type ByteSink, FileSink, StreamSink, type WriteDone } from './byte-sink.ts';
import { createTemporary, publishFile, statOrNothing } from './temporary-file.ts';
import { outputFailed } from './write-error.ts';

/** How often a named pipe is tried that has no reader yet. */
const FIFO_RETRY_MS = 50;
/** Each write goes to the end of the file, so that a log has no hole when it is copied and truncated while it grows. */
const APPEND = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND;
/** More than any header line. */
const FIRST_LINE_BYTES = 64 * 1024;
const LINE_END = 0x0a;

export interface OutputFileOptions {
  readonly file: string;
  /** Replace what is there. */
  readonly force: boolean;
  /** Appears under its name only when it is whole: written beside it, then renamed. */
  readonly atomic: boolean;
  /** Ends the wait for the reader of a named pipe. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a file for rows. Devices and pipes are written as they are: nothing there can be overwritten. Throws
 * `OUTPUT_EXISTS`, or `OUTPUT_FAILED`.
 */
export async function openOutputFile(options: OutputFileOptions): Promise<ByteSink> {
  const { file, force, atomic, signal } = options;
  try {
    const present = await statOrNothing(file);
    if (present && !present.isFile()) return await openSpecial(file, present, signal);
    if (present && !force) throw alreadyThere(file);
    if (atomic) return await openTemporary(present ? await realpath(file) : file, force, present?.mode);
    return await openPlain(file, force);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') throw alreadyThere(file);
    // A signal that came while waiting is not the file's fault.
    if (signal?.aborted) throw error;
    throw outputFailed(file, error);
  }
}

async function openPlain(file: string, force: boolean): Promise<ByteSink> {
  return plainSink(await open(file, APPEND | (force ? constants.O_TRUNC : constants.O_EXCL)));
}

/** Throws `OUTPUT_EXISTS` for a file that is there, `OUTPUT_FAILED` where that cannot be found out. */
export async function refusePresentFile(file: string): Promise<void> {
  try {
    if ((await statOrNothing(file))?.isFile()) throw alreadyThere(file);
  } catch (error) {
    throw outputFailed(file, error);
  }
}

/** A device or a pipe: it has no contents to keep or to overwrite. */
export async function isSpecialFile(file: string): Promise<boolean> {
  try {
    const present = await statOrNothing(file);
    return present !== undefined && !present.isFile() && !present.isDirectory();
  } catch (error) {
    throw outputFailed(file, error);
  }
}

async function openSpecial(file: string, present: Stats, signal: AbortSignal | undefined): Promise<ByteSink> {
  if (present.isDirectory()) throw Object.assign(new Error('EISDIR'), { code: 'EISDIR' });
  if (present.isFIFO()) return new FifoSink(await openFifo(file, signal));
  return openPlain(file, true);
}

/** A named pipe through a socket: one that is full must not hold a thread of the pool, as `process.exit` waits for those. */
class FifoSink extends StreamSink {
  readonly #socket: Socket;

  constructor(fd: number) {
    const socket = new Socket({ fd, readable: false, writable: true });
    super(socket);
    this.#socket = socket;
  }

  override async close(): Promise<void> {
    this.#socket.destroy();
  }
}

/** Waits for a reader, as a shell's redirection does, but without a blocked thread. */
async function openFifo(file: string, signal: AbortSignal | undefined): Promise<number> {
  for (;;) {
    try {
      return await promisify(openDescriptor)(file, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (errnoOf(error) !== 'ENXIO') throw error;
    }
    await delay(FIFO_RETRY_MS, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

async function openTemporary(file: string, force: boolean, mode: number | undefined): Promise<ByteSink> {
  const { file: temporary, handle } = await createTemporary(file);
  if (mode !== undefined) await handle.chmod(mode & 0o777);
  return new FileSink(handle.fd, async (whole) => {
    try {
      if (whole) await handle.sync();
      await handle.close();
      if (whole) await publishFile(temporary, file, force, alreadyThere);
    } finally {
      await unlink(temporary).catch(() => {});
    }
  });
}

function alreadyThere(file: string): TickpipeError {
  return new TickpipeError('OUTPUT_EXISTS', `${file} is there already`);
}

/** A file that rows are added to. */
export interface AppendedFile {
  readonly sink: ByteSink;
  /** The line that it began with, when something stood in it and it can be read. */
  readonly firstLine: string | undefined;
  readonly isEmpty: boolean;
}

/**
 * Opens a file to add rows at its end, or makes it. A last row without a line end, which a killed program left, gets one, so
 * that the next row begins a new line. Throws `OUTPUT_FAILED`.
 * @param atomic all rows are added in one piece at the end, or none
 */
export async function openAppended(file: string, atomic: boolean): Promise<AppendedFile> {
  try {
    const handle = await open(file, APPEND, 0o666);
    try {
      const { size } = await handle.stat();
      const { firstLine, isTorn } =
        size === 0 ? { firstLine: undefined, isTorn: false } : await inspectLines(file, size);
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
function plainSink(handle: FileHandle): ByteSink {
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
  // Counted from the end: there may be older rows, and a program that rotates the log may have cut it meanwhile.
  await handle.truncate(Math.max(0, size - bytes)).catch(() => {});
}

/** Reads the first line and the last byte. Nothing is known about a file that may be written but not read. */
async function inspectLines(file: string, size: number): Promise<{ firstLine: string | undefined; isTorn: boolean }> {
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
