import { type Moment, readMoment } from '../../clock/moment.ts';
import { EXIT } from '../../errors/catalogue.ts';
import { fromPlainError, TickpipeError } from '../../errors/tickpipe-error.ts';
import type {
  BreakReason,
  Feed,
  FeedListener,
  FeedState,
  FeedStatus,
  SubscribeOptions,
  SubscriptionResult,
} from '../../feed/feed.ts';
import { Gaps } from '../../feed/gaps.ts';
import type { Subscription } from '../../market/kinds.ts';
import { toWire } from '../../market/wire-subscriptions.ts';
import { RowReader } from '../../rows/row-reader.ts';
import type { RowTick } from '../../rows/row-tick.ts';
import {
  asFeedState,
  type HubEvent,
  type HubMessage,
  type HubRequest,
  type HubState,
  type MessageOf,
  toHubEvent,
} from '../protocol/messages.ts';
import { alignResults, readUrl } from './hub-answers.ts';
import {
  type HubLinkListener,
  type HubLinkOptions,
  ReconnectingHubConnection,
  type SendRequest,
} from './reconnecting-hub-connection.ts';
import { Reopening } from './reopening.ts';

/** How long the hub may take to say whether it checks silent symbols, and then to finish that. */
const HUB_ANSWER_MS = 1_000;
const HUB_CONCLUDES_MS = 6_000;

export type ListenOptions = Omit<Extract<HubRequest, { action: 'listen' }>, 'action' | 'id'>;

export interface HubFeedOptions extends HubLinkOptions {
  /** What to call the feed. */
  readonly nameOf: (hello: MessageOf<'hello'>) => string;
  /** Ends the first attempt to connect. */
  readonly signal: AbortSignal;
  /** Reconnects a feed some time after a user disconnected it, as a recording does. */
  readonly reopens?: boolean | undefined;
}

/** The ticks of a hub, as ready-made rows. */
export class HubFeed implements Feed, HubLinkListener {
  readonly simulated: boolean;
  readonly name: string;
  readonly recorded: boolean;
  readonly #options: HubFeedOptions;
  readonly #listener: FeedListener;
  readonly #link: ReconnectingHubConnection;
  readonly #reader = new RowReader();
  readonly #gaps: Gaps;
  /** Why the hub's feed is broken, if it is: the hub reports the gap when the break is over. */
  #upstreamBreak: BreakReason | undefined;
  readonly #counters = { messages: 0, bytes: 0, ticks: 0, reconnects: 0, malformed: 0 };
  #state: FeedState;
  #lastDataAt: number | null = null;
  readonly #messageAt = { wallMs: 0, monotonicMs: 0 };
  readonly #lastData = { wallMs: 0, monotonicMs: 0 };
  #listening: (ListenOptions & { readonly url: string }) | undefined;
  /** The last change of what is wanted: they follow each other, or a hub might take them in another order. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Of the hub to reach the feed, in a row. */
  #failedAttempts = 0;
  readonly #reopening: Reopening | undefined;
  #isClosed = false;
  /** Called when the hub answers that it has to conclude a check. */
  #hubConcludes: () => void = () => {};

  /** Connects and waits for the hub to say who it is. Throws coded errors, or the signal's reason. */
  static async open(options: HubFeedOptions, listener: FeedListener): Promise<HubFeed> {
    const { link, hello } = await ReconnectingHubConnection.open(options, options.signal);
    const feed = new HubFeed(options, link, hello, listener);
    // A feed that somebody disconnected before is connected again by the first subscription: that is no break for this client.
    const isDisconnected = hello.state.state === 'disconnected' && hello.state.reason === 'disconnected';
    if (!isDisconnected) feed.#hubState(hello.state);
    link.listen(feed);
    return feed;
  }

  private constructor(
    options: HubFeedOptions,
    link: ReconnectingHubConnection,
    hello: MessageOf<'hello'>,
    listener: FeedListener,
  ) {
    this.#options = options;
    this.#link = link;
    this.#listener = listener;
    this.#gaps = new Gaps((gap) => listener.event({ type: 'gap', gap }));
    this.simulated = hello.simulated;
    this.name = options.nameOf(hello);
    this.recorded = hello.recorded === true;
    this.#state = { state: 'idle', at: options.clock.now() };
    if (options.reopens) this.#reopening = new Reopening(options.clock, () => this.#reopen());
  }

