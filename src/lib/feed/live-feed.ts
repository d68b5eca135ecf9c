import type { Clock } from '../clock/clock.ts';
import { type Moment, readMoment } from '../clock/moment.ts';
import { EXIT } from '../errors/catalogue.ts';
import { codedError, type PlainError, TickpipeError, toPlainError } from '../errors/tickpipe-error.ts';
import type { OddScale } from '../hsm/decoder.ts';
import { HsmTopicState } from '../hsm/topic-state.ts';
import type { Subscription } from '../market/kinds.ts';
import { AttemptError } from '../network/failure.ts';
import { AwaitedData } from './awaited-data.ts';
import { ConnectionCounters } from './connection-counters.ts';
import { ConnectionToken, type FeedToken } from './connection-token.ts';
import type {
  BreakReason,
  Feed,
  FeedListener,
  FeedState,
  FeedStatus,
  SubscribeOptions,
  SubscriptionResult,
} from './feed.ts';
import { GapRecord } from './gap-record.ts';
import { HeldRows } from './held-rows.ts';
import { HsmConnection } from './hsm-connection.ts';
import type { LiveFeedOptions } from './live-feed-options.ts';
import { ReconnectPolicy } from './reconnect-policy.ts';
import { RetryTimer } from './retry-timer.ts';
import { type Instruments, type LookupBreak, RetryingLookup } from './retrying-lookup.ts';
import { ScaleWarnings } from './scale-warnings.ts';
import { StallWatch } from './stall-watch.ts';
import { dropSubscriptions, placeSubscriptions, refuseTooMany } from './subscription-placement.ts';
import { alignSubscriptions, askAbout } from './subscription-wire.ts';
import { type BookState, Subscriptions, type WantedTopic, wantedSymbols } from './subscriptions.ts';
import { TickRouter } from './tick-router.ts';

/** A topic should be snapshotted at once when its subscription is acknowledged. */
const SNAPSHOT_DUE_MS = 5_000;
/** How often it is looked for another token when one is of no use. */
const LOOK_FOR_TOKEN_MS = 5_000;

/** The live data socket: keeps one connection up and everything wanted subscribed, and tells of every break. */
export class LiveFeed<T extends FeedToken> implements Feed {
  readonly simulated: boolean;
  readonly name: string;
  readonly #options: LiveFeedOptions<T>;
  readonly #listener: FeedListener;
  readonly #clock: Clock;
  readonly #book = new Subscriptions(new HsmTopicState<WantedTopic>('', 'sf'));
  readonly #router: TickRouter;
  readonly #policy: ReconnectPolicy;
  readonly #stall: StallWatch;
  readonly #held = new HeldRows();
  readonly #lookup: RetryingLookup<T>;
  readonly #connections = new ConnectionCounters();
  #attempts = 0;
  readonly #gaps: GapRecord;
  readonly #scaleWarnings = new ScaleWarnings();
  readonly #token: ConnectionToken<T>;
  #connection: HsmConnection | undefined;
  #state: FeedState;
  readonly #awaited: AwaitedData;
  readonly #retry: RetryTimer;
  #paused = false;
  #lastDataAt: number | undefined;
  /** The last data of which it is known that nothing was lost before it: a gap begins here. */
  readonly #unbroken = { wallMs: 0, monotonicMs: 0 };
  #closing: Promise<void> | undefined;
  /** Counts breaks: a connection that was begun before a break is not opened after it. */
  #breaks = 0;
  /** Lookups that wait for another token. */
  #untilRenewed: (() => void)[] = [];

