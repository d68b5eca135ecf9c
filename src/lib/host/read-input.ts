import { close, constants, fstat, open, read, type Stats } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { onAbort } from '../clock/abort.ts';
import { describeErrno, errnoOf } from '../errors/errno.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { decodeText } from './decode-text.ts';

/*
 * A blocking open(2) or read(2) holds a thread of the pool, and `process.exit` waits for these threads: a named pipe that nobody
 * writes would keep Ctrl-C and every deadline from ending the program. So files that users name are opened without blocking, and
 * pipes and terminals are read in the event loop.
 */

/** How often a device that has nothing to read yet is asked again. */
const RETRY_MS = 50;
const BLOCK_BYTES = 64 * 1024;

const openFile = promisify(open);
const closeFile = promisify(close);
const readBlock = promisify(read);
const statFile = promisify(fstat);

export interface InputOptions {
  /** A longer input fails with EFBIG. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** Fails with ESPIPE for what is no regular file: a pipe may have no writer. A directory fails with EISDIR as always. */
  readonly filesOnly?: boolean | undefined;
}

/** All that a file, pipe or device held. */
export interface Input {
  readonly bytes: Buffer;
  readonly stats: Stats;
}

/**
 * Reads a file, pipe, terminal or device to its end. Throws errors of the system (`EISDIR` for a directory, `EFBIG` for more than
 * `maxBytes`), `TIMEOUT` when the signal's reason is that code, or else the signal's reason.
 */
export async function readInput(file: string, { maxBytes, signal, filesOnly }: InputOptions): Promise<Input> {
  if (signal.aborted) throw describeTimeout(file, signal.reason);
  const fd = await openFile(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const bytes = new BoundedBytes(maxBytes);
  let stream: Readable | undefined;
  try {
    const inspected = await inspect(fd, filesOnly ?? false);
    stream = inspected.stream;
    if (stream) await readStream(stream, bytes, signal);
    else await readDescriptor(fd, bytes, signal);
    return { bytes: bytes.concat(), stats: inspected.stats };
  } catch (error) {
    throw describeTimeout(file, error);
  } finally {
    // A stream closes it itself.
    if (stream === undefined) await closeFile(fd);
  }
}

/** As `readInput`, of a stream that is open already; it is destroyed afterwards. @param name what errors call it */
export async function readOpenInput(
  stream: Readable,
  name: string,
  { maxBytes, signal }: Pick<InputOptions, 'maxBytes' | 'signal'>,
): Promise<Buffer> {
  const bytes = new BoundedBytes(maxBytes);
  try {
    await readStream(stream, bytes, signal);
    return bytes.concat();
  } catch (error) {
    throw describeTimeout(name, error);
  }
}

/** As `readInput`, decoded as `decodeText` does. Throws `EILSEQ` for what is not text. */
export async function readText(file: string, options: InputOptions): Promise<{ text: string; stats: Stats }> {
  const { bytes, stats } = await readInput(file, options);
  const text = decodeText(bytes);
  if (text === undefined) throw Object.assign(new Error('not text'), { code: 'EILSEQ' });
  return { text, stats };
}

/** Why an input could not be read, in words that follow "cannot be read: ". */
export function describeInputFailure(error: unknown): string {
  const code = describeErrno(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a directory';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'EILSEQ') return 'it is not text in UTF-8 or UTF-16';
  if (code === 'ESPIPE') return 'it is not a regular file';
  return code;
}

/** Whether reading ended because its signal was aborted, and not for a reason of the file's. */
export function wasAborted(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || error instanceof TickpipeError);
}

class BoundedBytes {
  readonly #maxBytes: number;
  readonly #blocks: Buffer[] = [];
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Throws `EFBIG` when it becomes too long. */
  add(block: Buffer): void {
    this.#length += block.length;
    if (this.#length > this.#maxBytes) throw Object.assign(new Error('the input is too large'), { code: 'EFBIG' });
    this.#blocks.push(block);
  }

  concat(): Buffer {
    return Buffer.concat(this.#blocks, this.#length);
  }
}

/** With the stream that reads a pipe or a terminal; it closes the descriptor. Most programs load neither. */
async function inspect(fd: number, filesOnly: boolean): Promise<{ readonly stats: Stats; readonly stream?: Readable }> {
  const stats = await statFile(fd);
  if (filesOnly && !stats.isFile() && !stats.isDirectory())
    throw Object.assign(new Error('not a file'), { code: 'ESPIPE' });
  if (stats.isFIFO()) {
    const { Socket } = await import('node:net');
    return { stats, stream: new Socket({ fd, writable: false }) };
  }
  if (!stats.isCharacterDevice()) return { stats };
  const { isatty, ReadStream } = await import('node:tty');
  return isatty(fd) ? { stats, stream: new ReadStream(fd) } : { stats };
}

async function readStream(stream: Readable, into: BoundedBytes, signal: AbortSignal): Promise<void> {
  const stopListening = onAbort(signal, () => stream.destroy(new Error('stopped')));
  try {
    for await (const block of stream) into.add(Buffer.from(block));
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    stopListening();
    stream.destroy();
  }
}

/** Regular files, and devices that do not block. */
async function readDescriptor(fd: number, into: BoundedBytes, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const block = await readNext(fd, signal);
    if (block.length === 0) return;
    into.add(block);
  }
}

async function readNext(fd: number, signal: AbortSignal): Promise<Buffer> {
  for (;;) {
    try {
      const { bytesRead, buffer } = await readBlock(fd, Buffer.allocUnsafe(BLOCK_BYTES), 0, BLOCK_BYTES, null);
      return buffer.subarray(0, bytesRead);
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') throw error;
    }
    await delay(RETRY_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** A `TIMEOUT` that comes while a pipe is read names the pipe. Any other error is returned as it is. */
function describeTimeout(file: string, error: unknown): unknown {
  if (!(error instanceof TickpipeError) || error.code !== 'TIMEOUT') return error;
  return new TickpipeError('TIMEOUT', `${error.message}: ${JSON.stringify(file)} was not written to its end`, {
    hint: 'check the program that writes it',
  });
}
