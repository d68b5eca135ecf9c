import { onAbort } from '../../clock/abort.ts';
import { codedError, TickpipeError } from '../../errors/tickpipe-error.ts';
import type { EventOf, Feed, FeedEvent, SubscriptionResult } from '../../feed/feed.ts';
import { type Subscription, subscriptionKey, symbolsOf } from '../../market/kinds.ts';
import type { RowBatch, Tick } from '../../market/tick.ts';
import type { EndReason, Outcome } from '../../output/pipeline/outcome.ts';
import { TickPipeline } from '../../output/pipeline/pipeline.ts';
import type { PipelineLimits } from '../../output/pipeline/row-pipeline.ts';
import type { ControlRow } from '../../output/rows/control-rows.ts';
import type { ReceivedRecord } from '../../rows/parsed-line.ts';
import type { PipedListener } from '../../rows/piped-feed.ts';
import { nameSome } from '../../text/join-words.ts';
import { CommandTimeout } from '../command/command-timeout.ts';
import type { StreamFlags } from '../command/flag-groups.ts';
import type { GivenSymbols } from '../command/symbol-arguments.ts';
import { describeMeant, describeUnknown, FeedMessages } from '../feed/feed-messages.ts';
import { findMarketReport } from '../feed/market-report.ts';
import type { CommandContext } from '../program/program.ts';
import { startSpinner } from '../program/spinner.ts';
import { reportWhere, type WhereCounts } from './open-where.ts';
import type { OpenedOutput, PlannedOutput, RunPipeline, StreamControls } from './output-plan.ts';
import { exitStatusOf, type Failure } from './stream-ending.ts';
import { WatchedBook } from './watched-book.ts';

/** The warning of a damaged recording, whose replay ends with 8. */
const DAMAGE = 'damage';

/** Fewer do not make the heap grow. */
const MANY_SUBSCRIPTIONS = 256;

export interface StreamRequest {
  readonly subscriptions: readonly Subscription[];
  /** The place of a symbol in a list, for messages. */
  readonly placeOf?: GivenSymbols['placeOf'] | undefined;
  readonly flags: StreamFlags;
  /** Throws coded errors; the context's signal ends it. */
  readonly openFeed: (listener: PipedListener, context: CommandContext) => Promise<Feed>;
  /** The feed plays a recording. */
  readonly isRecorded: boolean;
  /** The feed is standard input: its rows are those of another program, which reports breaks itself. */
  readonly isPiped?: boolean | undefined;
  /** The feed is read on while the reader of the output is slow. */
  readonly readsOn?: boolean | undefined;
  readonly output: PlannedOutput;
  /** What `--where` has judged, for the messages at the end. */
  readonly where?: WhereCounts | undefined;
  /** Ends when a user stops the shared session, instead of starting another. */
  readonly endsWithSession?: boolean | undefined;
  /** Waits for the time to subscribe; an AbortError when `signal` fires. */
  readonly untilTime?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** When the command began, for its `--timeout`; monotonic milliseconds. Without it the limit counts from the start of the stream. */
  readonly startedAt?: number | undefined;
  /** Called when the feed has taken the subscriptions. */
  readonly subscribed?: (() => void) | undefined;
}

/** Ends after which a check of silent symbols is useless: the output is gone, or no more data comes. */
const UNREAD_ENDS: ReadonlySet<EndReason> = new Set([
  'reader_gone',
  'output_failed',
  'too_slow',
  'feed_failed',
  'ended',
]);

/** Runs one stream from its first subscription to its last flushed row. */
export class StreamRun implements PipedListener {
  readonly #request: StreamRequest;
  readonly #context: CommandContext;
  readonly #messages: FeedMessages;
  readonly #timeout: CommandTimeout;
  #pipeline: RunPipeline | undefined;
  #output: OpenedOutput | undefined;
  #stopSpinner: () => void = () => {};
  #unknown = 0;
  /** Settles when the unknown symbols have been named. */
  #naming: Promise<void> = Promise.resolve();
  /** The current subscriptions. */
  readonly #wanted = new Map<string, Subscription>();
  /** Whether the feed was ever live. */
  #wasLive = false;
  /** What the feed was in before there were rows: a hub that others use is live at once. */
  #stateAtOpening: EventOf<'state'>['state'] | undefined;
  /** Why the feed is not live at this moment. */
  #failure: Failure | undefined;
  /** The book that a table shows beside its rows. */
  #watchedBook: WatchedBook | undefined;

