import { fstatSync, write } from 'node:fs';
import type { Writable } from 'node:stream';

/** Called once a write has been taken whole, or has failed. */
export type WriteDone = (error?: NodeJS.ErrnoException | null) => void;

/** Where bytes go. One write at a time: the next begins after `done`. */
export interface ByteSink {
  /** The bytes may be reused once `done` was called, never before. */
  write(bytes: Uint8Array, done: WriteDone): void;
  /** How many bytes of the present write the receiver has not taken yet; undefined when that is unknown. */
  readonly untakenBytes: number | undefined;
  /**
   * Closes the receiver; no write is under way. Throws `OUTPUT_FAILED` when the last bytes cannot be made safe.
   * @param whole false when what was written is not all that there should be
   */
  close(whole: boolean): Promise<void>;
}

/** A pipe, a socket or a terminal behind a Node stream. It is not ended: stdout outlives the rows. */
export class StreamSink implements ByteSink {
  readonly #stream: Writable & { _handle?: { writeQueueSize?: unknown } | null };

  constructor(stream: Writable) {
    this.#stream = stream;
    // Each failed write calls its own callback. Without a listener the error would be thrown, too, and oclif's listener throws
    // all errors but EPIPE, as ECONNRESET where stdout is a socket.
    stream.removeAllListeners('error');
    stream.on('error', ignore);
  }

  write(bytes: Uint8Array, done: WriteDone): void {
    this.#stream.write(bytes, done);
  }

  /** What libuv still holds. Not a documented property, so its absence must not matter. */
  get untakenBytes(): number | undefined {
    const size = this.#stream._handle?.writeQueueSize;
    return typeof size === 'number' ? size : undefined;
  }

  /** A write that never ends would block the flush of the stream before exit for ever. */
  async close(whole: boolean): Promise<void> {
    if (!whole && this.#stream.writableLength > 0) this.#stream.destroy();
  }
}

function ignore(): void {}

/** How often a full descriptor is tried again. */
const RETRY_MS = 10;
const LINE_END = 0x0a;

/**
 * A file descriptor, written at its own position by the thread pool. Also for stdout when it is a file or a device: Node's
 * own stream for these ignores that a full disk may take only a part of a write.
 */
export class FileSink implements ByteSink {
  readonly #fd: number;
  readonly #finish: (whole: boolean) => Promise<void>;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #writtenBytes = 0;
  #lastRowEnd = 0;
  #done: WriteDone | undefined;

  /** @param finish what to do with the file at the end */
  constructor(fd: number, finish: (whole: boolean) => Promise<void> = async () => {}) {
    this.#fd = fd;
    this.#finish = finish;
  }

  write(bytes: Uint8Array, done: WriteDone): void {
    this.#bytes = bytes;
    this.#at = 0;
    this.#done = done;
    this.#writeRest();
  }

  get untakenBytes(): number {
    return this.#bytes.length - this.#at;
  }

  /** How many bytes have been written behind the end of the last whole row. */
  get partialRowBytes(): number {
    return this.#writtenBytes - this.#lastRowEnd;
  }

  close(whole: boolean): Promise<void> {
    return this.#finish(whole);
  }

  #writeRest(): void {
    write(this.#fd, this.#bytes, this.#at, this.#bytes.length - this.#at, null, this.#written);
  }

  readonly #written = (error: NodeJS.ErrnoException | null, count: number): void => {
    if (error === null) this.#advance(count);
    if (error === null && this.#at < this.#bytes.length) this.#writeRest();
    // A descriptor that others made non-blocking has no room now.
    else if (error?.code === 'EAGAIN') setTimeout(() => this.#writeRest(), RETRY_MS);
    else this.#finishWrite(error);
  };

  #advance(count: number): void {
    const rowEnd = count > 0 ? this.#bytes.lastIndexOf(LINE_END, this.#at + count - 1) : -1;
    if (rowEnd >= this.#at) this.#lastRowEnd = this.#writtenBytes + rowEnd + 1 - this.#at;
    this.#at += count;
    this.#writtenBytes += count;
  }

  #finishWrite(error: NodeJS.ErrnoException | null): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(error);
  }
}

/**
 * A sink for a standard stream: a file or a device other than a terminal is written through its descriptor, a pipe, a
 * socket or a terminal through the stream.
 * @param stream for example `process.stdout`; a stream without a descriptor is written as a stream
 */
export function openStandardOutput(stream: Writable & { readonly fd?: number; readonly isTTY?: boolean }): ByteSink {
  const { fd } = stream;
  if (fd === undefined || fd < 0 || stream.isTTY) return new StreamSink(stream);
  const stats = fstatSync(fd);
  const isFile = stats.isFile() || stats.isCharacterDevice() || stats.isBlockDevice();
  return isFile ? new FileSink(fd) : new StreamSink(stream);
}
