import { constants, open as openDescriptor, type Stats } from 'node:fs';
import { link, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { errnoOf } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { plainSink } from './append-file.ts';
import { type ByteSink, StreamSink } from './byte-sink.ts';
import { FileSink } from './file-sink.ts';
import { createTemporary } from './temporary-file.ts';
import { outputFailed } from './write-error.ts';

/** How often a named pipe is tried that has no reader yet. */
const FIFO_RETRY_MS = 50;

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

/** Each write goes to the end of the file, so that a log has no hole when it is copied and truncated while it grows. */
async function openPlain(file: string, force: boolean): Promise<ByteSink> {
  const { O_WRONLY, O_CREAT, O_APPEND, O_TRUNC, O_EXCL } = constants;
  return plainSink(await open(file, O_WRONLY | O_CREAT | O_APPEND | (force ? O_TRUNC : O_EXCL)));
}

/** A device or a pipe: nothing stands in it that could be kept or overwritten. */
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
      if (whole) await publish(temporary, file, force);
    } finally {
      await unlink(temporary).catch(() => {});
    }
  });
}

/** Gives a finished file its name; without `force` not that of a file which came meanwhile. */
async function publish(temporary: string, file: string, force: boolean): Promise<void> {
  if (force) return rename(temporary, file);
  try {
    await link(temporary, file);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') throw alreadyThere(file);
    // Some file systems have no hard links.
    if (await statOrNothing(file)) throw alreadyThere(file);
    await rename(temporary, file);
  }
}

async function statOrNothing(file: string): Promise<Stats | undefined> {
  try {
    return await stat(file);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function alreadyThere(file: string): TickpipeError {
  return new TickpipeError('OUTPUT_EXISTS', `${file} is there already`);
}