  constructor(request: StreamRequest, context: CommandContext) {
    const { program, reporter, signal } = context;
    this.#request = request;
    this.#context = context;
    this.#messages = new FeedMessages(reporter, program.clock);
    this.#timeout = new CommandTimeout(program.clock, signal, request.startedAt);
    this.#wasLive = request.isPiped === true;
  }

  /** Resolves to the exit status: 0, or 3 for a part of the symbols. Throws coded errors. A signal is a planned end. */
  async run(): Promise<number> {
    const { subscriptions, flags } = this.#request;
    if (flags.timeout !== undefined) this.#timeout.limit(flags.timeout);
    if (subscriptions.length >= MANY_SUBSCRIPTIONS) await this.#context.program.heap?.keep();
    let feed: Feed | undefined;
    let output: OpenedOutput;
    try {
      feed = await this.#request.openFeed(this, { ...this.#context, signal: this.#timeout.signal });
      // A named pipe opens when another program reads it.
      output = await this.#request.output.open(feed, this.#timeout.signal);
    } catch (error) {
      await feed?.close();
      if (!this.#timeout.isOverdue(error)) throw error;
      if (feed) throw noReader(error);
      return this.#settle({
        reason: 'timeout',
        rows: 0,
        skipped: 0,
        expected: subscriptions.length,
        missing: subscriptions,
      });
    } finally {
      this.#timeout.end();
    }
    try {
      return await this.#stream(feed, output);
    } finally {
      this.#stopSpinner();
      await feed.close();
    }
  }

  async #stream(feed: Feed, output: OpenedOutput): Promise<number> {
    this.#output = output;
    const pipeline = this.#createPipeline(feed, output);
    this.#pipeline = pipeline;
    output.listen(pipeline.writerListener, this.#context.reporter, this.#controlsOf(feed, pipeline));
    this.#messages.opened(feed.name, feed.simulated);
    const stopListening = onAbort(this.#context.signal, () => pipeline.stop());
    await this.#untilTime(pipeline);
    pipeline.start();
    // A hub may have been in its state for hours. For these rows it begins now.
    if (this.#stateAtOpening) pipeline.state({ ...this.#stateAtOpening, at: this.#context.program.clock.now() });
    this.#subscribe(feed, pipeline).catch((error) => pipeline.failed(codedError(error, 'the subscription failed')));
    await this.#spinUntilLive();
    const outcome = await pipeline.outcome;
    stopListening();
    this.#stopSpinner();
    await this.#naming;
    if (!UNREAD_ENDS.has(outcome.reason)) await this.#concludeProbe(feed);
    await feed.close();
    await this.#finish(pipeline);
    if (outcome.skipped > 0) this.#context.reporter.warn(`${outcome.rows} rows, ${outcome.skipped} skipped`);
    else this.#context.reporter.detail(outcome.rows === 1 ? '1 row' : `${outcome.rows} rows`);
    this.#reportUnwritten(outcome);
    if (this.#request.where) reportWhere(this.#request.where, outcome.rows, this.#context.reporter);
    return this.#settle(outcome, await this.#describeMarkets(feed, outcome), feed.simulated);
  }

  /** @param markets which markets of the symbols without rows are closed */
  #settle(outcome: Outcome, markets = '', isSimulated = false): number {
    const { snapshot = false, timeout, 'idle-timeout': idleTimeout, 'max-age': maxAge } = this.#request.flags;
    return exitStatusOf(outcome, {
      unknown: this.#unknown,
      snapshot,
      isFiltered: this.#request.where !== undefined,
      wasLive: this.#wasLive,
      failure: this.#failure,
      timeout,
      idleTimeout,
      maxAge,
      markets,
      isSimulated,
    });
  }

  /** Which markets of the symbols without rows are closed. */
  async #describeMarkets(feed: Feed, { missing, reason }: Outcome): Promise<string> {
    const awaited = reason === 'idle_timeout' ? [...this.#wanted.values()] : missing;
    if (awaited.length === 0) return '';
    const report = await findMarketReport(feed, this.#context.program);
    return report?.(symbolsOf(awaited)) ?? '';
  }

  /** Waits for a running check of silent symbols, which may find that rows were lost. */
  async #concludeProbe(feed: Feed): Promise<void> {
    if (feed.concludeProbe === undefined) return;
    // A paused feed would not get the answer.
    feed.resume();
    await feed.concludeProbe();
  }

  async #untilTime(pipeline: RunPipeline): Promise<void> {
    const waiting = new AbortController();
    void pipeline.outcome.then(() => waiting.abort());
    try {
      await this.#request.untilTime?.(waiting.signal);
    } catch (error) {
      if (!waiting.signal.aborted) throw error;
    }
  }

  /** Reports a snapshot file that was not written because rows are missing. */
  #reportUnwritten({ reason, error }: Outcome): void {
    const { wholeFile } = this.#request.output;
    if (wholeFile === undefined || reason === 'snapshot' || error) return;
    this.#context.reporter.warn(`${wholeFile} was not written: rows are missing`, { event: 'unwritten' });
  }

  async #spinUntilLive(): Promise<void> {
    const spinner = await startSpinner(this.#context.program, this.#context.reporter, 'connecting');
    if (this.#wasLive) spinner?.stop();
    else this.#stopSpinner = () => spinner?.stop();
  }

  /** Writes the remaining rows. After a signal it does not wait for a stuck reader. */
  async #finish(pipeline: RunPipeline): Promise<void> {
    const hurry = (): void => {
      pipeline.end({ giveUpWhenStuck: true }).catch(() => {});
    };
    const stopListening = onAbort(this.#context.signal, hurry);
    await pipeline.end({ giveUpWhenStuck: this.#context.signal.aborted });
    stopListening();
  }

  #controlsOf(feed: Feed, pipeline: RunPipeline): StreamControls {
    return {
      stop: () => pipeline.stop(),
      watchBook: (symbol, onBook) => {
        if (symbol === undefined) {
          this.#watchedBook?.watch(undefined);
          return;
        }
        this.#watchedBook ??= new WatchedBook(feed);
        this.#watchedBook.watch(symbol, onBook);
      },
    };
  }

  #createPipeline(feed: Feed, output: OpenedOutput): RunPipeline {
    const { flags, readsOn = false } = this.#request;
    const limits: PipelineLimits = {
      clock: this.#context.program.clock,
      onSlow: flags['on-slow'] ?? 'conflate',
      events: flags.events ?? false,
      count: flags.count,
      durationMs: flags.duration,
      untilMs: flags.until,
      timeoutMs: this.#timeoutLeft(),
      idleTimeoutMs: flags['idle-timeout'],
      onPressure: readsOn ? undefined : (on) => (on ? feed.pause() : feed.resume()),
      onSlowReader: () => this.#context.reporter.warn('the reader of the output does not keep up', { event: 'slow' }),
      onSkipped: (rows, at) => this.#context.reporter.warn(`${rows} rows skipped`, { event: 'skipped', rows, at }),
    };
    if ('createPipeline' in output) return output.createPipeline(limits);
    return new TickPipeline({
      ...limits,
      output: output.rows,
      snapshot: flags.snapshot ?? false,
      maxAgeMs: flags['max-age'],
      where: output.where,
      changed: output.changed,
      conflateMs: flags.conflate,
    });
  }

  /** The limit includes the time before this stream, but not for a recording, which may take long to open. */
  #timeoutLeft(): number | undefined {
    const { isRecorded, flags } = this.#request;
    return flags.timeout === undefined || isRecorded ? flags.timeout : this.#timeout.leftOf(flags.timeout);
  }

  async #subscribe(feed: Feed, pipeline: RunPipeline): Promise<void> {
    const { subscriptions, flags } = this.#request;
    pipeline.expect(subscriptions);
    this.#want(subscriptions, []);
    this.#output?.change?.(subscriptions, []);
    const results = await feed.subscribe(subscriptions, { strict: flags.strict, withinMs: this.#timeoutLeft() });
    const refused = results.find((result) => result.status === 'refused' && result.code !== 'UNKNOWN_SYMBOL');
    if (refused?.status === 'refused') throw new TickpipeError(refused.code, refused.message);
    await this.#reportUnknown(results, pipeline, feed);
    this.#request.subscribed?.();
  }

  async #reportUnknown(results: readonly SubscriptionResult[], pipeline: RunPipeline, feed: Feed): Promise<void> {
    const unknown = results.filter((result) => result.status === 'unknown').map(({ subscription }) => subscription);
    if (unknown.length === 0) return;
    const symbols = symbolsOf(unknown);
    const what = describeUnknown(symbols, this.#request.placeOf);
    const { strict } = this.#request.flags;
    if (strict || unknown.length === results.length) {
      throw this.#unknownSymbol(
        strict ? `${what}; nothing subscribed` : what,
        await this.#describeMeant(symbols, feed),
      );
    }
    this.#unknown = unknown.length;
    pipeline.forget(unknown);
    this.#output?.change?.([], unknown);
    this.#naming = this.#describeMeant(symbols, feed).then((meant) => this.#messages.unknown(what, symbols, meant));
    await this.#naming;
  }

  /** What was meant by unknown symbols. A recording has only what was recorded. */
  async #describeMeant(symbols: readonly string[], { simulated }: Feed): Promise<string | undefined> {
    if (this.#request.isRecorded) return undefined;
    const { suggestForUnknown } = await import('../command/known-symbols.ts');
    return describeMeant(symbols, await suggestForUnknown(symbols, simulated, this.#context));
  }

  #unknownSymbol(what: string, meant: string | undefined): TickpipeError {
    const recorded = 'the recording has no such rows; tickpipe replay PATH --snapshot shows what it has';
    const hint = this.#request.isRecorded ? recorded : meant;
    return new TickpipeError('UNKNOWN_SYMBOL', what, { hint });
  }

  #want(added: readonly Subscription[], dropped: readonly Subscription[]): void {
    for (const subscription of added) this.#wanted.set(subscriptionKey(subscription), subscription);
    for (const subscription of dropped) this.#wanted.delete(subscriptionKey(subscription));
  }

  // --- what the feed delivers ---

  tick(tick: Tick): void {
    if (this.#watchedBook?.takes(tick)) return;
    this.#pipeline?.tick(tick);
  }

  batch(batch: RowBatch): boolean {
    return this.#pipeline?.batch(batch) ?? false;
  }

  /** A control row of a pipe. */
  control(row: ControlRow): void {
    if (row.type === 'Status') this.#showState(row);
    this.#pipeline?.control(row);
  }

  /** A live table shows that the feed of the program before this one is away. */
  #showState({ state, at }: Extract<ControlRow, { type: 'Status' }>): void {
    if (state === 'live') this.#output?.state({ state, at });
    if (state === 'disconnected') this.#output?.state({ state, at, reason: 'hub_gone', detail: '', retryAt: at });
  }

  /** Another row of a pipe that is no tick. */
  record(row: ReceivedRecord): void {
    this.#pipeline?.record?.(row);
  }

  event(event: FeedEvent): void {
    this.#handlers[event.type](event as never);
  }

  readonly #handlers: { readonly [T in FeedEvent['type']]: (event: EventOf<T>) => void } = {
    state: (event) => this.#state(event),
    gap: (event) => {
      this.#messages.event(event);
      this.#pipeline?.gap(event.gap);
    },
    silent: (event) => this.#messages.event(event),
    refused: ({ subscriptions }) => {
      const message = `the feed refused ${nameSome(symbolsOf(subscriptions))}`;
      this.#pipeline?.failed(new TickpipeError('SUBSCRIPTION_REFUSED', message));
    },
    changed: (event) => this.#changed(event),
    skipped: ({ rows, at }) => this.#pipeline?.skippedBefore(rows, at),
    stopping: () => this.#request.endsWithSession && this.#pipeline?.stop(),
    warning: (event) => this.#warning(event),
    finished: () => this.#pipeline?.ended(),
    failed: ({ error }) => this.#pipeline?.failed(error),
  };

  #state(event: EventOf<'state'>): void {
    const { state } = event;
    if (state.state === 'live') {
      this.#wasLive = true;
      this.#failure = undefined;
      this.#stopSpinner();
    }
    if (state.state === 'disconnected') this.#failure = state;
    this.#messages.event(event);
    this.#output?.state(state);
    if (state.state === 'idle' || state.state === 'closed') return;
    if (this.#pipeline) this.#pipeline.state(state);
    else this.#stateAtOpening = state;
  }

  #warning(event: EventOf<'warning'>): void {
    const { message, error } = event;
    if (error) this.#failure = { detail: message, error };
    if (event.event === DAMAGE) this.#context.reporter.shortfall(message, { event: DAMAGE });
    else this.#messages.event(event);
  }

  /** A stream without symbols ends. */
  #changed(event: EventOf<'changed'>): void {
    const { added, dropped } = event;
    this.#messages.event(event);
    this.#want(added, dropped);
    this.#output?.change?.(added, dropped);
    this.#pipeline?.expect(added);
    this.#pipeline?.drop(dropped);
  }
}

/** The error of a named pipe without a reader. @param timeout the error of the limit */
function noReader(timeout: unknown): TickpipeError {
  const when = timeout instanceof Error ? `${timeout.message}: ` : '';
  return new TickpipeError('TIMEOUT', `${when}no program reads the named pipe`, {
    hint: 'start the program that reads it',
  });
}
