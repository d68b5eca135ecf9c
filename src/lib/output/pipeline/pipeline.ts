import type { Clock, Timer } from '../../clock/clock.ts';
import { callAfter, callAtWallTime, callWhenIdle } from '../../clock/deadlines.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { numberOf } from '../../market/column-value.ts';
import type { Subscription } from '../../market/kinds.ts';
import type { RowBatch, Tick } from '../../market/tick.ts';
import type { ControlRow, GapRow } from '../rows/control-rows.ts';
import { numericColumnNamed } from '../rows/field-selection.ts';
import type { WriterEnd, WriterListener } from '../writer/output-writer.ts';
import type { RowOutput } from '../writer/row-output.ts';
import type { ChangedFilter } from './changed-filter.ts';
import { Conflator } from './conflation.ts';
import { Expectations } from './expectations.ts';
import { type EndReason, IMPATIENT_ENDS, type Outcome, WRITELESS_ENDS } from './outcome.ts';
import { type SlowPolicy, SlowReaderGate } from './slow-reader.ts';

export interface PipelineOptions {
  readonly output: RowOutput;
  readonly clock: Clock;
  readonly onSlow: SlowPolicy;
  /** Control rows among the ticks. */
  readonly events?: boolean | undefined;
  /** The first row of each subscription, then the end. */
  readonly snapshot?: boolean | undefined;
  /** In a snapshot: a row with an older exchange time counts as missing. */
  readonly maxAgeMs?: number | undefined;
  readonly changed?: ChangedFilter | undefined;
  readonly conflateMs?: number | undefined;
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

/** Decides which ticks become rows, in what order, and when the stream ends. Feeds are its source, a `RowOutput` its sink. */
export class TickPipeline {
  /** Resolves, never rejects, once no more rows will be printed. Then close the feed and call `end()`. */
  readonly outcome: Promise<Outcome>;
  /** For `OutputWriter.listen`. */
  readonly writerListener: WriterListener;
  readonly #options: PipelineOptions;
  readonly #output: RowOutput;
  readonly #clock: Clock;
  readonly #filter: ChangedFilter | undefined;
  readonly #conflator: Conflator | undefined;
  readonly #gate: SlowReaderGate;
  readonly #expectations = new Expectations();
  readonly #count: number;
  readonly #idleTimeoutMs: number;
  #timers: Timer[] = [];
  #skippedBefore = 0;
  /** Every tick is printed at once: the common case, decided once and not for each tick. */
  #fastPath = false;
  #slow = false;
  #finishing = false;
  /** The rest is being written. */
  #ending = false;
  #rows = 0;
  #lastRowAt = 0;
  #result: Outcome | undefined;
  #resolve: (outcome: Outcome) => void = () => {};

  constructor(options: PipelineOptions) {
    const { output, clock, onSlow, changed, conflateMs, count, idleTimeoutMs } = options;
    this.#options = options;
    this.#output = output;
    this.#clock = clock;
    this.#filter = changed;
    this.#conflator = conflateMs ? new Conflator(conflateMs, clock, (tick) => this.#offer(tick)) : undefined;
    this.#gate = new SlowReaderGate(onSlow);
    this.#count = count ?? Number.POSITIVE_INFINITY;
    this.#idleTimeoutMs = idleTimeoutMs ?? 0;
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.writerListener = {
      pressure: (on) => this.#finishing || options.onPressure?.(on),
      slow: (on) => this.#setSlow(on),
      readerGone: () => this.#finish('reader_gone'),
      failed: (error) => this.#finish('output_failed', error),
    };
    this.#choosePath();
  }

  /** Rows handed to the output so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Rows lost so far because the reader was slow. */
  get skipped(): number {
    return this.#gate.lostRows + this.#skippedBefore;
  }

  /** Adds subscriptions that should give a row. Call it before `Feed.subscribe`. */
  expect(subscriptions: readonly Subscription[]): void {
    this.#expectations.add(subscriptions);
    this.#output.expect?.(subscriptions);
  }

