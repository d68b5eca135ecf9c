import type { Clock } from '../../clock/clock.ts';
import type { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { ByteBuffer } from '../rows/byte-buffer.ts';
import type { ByteSink } from './byte-sink.ts';
import { CHUNK_FULL_BYTES, ChunkQueue, LARGE_CHUNK_BYTES } from './chunk-queue.ts';
import { type ReaderProgress, ReaderWatch } from './reader-watch.ts';
import { isReaderGone, outputFailed } from './write-error.ts';

/** With so much queued the source should stop reading... */
export const PRESSURE_ON_BYTES = 4 * 1024 * 1024;
/** ...until the queue is down to this. */
export const PRESSURE_OFF_BYTES = 1024 * 1024;
/** So far behind, a reader is slow whatever progress it makes. */
export const SLOW_BYTES = 16 * 1024 * 1024;
export const DEFAULT_MAX_LAG_MS = 2_000;

/** Receives the events of a writer. No event follows `readerGone` or `failed`. */
export interface WriterListener {
  /** True: stop reading at the source. False: go on. */
  pressure(on: boolean): void;
  /** True: the reader has made no progress for `maxLagMs`, or is 16 MiB behind and more comes. False: it has caught up. */
  slow(on: boolean): void;
  /** The reader has closed its end. Not an error. */
  readerGone(): void;
  failed(error: TickpipeError): void;
}

/** How a writer ended. `abandoned`: the reader was stuck and the rest was discarded. */
export type WriterEnd = 'flushed' | 'reader_gone' | 'abandoned';

export interface WriterEndOptions {
  /** Give up when the reader makes no progress for `maxLagMs`: after a signal, or when it was too slow already. */
  readonly giveUpWhenStuck: boolean;
  /** False when what was written is not all that there should be: a snapshot's file is then removed. */
  readonly whole: boolean;
}

export interface OutputWriterOptions {
  readonly sink: ByteSink;
  /** What to call it in an error: `standard output`, or the file's name. */
  readonly target: string;
  readonly clock: Clock;
  readonly maxLagMs?: number | undefined;
  /** The source can wait as long as the reader likes: no reader is slow. */
  readonly sourceWaits?: boolean | undefined;
}

/**
 * The one owner of stdout or of a file. Callers append a row to `buffer` and call `commit()`. All rows committed in one turn of
 * the event loop are written together, at the end of the turn or when a chunk is full. One write is under way at a time: its
 * end shows progress, and rows that have to wait are packed densely.
 */
export class OutputWriter {
  /** Append whole rows here, then `commit()`. Another object after each commit. */
  buffer: ByteBuffer;
  readonly #sink: ByteSink;
  readonly #target: string;
  readonly #sourceWaits: boolean;
  readonly #chunks = new ChunkQueue();
  readonly #watch: ReaderWatch;
  #listener: WriterListener | undefined;
  #committed = 0;
  #turnPending = false;
  /** The chunk under way, and how far it has been written. */
  #current: ByteBuffer | undefined;
  #currentAt = 0;
  #writingBytes = 0;
  #underPressure = false;
  /**
   * A turn ended with 16 MiB queued. One message may hold that much, and the reader had no time to read; only more of it
   * in a later turn means that the source does not stop.
   */
  #overfull = false;
  #slow = false;
  #takenBytes = 0;
  #gone = false;
  #failure: TickpipeError | undefined;
  #closed = false;
  #giveUpWhenStuck = false;
  #abandoned = false;
  #ending: Promise<WriterEnd> | undefined;
  #settle: (() => void) | undefined;

  constructor(options: OutputWriterOptions) {
    const { sink, target, clock, maxLagMs = DEFAULT_MAX_LAG_MS, sourceWaits = false } = options;
    this.#sink = sink;
    this.#target = target;
    this.#sourceWaits = sourceWaits;
    this.buffer = this.#chunks.take();
    this.#watch = new ReaderWatch(
      clock,
      maxLagMs,
      () => this.#measureProgress(),
      () => this.#noteStuckReader(),
    );
  }

  /** Sets the listener and replays the current state to it. */
  listen(listener: WriterListener): void {
    this.#listener = listener;
    if (this.#failure) listener.failed(this.#failure);
    else if (this.#gone) listener.readerGone();
    else {
      if (this.#slow) listener.slow(true);
      else if (this.#underPressure) listener.pressure(true);
    }
  }

  /** Bytes accepted of which the receiver has not confirmed that it took them. */
  get queuedBytes(): number {
    const current = this.#current === undefined ? 0 : this.#current.length - this.#currentAt;
    return this.#committed + this.#chunks.bytes + current;
  }

  /** Marks what is in `buffer` as whole rows, which may be written. */
  commit(): void {
    const { length } = this.buffer;
    this.#committed = length;
    if (!this.#turnPending) {
      this.#turnPending = true;
      setImmediate(this.#endTurn);
    }
    if (length >= CHUNK_FULL_BYTES) this.#closeChunk();
  }

  /** Removes what was appended since the last commit. */
  rollback(): void {
    this.buffer.length = this.#committed;
  }

  /**
   * Resolves once everything has left, or cannot; throws `OUTPUT_FAILED`. Calling again may only make it less patient.
   * Nothing may be committed afterwards.
   */
  end({ giveUpWhenStuck, whole }: WriterEndOptions): Promise<WriterEnd> {
    if (giveUpWhenStuck) {
      this.#giveUpWhenStuck = true;
      if (this.#watch.isStuck) this.#abandon();
    }
    this.#ending ??= this.#finish(whole);
    return this.#ending;
  }

  async #finish(whole: boolean): Promise<WriterEnd> {
    this.rollback();
    this.#turnPending = false;
    this.#writeNext();
    while (!this.#isOver()) await new Promise<void>((resolve) => (this.#settle = resolve));
    this.#closed = true;
    this.#watch.stop();
    const flushed = !this.#gone && !this.#abandoned && this.#failure === undefined;
    try {
      await this.#sink.close(whole && flushed);
    } catch (error) {
      throw this.#failure ?? outputFailed(this.#target, error);
    }
    if (this.#failure) throw this.#failure;
    if (this.#gone) return 'reader_gone';
    return this.#abandoned ? 'abandoned' : 'flushed';
  }

  #isOver(): boolean {
    return this.#gone || this.#abandoned || this.#failure !== undefined || this.queuedBytes === 0;
  }

  readonly #endTurn = (): void => {
    if (!this.#turnPending) return;
    this.#turnPending = false;
    this.#overfull = this.queuedBytes >= SLOW_BYTES;
    this.#writeNext();
  };

  #closeChunk(): void {
    if (this.#gone || this.#failure || this.#closed) {
      this.buffer.length = 0;
      this.#committed = 0;
      return;
    }
    this.#chunks.push(this.buffer);
    this.buffer = this.#chunks.take();
    this.#committed = 0;
    this.#writeNext();
    this.#checkPressure();
  }

  #checkPressure(): void {
    const queued = this.queuedBytes;
    if (queued >= SLOW_BYTES && this.#overfull) this.#setSlow(true);
    else if (queued >= PRESSURE_ON_BYTES && !this.#underPressure && !this.#slow) this.#setPressure(true);
  }

  /** Begins the next write, if none is under way and there is something to write. */
  #writeNext(): void {
    if (this.#writingBytes > 0 || this.#gone || this.#failure || this.#closed) return;
    if (this.#current === undefined) {
      this.#current = this.#chunks.shift() ?? this.#takePartial();
      if (this.#current === undefined) {
        this.#settle?.();
        return;
      }
      this.#currentAt = 0;
    }
    const end = Math.min(this.#current.length, this.#currentAt + LARGE_CHUNK_BYTES);
    this.#writingBytes = end - this.#currentAt;
    this.#sink.write(this.#current.bytes.subarray(this.#currentAt, end), this.#written);
  }

  /** The chunk being filled, when no turn is adding to it. */
  #takePartial(): ByteBuffer | undefined {
    if (this.#turnPending || this.#committed === 0) return undefined;
    const chunk = this.buffer;
    this.buffer = this.#chunks.take();
    this.#committed = 0;
    return chunk;
  }

  readonly #written = (error?: NodeJS.ErrnoException | null): void => {
    const chunk = this.#current;
    if (chunk === undefined) return;
    if (error) {
      this.#fail(error);
      return;
    }
    this.#takenBytes += this.#writingBytes;
    this.#currentAt += this.#writingBytes;
    this.#writingBytes = 0;
    if (this.#currentAt >= chunk.length) {
      this.#current = undefined;
      this.#chunks.giveBack(chunk);
    }
    this.#writeNext();
    if (this.queuedBytes < SLOW_BYTES) this.#overfull = false;
    if (this.queuedBytes < PRESSURE_OFF_BYTES) {
      if (this.#slow) this.#setSlow(false);
      else if (this.#underPressure) this.#setPressure(false);
    }
  };

  #fail(error: NodeJS.ErrnoException): void {
    if (isReaderGone(error)) this.#gone = true;
    else this.#failure = outputFailed(this.#target, error);
    this.#current = undefined;
    this.#chunks.clear();
    this.buffer.length = 0;
    this.#committed = 0;
    this.#watch.stop();
    this.#settle?.();
    if (this.#failure) this.#listener?.failed(this.#failure);
    else this.#listener?.readerGone();
  }

  #measureProgress(): ReaderProgress {
    const untaken = this.#sink.untakenBytes;
    const taken = untaken === undefined ? 0 : Math.max(0, this.#writingBytes - untaken);
    return { isWaiting: this.#current !== undefined, takenBytes: this.#takenBytes + taken };
  }

  #noteStuckReader(): void {
    this.#setSlow(true);
    if (this.#giveUpWhenStuck) this.#abandon();
  }

  #abandon(): void {
    if (this.queuedBytes === 0) return;
    this.#abandoned = true;
    this.#settle?.();
  }

  #setSlow(on: boolean): void {
    if (this.#slow === on || this.#sourceWaits || this.#ending !== undefined) return;
    this.#slow = on;
    // The source is read on while the reader is slow: what it says then is conflated or dropped.
    if (on && this.#underPressure) this.#setPressure(false);
    this.#listener?.slow(on);
  }

  #setPressure(on: boolean): void {
    if (this.#ending !== undefined) return;
    this.#underPressure = on;
    this.#listener?.pressure(on);
  }
}
