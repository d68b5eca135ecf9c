import { write } from 'node:fs';
import type { ByteSink, WriteDone } from './byte-sink.ts';

/** How often a full descriptor is tried again. */
const RETRY_MS = 10;
const LINE_END = 0x0a;

/**
 * A file descriptor, written at its own position by the thread pool. Also for stdout when it is a file or a device: Node's
 * own stream for these ignores that a filling disk takes only a part of a write.
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