  private constructor(options: LiveFeedOptions<T>, listener: FeedListener, token: T) {
    this.#options = options;
    this.#listener = listener;
    this.#token = new ConnectionToken(token, options.readToken, options.clock);
    this.#clock = options.clock;
    this.simulated = token.simulated;
    this.name = options.name;
    this.#state = { state: 'idle', at: this.#clock.now() };
    this.#gaps = new GapRecord((gap) => this.#closing || listener.event({ type: 'gap', gap }));
    this.#router = new TickRouter(this.#book, (tick) => {
      if (!this.#closing) listener.tick(tick);
    });
    this.#policy = new ReconnectPolicy(options.clock, options.random, options.maxRetries, options.admissions);
    this.#awaited = new AwaitedData(options.clock);
    this.#retry = new RetryTimer(options.clock, this.#awaited);
    this.#lookup = new RetryingLookup(options, (state) => this.#lookupFailed(state), this.#awaited);
    this.#stall = new StallWatch(options.stallTimeoutMs, options.clock, options.calendar, this.#book, {
      ask: (question, entries) => this.#connection && askAbout(this.#connection, question, entries),
      concluded: () => this.#connection?.forgetQuestions(),
      missed: (entries, from, to) => this.#gaps.add({ from, to, reason: 'stalled', symbols: wantedSymbols(entries) }),
      silent: (entries) => this.#reportSilent(entries.flatMap((entry) => entry.subscriptions)),
      stalled: () => this.#connection?.abandon('stalled', 'open but mute'),
    });
  }

  /** Reads the token, which must be usable; connects with the first subscription. */
  static async open<T extends FeedToken>(options: LiveFeedOptions<T>, listener: FeedListener): Promise<LiveFeed<T>> {
    return new LiveFeed(options, listener, await options.readToken());
  }

  async subscribe(
    subscriptions: readonly Subscription[],
    options: SubscribeOptions = {},
  ): Promise<SubscriptionResult[]> {
    const refusals = refuseTooMany(this.#book, subscriptions);
    if (refusals) return refusals;
    if (options.withinMs !== undefined) this.#hurry(options.withinMs);
    if (this.#state.state === 'idle') void this.#connect();
    const symbols = subscriptions.map(({ symbol }) => symbol);
    const instruments = await this.#resolve(symbols);
    // Others may have been entered meanwhile.
    const lateRefusals = refuseTooMany(this.#book, subscriptions);
    if (lateRefusals) return lateRefusals;
    const { results, touched } = placeSubscriptions(this.#book, subscriptions, instruments, options.strict === true);
    this.#options.tap?.subscribed(this.#book.byTopic());
    this.#align(touched);
    this.#goLiveWhenIdle();
    return results;
  }

  get isProbing(): boolean {
    return this.#stall.isProbing;
  }

  concludeProbe(): Promise<void> {
    return this.#stall.conclude();
  }

  async unsubscribe(subscriptions: readonly Subscription[]): Promise<SubscriptionResult[]> {
    const { results, touched } = dropSubscriptions(this.#book, subscriptions);
    this.#align(touched);
    return results;
  }

  pause(): void {
    this.#paused = true;
    this.#connection?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#connection?.resume();
  }

  status(): FeedStatus {
    const connections = this.#connections.read(this.#connection);
    return {
      state: this.#state,
      counters: {
        ...connections,
        ticks: this.#router.ticks,
        reconnects: this.#policy.reconnects,
        gaps: this.#gaps.count,
      },
      lastDataAt: this.#lastDataAt ?? null,
      subscriptions: this.#book.stages(),
    };
  }

  close(): Promise<void> {
    // The feed will not see the end of a break that goes on now: its gap is reported here.
    if (!this.#closing && this.#gaps.isOpen) this.#endBreak(readMoment(this.#clock));
    // The promise is there before anything is told: a listener may close the feed again.
    this.#closing ??= Promise.resolve().then(() => this.#options.onClosed?.());
    if (this.#state.state !== 'closed') {
      this.#lookup.close();
      this.#resumeLookups();
      this.#retry.cancel();
      this.#dropConnection();
      this.#setState({ state: 'closed', at: this.#clock.now() });
    }
    return this.#closing;
  }

  /** When the lookup refuses the token, the feed fails or waits for another one, unless the data socket accepted the token. */
  async #resolve(symbols: readonly string[]): Promise<Instruments> {
    for (;;) {
      try {
        return await this.#lookup.resolve(symbols, () => this.#token.current);
      } catch (error) {
        const isOfToken = error instanceof TickpipeError && error.exit === EXIT.token;
        if (!isOfToken || this.#connection?.authenticated || this.#closing) throw error;
        this.#token.refusedByLookup();
        if (!this.#waitsForToken) this.#fail(error);
        if (this.#closing) throw error;
        await new Promise<void>((resolve) => this.#untilRenewed.push(resolve));
      }
    }
  }

  async #connect(): Promise<void> {
    this.#setState({ state: 'connecting', at: this.#clock.now(), attempt: this.#policy.attempts + 1 });
    const breaks = this.#breaks;
    try {
      await this.#token.renew();
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#closing || this.#breaks !== breaks) return;
    const blockedMs = this.#options.limit?.blockedMs ?? 0;
    if (this.#policy.attempts === 0 && blockedMs > 0) {
      const message = 'the server asked to be left alone for its rate';
      const cause = new AttemptError('RATE_LIMITED', message, { isPassing: true, retryAfterMs: blockedMs });
      this.#closed('network_error', message, cause);
      return;
    }
    this.#resumeLookups();
    this.#policy.connecting();
    const { socketUrl: url, clock, tap, findRoute } = this.#options;
    const number = ++this.#attempts;
    const options = {
      url,
      hsmKey: this.#token.current.hsmKey,
      clock,
      findRoute,
      handshakeTimeoutMs: this.#policy.handshakeTimeoutMs,
    };
    this.#connection = new HsmConnection(options, {
      authenticated: () => this.#authenticated(),
      authenticationRefused: (status) => this.#fail(this.#token.refuse(status)),
      subscribed: (entries, ok) => this.#subscribed(entries, ok),
      snapshot: (state) => this.#snapshot(state),
      tick: (state) => {
        if (this.#held.isEmpty || !this.#held.add(state)) this.#router.tick(state);
      },
      answered: () => this.#stall.answered(),
      stoodStill: (ms) => this.#stoodStill(ms),
      oddScale: (topic, scale) => this.#warnOfScale(topic, scale),
      received: tap && ((message, at) => tap.message(at, number, message)),
      dataArrived: (at, heardAt) => this.#dataArrived(at, heardAt),
      heartbeat: () => this.#beat(),
      closed: (reason, detail, cause) => this.#closed(reason, detail, cause),
    });
  }

  #authenticated(): void {
    this.#policy.authenticated();
    if (this.#paused) this.#connection?.pause();
    this.#align(this.#book.topics());
    this.#goLiveWhenIdle();
  }

  /** With nothing to subscribe, being let in is all there is; else the first acknowledged subscription shows it. */
  #goLiveWhenIdle(): void {
    const isIdle = this.#book.size === 0 && !this.#lookup.isUnderWay;
    if (!isIdle || !this.#connection?.authenticated || this.#state.state === 'live') return;
    this.#setState({ state: 'live', at: this.#clock.now() });
  }

  /** A lookup that fails for new symbols does not break what is live. */
  #lookupFailed(state: LookupBreak): void {
    if (this.#state.state === 'live') this.#warn('lookup', state.detail, { error: state.error });
    else this.#setState(state);
  }

  #align(entries: Iterable<WantedTopic>): void {
    const touched = [...entries];
    if (this.#connection?.authenticated) alignSubscriptions(this.#connection, this.#book, touched);
    for (const entry of touched) if (entry.stage === 'live') this.#router.tellWaiting(entry);
  }

  #subscribed(entries: readonly WantedTopic[], ok: boolean): void {
    if (!ok) {
      this.#subscriptionRefused(entries);
      return;
    }
    for (const entry of entries) {
      if (entry.stage !== 'sent') continue;
      entry.stage = 'acknowledged';
      entry.acknowledgedAt = this.#clock.monotonic();
    }
    if (this.#state.state !== 'live') this.#setState({ state: 'live', at: this.#clock.now() });
  }

  /** What has been accepted before will be again: only a new wish can be refused for good. */
  #subscriptionRefused(entries: readonly WantedTopic[]): void {
    if (entries.some((entry) => entry.wasLive)) {
      this.#connection?.abandon('subscription_refused', 'the server refused what it had accepted before');
      return;
    }
    const refused = entries.flatMap((entry) => entry.subscriptions);
    for (const subscription of refused) this.#book.remove(subscription);
    this.#listener.event({ type: 'refused', subscriptions: refused });
  }

  #snapshot(state: BookState): void {
    const entry = this.#router.bind(state);
    if (entry === undefined) return;
    if (this.#gaps.isOpen) this.#endBreak({ wallMs: state.receivedAt, monotonicMs: state.heardAt });
    if (this.#stall.snapshot(entry, state)) this.#held.hold(state);
    else this.#router.snapshot(entry, state);
  }

  #warnOfScale(topic: string, scale: OddScale): void {
    const entry = this.#book.topic(topic);
    const message = entry && this.#scaleWarnings.describe(topic, scale, wantedSymbols([entry]));
    if (message) this.#warn('scale', message, { about: entry.subscriptions });
  }

  #dataArrived(at: number, heardAt: number): void {
    this.#lastDataAt = at;
    if (!this.#connection?.isInDoubt) {
      this.#unbroken.wallMs = at;
      this.#unbroken.monotonicMs = heardAt;
    }
    this.#policy.dataArrived();
    this.#stall.messageRead();
    if (!this.#held.isEmpty) this.#held.release((state) => this.#releaseRow(state));
  }

  #releaseRow(state: BookState): void {
    const entry = state.attachment;
    if (entry === undefined) return;
    this.#router.snapshot(entry, state);
    this.#router.tick(state);
  }

  /** Nothing is lost while the connection lives: the messages that waited come now. */
  #stoodStill(ms: number): void {
    const seconds = (ms / 1_000).toFixed(1);
    const message = `the process that reads the data socket did not run for ${seconds} s; its rows come late`;
    this.#warn('stood_still', message);
  }

  #endBreak(to: Moment): void {
    this.#gaps.end(to, wantedSymbols(this.#book.topics()));
  }

  #beat(): void {
    const silent = this.#book.takeSilent(this.#clock.monotonic() - SNAPSHOT_DUE_MS);
    if (silent.length > 0) this.#reportSilent(silent);
    this.#stall.beat();
  }

  #closed(reason: BreakReason, detail: string, cause?: AttemptError): void {
    if (cause?.retryAfterMs) this.#options.limit?.block(cause.retryAfterMs);
    const verdict = this.#policy.ended(reason, detail, cause);
    if ('error' in verdict) {
      this.#fail(verdict.error);
      return;
    }
    // A wait that the server asked for is not shortened.
    const mayBeShortened = !cause?.retryAfterMs;
    const delayMs = mayBeShortened ? this.#awaited.cutPause(verdict.delayMs) : verdict.delayMs;
    const startTimer = (): void => this.#retry.set(delayMs, () => void this.#connect(), { mayBeShortened });
    this.#disconnect(reason, detail, delayMs, startTimer, cause);
  }

  /** A command waits for data: a pause that is under way is shortened, too. */
  #hurry(withinMs: number): void {
    this.#awaited.expectWithin(withinMs);
    if (this.#state.state !== 'disconnected') return;
    const delayMs = this.#retry.shorten();
    // It is the same break, so the listener is not notified again.
    if (delayMs !== undefined) this.#state = { ...this.#state, retryAt: this.#clock.now() + delayMs };
  }

  /** @param startTimer begins the wait for the next attempt */
  #disconnect(
    reason: BreakReason,
    detail: string,
    delayMs: number,
    startTimer: () => void,
    error?: TickpipeError,
  ): void {
    this.#breaks++;
    this.#retry.cancel();
    this.#dropConnection();
    const live = [...this.#book.topics()].filter((entry) => entry.wasLive);
    if (this.#lastDataAt !== undefined) this.#gaps.begin({ ...this.#unbroken }, reason, wantedSymbols(live));
    this.#book.forgetConnection();
    const at = this.#clock.now();
    // First: whoever is told may close the feed.
    startTimer();
    const cause = error && { error: toPlainError(error) };
    this.#setState({ state: 'disconnected', at, reason, detail, retryAt: at + delayMs, ...cause });
  }

  get #waitsForToken(): boolean {
    return this.#state.state === 'disconnected' && this.#state.reason === 'token';
  }

  #resumeLookups(): void {
    for (const resume of this.#untilRenewed.splice(0)) resume();
  }

  async #lookForToken(): Promise<void> {
    const isThere = await this.#token.hasAnother();
    if (this.#closing) return;
    if (isThere) void this.#connect();
    else this.#lookForTokenLater();
  }

  #lookForTokenLater(): void {
    this.#retry.set(LOOK_FOR_TOKEN_MS, () => void this.#lookForToken());
  }

  #dropConnection(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    this.#stall.reset();
    this.#connections.keep(connection);
    connection.close();
  }

  #setState(state: FeedState): void {
    this.#state = state;
    this.#listener.event({ type: 'state', state });
  }

  #warn(
    event: string,
    message: string,
    more: { about?: readonly Subscription[]; error?: PlainError | undefined } = {},
  ): void {
    this.#listener.event({ type: 'warning', event, message, ...more });
  }

  #reportSilent(subscriptions: readonly Subscription[]): void {
    this.#listener.event({ type: 'silent', subscriptions });
  }

  #fail(error: unknown): void {
    if (this.#closing) return;
    const coded = codedError(error, 'the feed failed');
    if (this.#options.waitsForToken && coded.exit === EXIT.token && coded.code !== 'TOKEN_CHANGED_KIND') {
      this.#disconnect('token', coded.message, LOOK_FOR_TOKEN_MS, () => this.#lookForTokenLater(), coded);
      return;
    }
    // A feed with another token may take the place of this one: its first data ends the break.
    if (coded.exit === EXIT.token) this.#gaps.forget();
    // Lookups that are waited for throw this error.
    this.#lookup.close(coded);
    void this.close();
    this.#listener.event({ type: 'failed', error: coded });
  }
}