  /** Removes subscriptions that will give no row: unknown, refused or dropped. A snapshot without other missing rows is then complete. */
  forget(subscriptions: readonly Subscription[]): void {
    this.#expectations.remove(subscriptions);
    this.#output.forget?.(subscriptions);
    this.#finishCompleteSnapshot();
  }

  /** Removes subscriptions that another client has cancelled. The stream ends when none is left. */
  drop(subscriptions: readonly Subscription[]): void {
    this.forget(subscriptions);
    if (subscriptions.length > 0 && this.#expectations.size === 0) this.#finish('stopped');
  }

  /** Reports rows that were lost before this pipeline. */
  skippedBefore(rows: number, at: number): void {
    this.#skippedBefore += rows;
    this.#control({ type: 'Skipped', rows, at });
    this.#options.onSkipped?.(rows, at);
  }

  /** Starts the timers. */
  start(): void {
    if (this.#finishing || this.#timers.length > 0) return;
    const { durationMs, untilMs, timeoutMs, snapshot } = this.#options;
    const clock = this.#clock;
    this.#lastRowAt = clock.monotonic();
    if (durationMs !== undefined) this.#timers.push(callAfter(clock, durationMs, () => this.#finish('duration')));
    if (untilMs !== undefined) this.#timers.push(callAtWallTime(clock, untilMs, () => this.#finish('until')));
    if (timeoutMs) {
      this.#timers.push(callAfter(clock, timeoutMs, () => (snapshot || this.#rows === 0) && this.#finish('timeout')));
    }
    if (this.#idleTimeoutMs > 0) {
      const end = (): void => this.#finish('idle_timeout');
      this.#timers.push(callWhenIdle(clock, this.#idleTimeoutMs, () => this.#lastRowAt, end));
    }
  }

  tick(tick: Tick): void {
    if (!this.#fastPath) {
      this.#select(tick);
      return;
    }
    if (!this.#expectations.hasSeen(tick)) this.#expectations.see(tick);
    this.#print(tick);
  }

  /** Prints raw rows as they are. False when some of them may not be printed, or have to be looked at: then none was taken. */
  batch(batch: RowBatch): boolean {
    if (!this.#fastPath || this.#rows + batch.count > this.#count) return false;
    if (!this.#expectations.haveSeen(batch) || this.#output.batch?.(batch) !== true) return false;
    this.#rows += batch.count;
    if (this.#idleTimeoutMs > 0) this.#lastRowAt = this.#clock.monotonic();
    if (this.#rows === this.#count) this.#finish('count');
    return true;
  }

  gap({ from, to, reason, symbols }: Omit<GapRow, 'type'>): void {
    this.#control({ type: 'Gap', from, to, reason, symbols });
  }

  state({ state, at, reason }: { readonly state: string; readonly at: number; readonly reason?: string }): void {
    this.#control({ type: 'Status', state, at, reason: reason ?? null });
  }

  /** The feed has given up. */
  failed(error: TickpipeError): void {
    this.#finish('feed_failed', error);
  }

  /** The feed has no more rows. A snapshot of which nothing is missing is complete. */
  ended(): void {
    this.#finish(this.#options.snapshot && this.#expectations.isComplete ? 'snapshot' : 'ended');
  }

  /** Ends the stream from outside; what waits is still written. */
  stop(): void {
    this.#finish('stopped');
  }

  /**
   * Writes out what is left. A second call with `giveUpWhenStuck` ends the wait for a stuck reader, as after a signal.
   * Throws `OUTPUT_FAILED`.
   */
  end({ giveUpWhenStuck = false } = {}): Promise<WriterEnd> {
    this.#finish('stopped');
    this.#ending = true;
    const reason = this.#result?.reason ?? 'stopped';
    return this.#output.end({
      giveUpWhenStuck: giveUpWhenStuck || IMPATIENT_ENDS.has(reason),
      whole: reason === 'snapshot' || this.#options.snapshot !== true,
    });
  }

  #choosePath(): void {
    const { snapshot } = this.#options;
    this.#fastPath = !this.#finishing && !snapshot && !this.#filter && !this.#conflator && !this.#slow;
  }

  #select(tick: Tick): void {
    if (this.#finishing) return;
    if (this.#options.snapshot) {
      this.#collect(tick);
      return;
    }
    this.#expectations.see(tick);
    const mayWait = this.#conflator !== undefined || this.#slow;
    const isRow = !(mayWait && this.#filter?.differs(tick) === false) && this.#conflator?.admits(tick) !== false;
    if (isRow) this.#offer(tick);
    else this.#output.skip(tick);
  }

  #collect(tick: Tick): void {
    const { maxAgeMs } = this.#options;
    if (this.#expectations.hasSeen(tick)) return;
    if (maxAgeMs !== undefined && !isFresh(tick, maxAgeMs, this.#clock.now())) {
      this.#output.skip(tick);
      return;
    }
    this.#expectations.see(tick);
    this.#offer(tick);
    this.#finishCompleteSnapshot();
  }

  #finishCompleteSnapshot(): void {
    // Without named subscriptions the snapshot takes all rows, up to the end of the feed.
    const isComplete = this.#expectations.size > 0 && this.#expectations.isComplete;
    if (this.#options.snapshot && isComplete) this.#finish('snapshot');
  }

  /** Prints the tick, unless the reader is slow or the watched values are again those of the row before. */
  #offer(tick: Tick): void {
    if (this.#slow) {
      this.#gate.hold(tick);
      this.#output.skip(tick);
    } else if (this.#filter?.admits(tick) === false) this.#output.skip(tick);
    else this.#print(tick);
  }

  #print(tick: Tick): void {
    if (this.#rows === this.#count) return;
    if (!this.#output.tick(tick)) return;
    this.#rows++;
    if (this.#idleTimeoutMs > 0) this.#lastRowAt = this.#clock.monotonic();
    if (this.#rows === this.#count) this.#finish('count');
  }

  #control(row: ControlRow): void {
    if (this.#finishing && !this.#takesAtEnd(row)) return;
    if (!this.#options.events || this.#output.control === undefined) return;
    if (!this.#output.control(row)) this.#gate.loseControlRow();
  }

  /** A loss of rows may be found after the last row; its control row is still written. */
  #takesAtEnd({ type }: ControlRow): boolean {
    return (
      type === 'Skipped' || (type === 'Gap' && !this.#ending && !WRITELESS_ENDS.has(this.#result?.reason ?? 'stopped'))
    );
  }

  #setSlow(on: boolean): void {
    if (this.#finishing) return;
    if (on && this.#options.onSlow === 'exit') {
      this.#finish('too_slow', new TickpipeError('OUTPUT_TOO_SLOW', 'the reader of the output does not keep up'));
      return;
    }
    this.#slow = on;
    this.#choosePath();
    if (on) this.#options.onSlowReader?.();
    else this.#releaseHeld();
  }

  #releaseHeld(): void {
    const { lostRows, held } = this.#gate.release();
    if (lostRows > 0) {
      const at = this.#clock.now();
      this.#control({ type: 'Skipped', rows: lostRows, at });
      this.#options.onSkipped?.(lostRows, at);
    }
    for (const tick of held) this.#offer(tick);
  }

  #finish(reason: EndReason, error?: TickpipeError): void {
    if (this.#finishing) return;
    this.#finishing = true;
    this.#choosePath();
    for (const timer of this.#timers) timer.cancel();
    if (WRITELESS_ENDS.has(reason)) {
      this.#conflator?.close();
      this.#gate.release();
    } else {
      this.#conflator?.flush();
      this.#slow = false;
      this.#releaseHeld();
    }
    const { size: expected, missing } = this.#expectations;
    const { rows, skipped } = this;
    this.#result = { reason, rows, skipped, expected, missing, ...(error && { error }) };
    this.#resolve(this.#result);
  }
}

/** Whether the exchange gave this row at most `maxAgeMs` ago. A row without an exchange time is taken as fresh. @param now epoch milliseconds */
function isFresh(tick: Tick, maxAgeMs: number, now: number): boolean {
  const column = numericColumnNamed(tick.kind, 'exchange_time');
  const seconds = column && numberOf(column, tick.state);
  return !seconds || now - seconds * 1_000 <= maxAgeMs;
}
