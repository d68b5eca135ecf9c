import type { Clock } from '../clock/clock.ts';
import { istDate } from '../clock/ist.ts';
import { type Moment, readMoment } from '../clock/moment.ts';
import { EXIT } from '../errors/catalogue.ts';
import { type PlainError, TickpipeError } from '../errors/tickpipe-error.ts';
import type { BarHistory } from '../history/bar-history.ts';
import type { OddScale } from '../hsm/decoder.ts';
import { HsmTopicState } from '../hsm/topic-table.ts';
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
import { Gaps } from './gaps.ts';
import { HeldRows } from './held-rows.ts';
import { HsmConnection } from './hsm-connection.ts';
import type { LiveFeedOptions } from './live-feed-options.ts';
import { ReconnectPolicy } from './reconnect-policy.ts';
import { type Instruments, RetryingLookup } from './retrying-lookup.ts';
import { ScaleWarnings } from './scale-warnings.ts';
import { StallWatch } from './stall-watch.ts';
import { Subscriptions, type WantedTopic, type WantedTopicState, wantedSymbols } from './subscriptions.ts';
import { type Break, Supervisor } from './supervisor.ts';
import { TickRouter } from './tick-router.ts';

/** A topic should be snapshotted at once when its subscription is acknowledged. */
const SNAPSHOT_DUE_MS = 5_000;

/** The live data socket: keeps one connection open and everything wanted subscribed, and reports every break. */
export class LiveFeed<T extends FeedToken> implements Feed {
  readonly simulated: boolean;
  readonly name: string;
  readonly history: BarHistory | undefined;
  readonly #options: LiveFeedOptions<T>;
  readonly #listener: FeedListener;
  readonly #clock: Clock;
  readonly #subscriptions = new Subscriptions(new HsmTopicState<WantedTopic>('', 'sf'));
  readonly #router: TickRouter;
  readonly #policy: ReconnectPolicy;
  readonly #awaited: AwaitedData;
  readonly #supervisor: Supervisor;
  readonly #stall: StallWatch;
  readonly #gaps: Gaps;
  readonly #held = new HeldRows();
  readonly #lookup: RetryingLookup<T>;
  readonly #connections = new ConnectionCounters();
  readonly #scaleWarnings = new ScaleWarnings();
  readonly #token: ConnectionToken<T>;
  #connection: HsmConnection | undefined;
  /** Connections that were begun. */
  #attempts = 0;
  #state: FeedState;
  #paused = false;
  #lastDataAt: number | undefined;
  /** The day in India on which contracts were looked through for those that have ended. */
  #checkedOn: string;
  /** The last data of which it is known that nothing was lost before it: a gap begins here. */
  readonly #unbroken = { wallMs: 0, monotonicMs: 0 };
  #closing: Promise<void> | undefined;
  /** Lookups that wait for another token. */
  #untilRenewed: (() => void)[] = [];

