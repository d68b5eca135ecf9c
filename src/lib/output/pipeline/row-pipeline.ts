import type { Clock, Timer } from '../../clock/clock.ts';
import { callAfter, callAtWallTime, callWhenIdle } from '../../clock/deadlines.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Subscription } from '../../market/kinds.ts';
import type { RowBatch, Tick } from '../../market/tick.ts';
import type { ControlRow, GapRow } from '../rows/control-rows.ts';
import type { WriterEnd, WriterEndOptions, WriterListener } from '../writer/output-writer.ts';
import { Expectations } from './expectations.ts';
import { type EndReason, IMPATIENT_ENDS, type Outcome, WRITELESS_ENDS } from './outcome.ts';
import { type SlowPolicy, SlowReaderGate } from './slow-reader.ts';

/** When a stream ends, and what happens while its reader is slow. */
export interface PipelineLimits {
  readonly clock: Clock;
  readonly onSlow: SlowPolicy;
  /** Control rows among the others. */
  readonly events?: boolean | undefined;
  readonly count?: number | undefined;
  readonly durationMs?: number | undefined;
  /** Epoch milliseconds. */
  readonly untilMs?: number | undefined;
  /** No first row by then; in a snapshot, the deadline for all. */
  readonly timeoutMs?: number | undefined;
  readonly idleTimeoutMs?: number | undefined;
  /** Asks the source to stop reading (`true`) or to go on. */
  readonly onPressure?: ((on: boolean) => void) | undefined;
  /** The reader is slow from now on; `onSkipped` follows if that costs rows. */
  readonly onSlowReader?: (() => void) | undefined;
  /** Called with the number of lost rows when the reader reads on, or at the end. */
  readonly onSkipped?: ((rows: number, at: number) => void) | undefined;
}

/** Where rows go, whatever they are. */
export interface RowSink {
  /** These may give rows from now on, where what has none yet is shown, too. */
  expect?(subscriptions: readonly Subscription[]): void;
  /** These give no more rows, where old ones would still be shown. */
  forget?(subscriptions: readonly Subscription[]): void;
  /** A row about the stream itself, where the format has such rows. False when there was no room for it. */
  control?(row: ControlRow): boolean;
  /** Writes out what is left. Calling again may only make it less patient. Throws `OUTPUT_FAILED`. */
  end(options: WriterEndOptions): Promise<WriterEnd>;
}

/**
 * Prints rows in their order, and decides when the stream ends. What becomes a row is decided by the class that extends it: of each
 * tick (`TickPipeline`), or of all of them (`FilterPipeline`). Ticks come from a feed.
 */
export abstract class RowPipeline<Row> {
  /** Resolves, never rejects, once no more rows will be printed. Then close the feed and call `end()`. */
  readonly outcome: Promise<Outcome>;
  /** For `OutputWriter.listen`. */
  readonly writerListener: WriterListener;
  protected readonly expectations = new Expectations();
  protected readonly clock: Clock;
  protected readonly count: number;
  protected readonly idleTimeoutMs: number;
  /** How many rows were handed to the output. */
  protected printed = 0;
  /** Monotonic. */
  protected lastRowAt = 0;
  protected isSlow = false;
  protected isFinishing = false;
  readonly #limits: PipelineLimits;
  readonly #sink: RowSink;
  readonly #gate: SlowReaderGate<Row>;
  #timers: Timer[] = [];
  #skippedBefore = 0;
  /** The rest is being written. */
  #ending = false;
  #result: Outcome | undefined;
  #resolve: (outcome: Outcome) => void = () => {};

  constructor(limits: PipelineLimits, sink: RowSink, keyOf?: (row: Row) => unknown) {
    const { clock, onSlow, count, idleTimeoutMs } = limits;
    this.#limits = limits;
    this.#sink = sink;
    this.clock = clock;
    this.#gate = new SlowReaderGate(onSlow, keyOf);
    this.count = count ?? Number.POSITIVE_INFINITY;
    this.idleTimeoutMs = idleTimeoutMs ?? 0;
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.writerListener = {
      pressure: (on) => this.isFinishing || limits.onPressure?.(on),
      slow: (on) => this.#setSlow(on),
      readerGone: () => this.finish('reader_gone'),
      failed: (error) => this.finish('output_failed', error),
    };
  }

  abstract tick(tick: Tick): void;

  /** Takes raw rows as they are. False when each has to come by `tick`: then none was taken. */
  batch(_batch: RowBatch): boolean {
    return false;
  }

  /** Hands a row to the output. False when it becomes none after all. */
  protected abstract print(row: Row): boolean;

  /** Prints a row that was held while the reader was slow. */
  protected abstract release(row: Row): void;

  /** The stream ends: what still waits for its time becomes rows now. */
  protected abstract flush(): void;

  /** The stream ends and nothing can be written: what waits is thrown away. */
  protected abstract discard(): void;

  /** `isSlow` or `isFinishing` has changed. */
  protected choosePath(): void {}

  /** Whether this end is the best there is: all that was asked for is here. */
  protected endOfFeed(): EndReason {
    return 'ended';
  }

  /** Whether the time limit for the first row ends the stream now. */
  protected get isOverdue(): boolean {
    return this.printed === 0;
  }

  /** Rows handed to the output so far. */
  get rows(): number {
    return this.printed;
  }

  /** Rows lost so far because the reader was slow. */
  get skipped(): number {
    return this.#gate.lostRows + this.#skippedBefore;
  }

  /** Adds subscriptions that should give a row. Call it before `Feed.subscribe`. */
  expect(subscriptions: readonly Subscription[]): void {
    this.expectations.add(subscriptions);
    this.#sink.expect?.(subscriptions);
  }