  /** Waits for a hub while there is none. Throws the hub's refusal; `HubUnreachable` when it does not answer. */
  subscribe(subscriptions: readonly Subscription[], options: SubscribeOptions = {}): Promise<SubscriptionResult[]> {
    return this.#takeTurn(async () => {
      for (const subscription of subscriptions) this.#reader.add(subscription);
      try {
        const strict = options.strict === true;
        const { withinMs } = options;
        const answer = await this.#link.request({
          action: 'subscribe',
          subscriptions: toWire(subscriptions),
          strict,
          ...(withinMs !== undefined && { within_ms: withinMs }),
        });
        const results = alignResults(answer, subscriptions);
        for (const result of results) if (result.status === 'accepted') this.#accept(result);
        return results;
      } finally {
        for (const subscription of subscriptions) {
          if (this.#reader.find(subscription)?.isAccepted === false) this.#reader.remove(subscription);
        }
      }
    });
  }

  unsubscribe(subscriptions: readonly Subscription[]): Promise<SubscriptionResult[]> {
    return this.#takeTurn(async () => {
      const results = subscriptions.map(
        (subscription): SubscriptionResult => ({
          subscription,
          status: this.#reader.remove(subscription) ? 'accepted' : 'unknown',
        }),
      );
      await this.#link.request({ action: 'unsubscribe', subscriptions: toWire(subscriptions) });
      return results;
    });
  }

  /** Has the hub, and one that follows it, serve TCP as long as this feed is open. Resolves to the URL. Throws the hub's refusal. */
  async listen(options: ListenOptions): Promise<string> {
    const url = readUrl(await this.#link.request({ action: 'listen', ...options }));
    this.#listening = { ...options, url };
    return url;
  }

  pause(): void {
    this.#link.pause(true);
  }

  resume(): void {
    this.#link.pause(false);
  }

  status(): FeedStatus {
    return {
      state: this.#state,
      counters: {
        ...this.#counters,
        malformed: this.#counters.malformed + this.#reader.malformed,
        gaps: this.#gaps.count,
      },
      lastDataAt: this.#lastDataAt,
      subscriptions: Array.from(this.#reader.ticks(), ({ kind, symbol, stage }) => ({ kind, symbol, stage })),
    };
  }

  async close(): Promise<void> {
    this.#end();
  }

  /** Asks the hub, which answers at once unless it has a check to conclude. A hub without any answer is not waited for. */
  async concludeProbe(): Promise<void> {
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      let timer = clock.after(HUB_ANSWER_MS, resolve);
      this.#hubConcludes = (): void => {
        timer.cancel();
        timer = clock.after(HUB_CONCLUDES_MS, resolve);
      };
      this.#link
        .requestNow({ action: 'conclude' })
        .catch(() => {})
        .finally(() => {
          timer.cancel();
          resolve();
        });
    });
    this.#hubConcludes = () => {};
  }

  // --- what the link tells ---

  rows(message: Buffer): void {
    this.#counters.messages++;
    this.#counters.bytes += message.length;
    this.#messageAt.wallMs = this.#options.clock.now();
    this.#messageAt.monotonicMs = this.#options.clock.monotonic();
    const before = this.#counters.ticks;
    this.#reader.read(message, this.#emit);
    if (this.#counters.ticks === before) return;
    Object.assign(this.#lastData, this.#messageAt);
    this.#link.dataArrived();
  }

  message(message: HubMessage): void {
    switch (message.type) {
      case 'concluding':
        this.#hubConcludes();
        break;
      case 'hello':
      case 'result':
      case 'listening':
      case 'error':
        // Answers, which the connection takes.
        break;
      default:
        this.#event(toHubEvent(message));
    }
  }

  malformed(): void {
    this.#counters.malformed++;
  }

  lost(reason: BreakReason): void {
    for (const tick of this.#reader.ticks()) tick.stage = 'wanted';
    if (this.#lastDataAt !== null) this.#gaps.begin({ ...this.#lastData }, reason, this.#knownSymbols());
  }

  state(state: FeedState): void {
    this.#state = state;
    this.#listener.event({ type: 'state', state });
  }

  async returned(hello: MessageOf<'hello'>, request: SendRequest): Promise<void> {
    if (hello.simulated !== this.simulated) {
      throw new TickpipeError('TOKEN_CHANGED_KIND', 'the shared session is of another kind of feed now');
    }
    this.#counters.reconnects++;
    // The hub may have been in this state for hours. For this client the state begins now.
    this.#hubState({ ...hello.state, at: this.#options.clock.now() });
    if (this.#listening) await this.#listenAgain(this.#listening, request);
    await this.#subscribeAgain(request);
  }

  /** Only what a hub has accepted: requests without an answer are sent again by `HubLink.request`. */
  async #subscribeAgain(request: SendRequest): Promise<void> {
    const wanted = Array.from(this.#reader.ticks()).filter((tick) => tick.isAccepted);
    const subscriptions = wanted.map((tick) => tick.subscription);
    if (wanted.length === 0) return;
    const answer = await request({ action: 'subscribe', subscriptions: toWire(subscriptions) });
    const gone: Subscription[] = [];
    for (const result of alignResults(answer, subscriptions)) {
      if (result.status !== 'accepted') gone.push(result.subscription);
      else if (this.#reader.find(result.subscription)) this.#accept(result);
    }
    if (gone.length > 0) this.#refused(gone);
  }

  /** Subscribes everything again, which makes the hub connect its feed. */
  #reopen(): Promise<void> {
    return this.#takeTurn(() => this.#subscribeAgain((request) => this.#link.request(request)));
  }

  failed(error: TickpipeError): void {
    if (this.#isClosed) return;
    this.#end(error);
    this.#listener.event({ type: 'failed', error });
  }

  readonly #emit = (tick: RowTick): void => {
    // The listener may close the feed while it gets a row.
    if (this.#isClosed) return;
    this.#lastDataAt = this.#messageAt.wallMs;
    this.#upstreamBreak = undefined;
    if (this.#gaps.isOpen) this.#endBreak(this.#messageAt);
    this.#counters.ticks++;
    this.#listener.tick(tick);
  };

  #event(event: HubEvent): void {
    switch (event.type) {
      case 'state':
        this.#hubState(event.state);
        return;
      case 'gap':
        this.#upstreamBreak = undefined;
        this.#gaps.add(event.gap);
        return;
      case 'refused':
        this.#refused(event.subscriptions);
        return;
      case 'failed':
        if (event.error.exit !== EXIT.token || !this.#options.waitsForToken) this.failed(event.error);
        return;
      case 'changed':
        for (const subscription of event.added) this.#accept({ subscription });
        for (const subscription of event.dropped) this.#reader.remove(subscription);
        break;
      default:
    }
    this.#listener.event(event);
  }

  /** @param reason what those who wait for an answer are told */
  #end(reason?: TickpipeError): void {
    if (this.#isClosed) return;
    // The feed will not see the end of a break that goes on now: its gap is reported here.
    this.#reportOpenBreak(readMoment(this.#options.clock));
    this.#isClosed = true;
    this.#reopening?.close();
    this.#link.close(reason);
    this.state({ state: 'closed', at: this.#options.clock.now() });
  }

  #takeTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(change);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  #accept({ subscription, precision }: { subscription: Subscription; precision?: number | undefined }): void {
    const tick = this.#reader.add(subscription);
    tick.isAccepted = true;
    tick.precision = precision ?? tick.precision;
    if (tick.stage === 'wanted') tick.stage = 'acknowledged';
  }

  #refused(subscriptions: readonly Subscription[]): void {
    for (const subscription of subscriptions) this.#reader.remove(subscription);
    this.#listener.event({ type: 'refused', subscriptions });
  }

  /** A hub tries for ever; this command may have had enough. */
  #countAttempts(state: HubState): void {
    if (state.state === 'live') this.#failedAttempts = 0;
    // After a disconnect by a user the hub makes no attempt.
    if (state.state !== 'disconnected' || state.reason === 'disconnected') return;
    this.#failedAttempts++;
    const { maxRetries } = this.#options;
    if (maxRetries === undefined || this.#failedAttempts <= maxRetries) return;
    const { error, detail } = state;
    this.failed(
      error ? fromPlainError(error) : new TickpipeError('FEED_UNREACHABLE', `cannot reach the feed: ${detail}`),
    );
  }

  #hubState(state: HubState): void {
    const told = this.#reopening?.follow(state) ?? state;
    const feedState = asFeedState(told);
    if (feedState.state === 'disconnected') this.#upstreamBreak ??= feedState.reason;
    // Those who do not wait for a token are told `failed`.
    if (told.state !== 'waiting_for_token' || this.#options.waitsForToken) this.state(feedState);
    this.#countAttempts(state);
  }

  async #listenAgain(listening: ListenOptions & { readonly url: string }, request: SendRequest): Promise<void> {
    const { url: before, ...options } = listening;
    const url = readUrl(await request({ action: 'listen', ...options }));
    this.#listening = { ...options, url };
    if (url === before) return;
    const message = `the shared session is served at ${url} now`;
    this.#listener.event({ type: 'warning', event: 'listening', message });
  }

  #endBreak(to: Moment): void {
    this.#gaps.end(
      to,
      Array.from(this.#reader.ticks(), ({ symbol }) => symbol),
    );
  }

  #reportOpenBreak(now: Moment): void {
    const reason = this.#upstreamBreak;
    this.#upstreamBreak = undefined;
    if (reason !== undefined && this.#lastDataAt !== null) {
      this.#gaps.begin({ ...this.#lastData }, reason, this.#knownSymbols());
    }
    if (this.#gaps.isOpen) this.#endBreak(now);
  }

  /** Symbols that have had a row: the others miss nothing. */
  #knownSymbols(): string[] {
    return [...this.#reader.ticks()].filter(({ hasRow }) => hasRow).map(({ symbol }) => symbol);
  }
}