  private constructor(options: LiveFeedOptions<T>, listener: FeedListener, token: T) {
    this.#options = options;
    this.#listener = listener;
    this.#token = new ConnectionToken(token, options.readToken, options.clock);
    this.#clock = options.clock;
    this.simulated = token.simulated;
    this.history = options.history;
    this.name = options.name;
    this.#state = { state: 'idle', at: this.#clock.now() };
    this.#checkedOn = istDate(this.#clock.now());
    this.#gaps = new Gaps((gap) => this.#closing || listener.event({ type: 'gap', gap }));
    this.#router = new TickRouter(this.#subscriptions, (tick) => {
      if (!this.#closing) listener.tick(tick);
    });
    this.#policy = new ReconnectPolicy(options.clock, options.random, options.maxRetries, options.admissions);
    this.#awaited = new AwaitedData(options.clock);
    this.#supervisor = new Supervisor(
      {
        clock: options.clock,
        policy: this.#policy,
        awaited: this.#awaited,
        failureReason: 'network_error',
        waitsForToken: options.waitsForToken,
        watchToken: options.watchToken,
      },
      {
        open: (isCurrent) => this.#open(isCurrent),
        broken: (state) => this.#broken(state),
        gaveUp: (error) => this.#gaveUp(error),
        hasAnotherToken: () => this.#token.hasAnother(),
      },
    );
    this.#lookup = new RetryingLookup(options, (state) => this.#lookupFailed(state), this.#awaited);
    this.#stall = new StallWatch(options.stallTimeoutMs, options.clock, options.calendar, this.#subscriptions, {
      ask: (question, topics) => this.#connection?.ask(question, topics),
      concluded: () => this.#connection?.forgetQuestions(),
      missed: (topics, from, to) => this.#gaps.add({ from, to, reason: 'stalled', symbols: wantedSymbols(topics) }),
      silent: (topics) => this.#reportSilent(topics.flatMap((topic) => topic.subscriptions)),
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
    const refusals = this.#subscriptions.refuseTooMany(subscriptions);
    if (refusals) return refusals;
    if (options.withinMs !== undefined) this.#expectWithin(options.withinMs);
    if (this.#state.state === 'idle') void this.#supervisor.start();
    const symbols = subscriptions.map(({ symbol }) => symbol);
    const instruments = await this.#resolve(symbols);
    // Others may have been entered meanwhile.
    const lateRefusals = this.#subscriptions.refuseTooMany(subscriptions);
    if (lateRefusals) return lateRefusals;
    const { results, touched } = this.#subscriptions.place(subscriptions, instruments, options.strict === true);
    this.#options.tap?.subscribed(this.#subscriptions.byTopic());
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
    const { results, touched } = this.#subscriptions.drop(subscriptions);
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
      subscriptions: this.#subscriptions.stages(),
    };
  }

  close(): Promise<void> {
    // The feed will not see the end of a break that goes on now: its gap is reported here.
    if (!this.#closing && this.#gaps.isOpen) this.#endBreak(readMoment(this.#clock));
    // The promise is there before anything is reported: a listener may close the feed again.
    this.#closing ??= Promise.resolve().then(() => this.#options.onClosed?.());
    if (this.#state.state !== 'closed') {
      this.#lookup.close();
      this.#resumeLookups();
      this.#supervisor.close();
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
        if (!this.#supervisor.isWaitingForToken) this.#supervisor.fail(error);
        if (this.#closing) throw error;
        await new Promise<void>((resolve) => this.#untilRenewed.push(resolve));
      }
    }
  }

  async #open(isCurrent: () => boolean): Promise<void> {
    this.#setState({ state: 'connecting', at: this.#clock.now(), attempt: this.#policy.attempts + 1 });
    await this.#token.renew();
    if (!isCurrent()) return;
    const blockedMs = this.#options.limit?.blockedMs ?? 0;
    if (this.#policy.attempts === 0 && blockedMs > 0) {
      const message = 'the server asked to be left alone for its rate';
      throw new AttemptError('RATE_LIMITED', message, { isPassing: true, retryAfterMs: blockedMs });
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
      authenticationRefused: (status) => this.#supervisor.fail(this.#token.refuse(status)),
      subscribed: (topics, ok) => this.#subscribed(topics, ok),
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
      closed: (reason, detail, cause) => this.#ended(reason, detail, cause),
    });
  }

  #authenticated(): void {
    this.#policy.authenticated();
    if (this.#paused) this.#connection?.pause();
    this.#dropEnded();
    this.#align(this.#subscriptions.topics());
    this.#goLiveWhenIdle();
  }

  /** With nothing to subscribe, being let in is all there is; else the first acknowledged subscription shows it. */
  #goLiveWhenIdle(): void {
    const isIdle = this.#subscriptions.size === 0 && !this.#lookup.isUnderWay;
    if (!isIdle || !this.#connection?.authenticated || this.#state.state === 'live') return;
    this.#setState({ state: 'live', at: this.#clock.now() });
  }

  /** A lookup that fails for new symbols does not break what is live. */
  #lookupFailed(state: Break): void {
    if (this.#state.state === 'live') this.#warn('lookup', state.detail, { error: state.error });
    else this.#setState(state);
  }

  #align(topics: Iterable<WantedTopic>): void {
    const touched = [...topics];
    if (this.#connection?.authenticated) this.#subscriptions.align(this.#connection, touched);
    for (const topic of touched) if (topic.stage === 'live') this.#router.emitWaiting(topic);
  }

  #subscribed(topics: readonly WantedTopic[], ok: boolean): void {
    if (!ok) {
      this.#subscriptionRefused(topics);
      return;
    }
    for (const topic of topics) {
      if (topic.stage !== 'sent') continue;
      topic.stage = 'acknowledged';
      topic.acknowledgedAt = this.#clock.monotonic();
    }
    if (this.#state.state !== 'live') this.#setState({ state: 'live', at: this.#clock.now() });
  }

  /** A topic that was accepted before is accepted again: only a new one can be refused for good. */
  #subscriptionRefused(topics: readonly WantedTopic[]): void {
    if (topics.some((topic) => topic.wasLive)) {
      this.#connection?.abandon('subscription_refused', 'the server refused what it had accepted before');
      return;
    }
    const refused = topics.flatMap((topic) => topic.subscriptions);
    for (const subscription of refused) this.#subscriptions.remove(subscription);
    this.#listener.event({ type: 'refused', subscriptions: refused });
  }

  #snapshot(state: WantedTopicState): void {
    const topic = this.#router.bind(state);
    if (topic === undefined) return;
    if (this.#gaps.isOpen) this.#endBreak({ wallMs: state.receivedAt, monotonicMs: state.heardAt });
    if (this.#stall.snapshot(topic, state)) this.#held.hold(state);
    else this.#router.snapshot(topic, state);
  }

  #warnOfScale(name: string, scale: OddScale): void {
    const topic = this.#subscriptions.topic(name);
    const message = topic && this.#scaleWarnings.describe(name, scale, wantedSymbols([topic]));
    if (message) this.#warn('scale', message, { about: topic.subscriptions });
  }

  #dataArrived(at: number, heardAt: number): void {
    // Before the first data nothing can be lost.
    if (!this.#connection?.isInDoubt || this.#lastDataAt === undefined) {
      this.#unbroken.wallMs = at;
      this.#unbroken.monotonicMs = heardAt;
    }
    this.#lastDataAt = at;
    this.#policy.dataArrived();
    this.#stall.messageRead();
    if (!this.#held.isEmpty) this.#held.release((state) => this.#releaseRow(state));
  }

  #releaseRow(state: WantedTopicState): void {
    const topic = state.attachment;
    if (topic === undefined) return;
    this.#router.snapshot(topic, state);
    this.#router.tick(state);
  }

  /** Nothing is lost while the connection lives: the messages that waited come now. */
  #stoodStill(ms: number): void {
    const seconds = (ms / 1_000).toFixed(1);
    const message = `the process that reads the data socket did not run for ${seconds} s; its rows come late`;
    this.#warn('stood_still', message);
  }

  #endBreak(to: Moment): void {
    this.#gaps.end(to, wantedSymbols(this.#subscriptions.topics()));
  }

  /** The exchange token of a contract that has ended may be given to another one, whose prices would come under this name. */
  #dropEnded(): void {
    const today = istDate(this.#clock.now());
    const ended = this.#subscriptions.listEnded(this.#checkedOn, today);
    this.#checkedOn = today;
    if (ended.length === 0) return;
    const dropped = ended.flatMap((topic) => topic.subscriptions);
    for (const subscription of dropped) this.#subscriptions.remove(subscription);
    this.#align(ended);
    this.#listener.event({ type: 'changed', added: [], dropped, why: 'the contract has ended' });
  }

  #beat(): void {
    this.#dropEnded();
    const silent = this.#subscriptions.takeSilent(this.#clock.monotonic() - SNAPSHOT_DUE_MS);
    if (silent.length > 0) this.#reportSilent(silent);
    this.#stall.beat();
  }

  #ended(reason: BreakReason, detail: string, cause?: AttemptError): void {
    if (cause?.retryAfterMs) this.#options.limit?.block(cause.retryAfterMs);
    this.#supervisor.ended(reason, detail, cause);
  }

  /** A command waits for data: a wait for the next attempt that is under way becomes shorter, too. */
  #expectWithin(withinMs: number): void {
    this.#awaited.expectWithin(withinMs);
    const delayMs = this.#supervisor.shorten();
    if (delayMs === undefined || this.#state.state !== 'disconnected') return;
    // It is the same break, so it is not reported again.
    this.#state = { ...this.#state, retryAt: this.#clock.now() + delayMs };
  }

  #broken(state: Break): void {
    this.#dropConnection();
    const live = [...this.#subscriptions.topics()].filter((topic) => topic.wasLive);
    if (this.#lastDataAt !== undefined) this.#gaps.begin({ ...this.#unbroken }, state.reason, wantedSymbols(live));
    this.#subscriptions.forgetConnection();
    this.#setState(state);
  }

  #gaveUp(error: TickpipeError): void {
    // A feed with another token may take the place of this one: its first data ends the break.
    if (error.exit === EXIT.token) this.#gaps.forget();
    // Lookups that are waited for throw this error.
    this.#lookup.close(error);
    void this.close();
    this.#listener.event({ type: 'failed', error });
  }

  #resumeLookups(): void {
    for (const resume of this.#untilRenewed.splice(0)) resume();
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
}