  /** Removes subscriptions that will give no row: unknown, refused or dropped. */
  forget(subscriptions: readonly Subscription[]): void {
    this.expectations.remove(subscriptions);
    this.#sink.forget?.(subscriptions);
  }

  /** Removes subscriptions that another client has cancelled. The stream ends when none is left. */
  drop(subscriptions: readonly Subscription[]): void {
    this.forget(subscriptions);
    if (subscriptions.length > 0 && this.expectations.size === 0) this.finish('stopped');
  }

  /** Starts the timers. */
  start(): void {
    if (this.isFinishing || this.#timers.length > 0) return;
    const { clock, durationMs, untilMs, timeoutMs } = this.#limits;
    this.lastRowAt = clock.monotonic();
    if (durationMs !== undefined) this.#timers.push(callAfter(clock, durationMs, () => this.finish('duration')));
    if (untilMs !== undefined) this.#timers.push(callAtWallTime(clock, untilMs, () => this.finish('until')));
    if (timeoutMs) {
      this.#timers.push(callAfter(clock, timeoutMs, () => this.isOverdue && this.finish('timeout')));
    }
    if (this.idleTimeoutMs > 0) {
      const end = (): void => this.finish('idle_timeout');
      this.#timers.push(callWhenIdle(clock, this.idleTimeoutMs, () => this.lastRowAt, end));
    }
  }

  gap({ from, to, reason, symbols }: Omit<GapRow, 'type'>): void {
    this.control({ type: 'Gap', from, to, reason, symbols });
  }

  state({ state, at, reason }: { readonly state: string; readonly at: number; readonly reason?: string }): void {
    this.control({ type: 'Status', state, at, reason: reason ?? null });
  }

  /** Reports rows that were lost before this pipeline. */
  skippedBefore(rows: number, at: number): void {
    this.#skippedBefore += rows;
    this.control({ type: 'Skipped', rows, at });
    this.#limits.onSkipped?.(rows, at);
  }

  /** A row about the feed: it is printed among the others with `events`. */
  control(row: ControlRow): void {
    this.#printControl(row);
  }

  /** The feed has given up. */
  failed(error: TickpipeError): void {
    this.finish('feed_failed', error);
  }

  /** The feed has no more rows. */
  ended(): void {
    this.finish(this.endOfFeed());
  }

  /** Ends the stream from outside; what waits is still written. */
  stop(): void {
    this.finish('stopped');
  }

  /**
   * Writes out what is left. A second call with `giveUpWhenStuck` ends the wait for a stuck reader, as after a signal.
   * Throws `OUTPUT_FAILED`.
   */
  end({ giveUpWhenStuck = false } = {}): Promise<WriterEnd> {
    this.finish('stopped');
    this.#ending = true;
    const reason = this.#result?.reason ?? 'stopped';
    return this.#sink.end({
      giveUpWhenStuck: giveUpWhenStuck || IMPATIENT_ENDS.has(reason),
      whole: this.isWhole(reason),
    });
  }

  /** Whether a file that is whole or not at all may stay after this end. */
  protected isWhole(_reason: EndReason): boolean {
    return true;
  }

  /** Keeps a row until the slow reader reads on, or counts it as lost. */
  protected hold(row: Row): void {
    this.#gate.hold(row);
  }

  protected take(row: Row): void {
    if (this.printed === this.count || !this.print(row)) return;
    this.noteRow();
  }

  protected noteRow(): void {
    this.printed++;
    if (this.idleTimeoutMs > 0) this.lastRowAt = this.clock.monotonic();
    if (this.printed === this.count) this.finish('count');
  }

  protected finish(reason: EndReason, error?: TickpipeError): void {
    if (this.isFinishing) return;
    this.isFinishing = true;
    this.choosePath();
    for (const timer of this.#timers) timer.cancel();
    if (WRITELESS_ENDS.has(reason)) {
      this.discard();
      this.#gate.release();
    } else {
      this.flush();
      this.isSlow = false;
      this.#releaseHeld();
    }
    const { size: expected, missing } = this.expectations;
    const { rows, skipped } = this;
    this.#result = { reason, rows, skipped, expected, missing, ...(error && { error }) };
    this.#resolve(this.#result);
  }

  #printControl(row: ControlRow): void {
    if (this.isFinishing && !this.#takesAtEnd(row)) return;
    if (!this.#limits.events || this.#sink.control === undefined) return;
    if (!this.#sink.control(row)) this.#gate.loseControlRow();
  }

  /** A loss of rows may be found after the last row; its control row is still written. */
  #takesAtEnd({ type }: ControlRow): boolean {
    return (
      type === 'Skipped' || (type === 'Gap' && !this.#ending && !WRITELESS_ENDS.has(this.#result?.reason ?? 'stopped'))
    );
  }

  #setSlow(on: boolean): void {
    if (this.isFinishing) return;
    const { onSlow, onSlowReader } = this.#limits;
    if (on && onSlow === 'exit') {
      this.finish('too_slow', new TickpipeError('OUTPUT_TOO_SLOW', 'the reader of the output does not keep up'));
      return;
    }
    this.isSlow = on;
    this.choosePath();
    if (on) onSlowReader?.();
    else this.#releaseHeld();
  }

  #releaseHeld(): void {
    const { lostRows, held } = this.#gate.release();
    if (lostRows > 0) {
      const at = this.clock.now();
      this.#printControl({ type: 'Skipped', rows: lostRows, at });
      this.#limits.onSkipped?.(lostRows, at);
    }
    for (const row of held) this.release(row);
  }
}
