import type { Writable } from 'node:stream';

/** Called once a write has been taken whole, or has failed. */
export type WriteDone = (error?: NodeJS.ErrnoException | null) => void;

/** Where bytes go. One write at a time: the next begins after `done`. */
export interface ByteSink {
  /** The bytes may be reused once `done` was called, never before. */
  write(bytes: Uint8Array, done: WriteDone): void;
  /** How much of the present write the receiver has not taken yet; undefined when nobody knows. */
  readonly untakenBytes: number | undefined;
  /**
   * Lets go of the receiver, nothing being under way. Throws `OUTPUT_FAILED` when the last bytes cannot be made safe.
   * @param whole false when what was written is not all that there should be
   */
  close(whole: boolean): Promise<void>;
}

/** A pipe, a socket or a terminal behind a Node stream. It is not ended: stdout outlives the rows. */
export class StreamSink implements ByteSink {
  readonly #stream: Writable & { _handle?: { writeQueueSize?: unknown } | null };

  constructor(stream: Writable) {
    this.#stream = stream;
    // Each failed write tells its own callback. Without a listener it would be thrown as well, and oclif's listener throws
    // what is not EPIPE (ECONNRESET, where stdout is a socket): the one who writes is the one who listens.
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

  /** A write that was given up would keep whoever flushes the stream before exit waiting for ever. */
  async close(whole: boolean): Promise<void> {
    if (!whole && this.#stream.writableLength > 0) this.#stream.destroy();
  }
}

function ignore(): void {}
