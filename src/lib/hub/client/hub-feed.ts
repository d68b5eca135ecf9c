import type { WebSocket } from 'ws';
import { onAbort } from '../../clock/abort.ts';
import type { Clock } from '../../clock/clock.ts';
import { type Moment, readMoment } from '../../clock/moment.ts';
import { type ErrorCode, EXIT } from '../../errors/catalogue.ts';
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
import { ReconnectPolicy } from '../../feed/reconnect-policy.ts';
import { type Break, isFinal, Supervisor, type WatchToken } from '../../feed/supervisor.ts';
import type { BarHistory } from '../../history/bar-history.ts';
import type { Subscription } from '../../market/kinds.ts';
import { toWire } from '../../market/kinds.ts';
import { RowReader, type RowSink } from '../../rows/row-reader.ts';
import { HubLost, HubUnreachable } from '../protocol/hub-errors.ts';
import { asFeedState, type HubEvent, type HubRequest, type HubState, type MessageOf } from '../protocol/messages.ts';
import { type Answer, type ConnectionEnd, HubConnection, type UnnumberedRequest } from './hub-connection.ts';
import { Reopening } from './reopening.ts';

type Hello = MessageOf<'hello'>;

export type ListenOptions = Omit<Extract<HubRequest, { action: 'listen' }>, 'action' | 'id'>;

export interface HubFeedOptions {
  /** Opens a WebSocket to the hub, starting one where that is meant; nothing of it may be read yet. Throws coded errors. */
  readonly connect: (signal: AbortSignal) => Promise<WebSocket>;
  /** Called on every connection with the hub's first message; resolves to whether the hub took a newer token. */
  readonly greet?: ((hello: Hello, signal: AbortSignal) => Promise<boolean>) | undefined;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Attempts in a row before the feed gives up; undefined for no end. */
  readonly maxRetries?: number | undefined;
  /** Goes on when the token is refused or expired, until there is another. */
  readonly waitsForToken?: boolean | undefined;
  readonly watchToken?: WatchToken | undefined;
  /** What to call the feed. */
  readonly nameOf: (hello: Hello) => string;
  /** Ends the first attempt to connect. */
  readonly signal: AbortSignal;
  /** Makes the history of the hub's feed. */
  readonly createHistory?: ((isSimulated: () => boolean) => BarHistory) | undefined;
  /** Reconnects a feed some time after a user disconnected it, as a recording does. */
  readonly reopens?: boolean | undefined;
}

/** The ticks of a hub, as it sends their rows. It connects again by itself, to another hub if need be. */
export class HubFeed implements Feed {
  readonly history: BarHistory | undefined;
  readonly #options: HubFeedOptions;
  readonly #listener: FeedListener;
  readonly #policy: ReconnectPolicy;
  readonly #supervisor: Supervisor;
  /** Aborts when the feed is closed. */
  readonly #life = new AbortController();
  /** The first message of the first hub. */
  #hello: Hello | undefined;
  #connection: HubConnection | undefined;
  /** While there is no connection: resolves when there is one again. */
  #returning: Promise<void> | undefined;
  #returned: () => void = () => {};
  /** Why the last connection ended. */
  #lossReason: BreakReason = 'hub_gone';
  /** The error of the token that is waited for. */
  #tokenError: ErrorCode | undefined;
  #isPaused = false;
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
  /** The last change of the subscriptions. Each waits for the one before it, so that the hub gets them in their order. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Consecutive failed attempts of the hub to reach its feed. */
  #failedAttempts = 0;
  readonly #reopening: Reopening | undefined;

  /** Connects and waits for the hub's first message. Throws coded errors, or the signal's reason. */
  static async open(options: HubFeedOptions, listener: FeedListener): Promise<HubFeed> {
    const feed = new HubFeed(options, listener);
    const hello = await feed.#connect(options.signal);
    feed.#hello = hello;
    // A feed that a user disconnected before is connected again by the first subscription: that is no break for this client.
    const isDisconnected = hello.state.state === 'disconnected' && hello.state.reason === 'disconnected';
    if (!isDisconnected) feed.#hubState(hello.state);
    feed.#connection?.start();
    return feed;
  }

  private constructor(options: HubFeedOptions, listener: FeedListener) {
    this.#options = options;
    this.#listener = listener;
    this.history = options.createHistory?.(() => this.simulated);
    const { clock, random, maxRetries, waitsForToken, watchToken, reopens } = options;
    this.#gaps = new Gaps((gap) => listener.event({ type: 'gap', gap }));
    this.#state = { state: 'idle', at: clock.now() };
    // The first attempt after a good connection is made at once. Hubs that keep ending are tried ever more rarely.
    this.#policy = new ReconnectPolicy(clock, random, maxRetries, undefined, true);
    this.#supervisor = new Supervisor(
      { clock, policy: this.#policy, failureReason: 'hub_gone', waitsForToken, watchToken },
      {
        open: (isCurrent) => this.#reconnect(isCurrent),
        broken: (state, cause) => this.#broken(state, cause),
        gaveUp: (error) => this.#fail(error),
        // Only an attempt shows whether there is another token.
        hasAnotherToken: async () => true,
      },
    );
    if (reopens) this.#reopening = new Reopening(clock, () => this.#reopen());
  }

  get simulated(): boolean {
    return this.#hello?.simulated === true;
  }

  get name(): string {
    return this.#hello === undefined ? '' : this.#options.nameOf(this.#hello);
  }

  get recorded(): boolean {
    return this.#hello?.recorded === true;
  }

  /** Waits for a hub while there is none. Throws the hub's refusal; `HubUnreachable` when it does not answer. */
  subscribe(subscriptions: readonly Subscription[], options: SubscribeOptions = {}): Promise<SubscriptionResult[]> {
    return this.#takeTurn(async () => {
      for (const subscription of subscriptions) this.#reader.add(subscription);
      try {
        const strict = options.strict === true;
        const { withinMs } = options;
        const answer = await this.#request({
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
      await this.#request({ action: 'unsubscribe', subscriptions: toWire(subscriptions) });
      return results;
    });
  }

  /** Makes the hub, and each hub after it, serve TCP as long as this feed is open. Resolves to the URL. Throws the hub's refusal. */
  async listen(options: ListenOptions): Promise<string> {
    const url = readUrl(await this.#request({ action: 'listen', ...options }));
    this.#listening = { ...options, url };
    return url;
  }

  pause(): void {
    this.#isPaused = true;
    this.#connection?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#connection?.resume();
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

  async concludeProbe(): Promise<void> {
    if (this.#returning === undefined) await this.#connection?.conclude();
  }

  /** Sends a request, again to the next hub when one ends without an answer. Throws the hub's refusal. */
  async #request(request: UnnumberedRequest): Promise<Answer> {
    const { signal } = this.#life;
    for (;;) {
      await this.#returning;
      signal.throwIfAborted();
      if (this.#connection === undefined) throw new HubLost();
      try {
        return await this.#connection.request(request);
      } catch (error) {
        if (!(error instanceof HubLost)) throw error;
      }
    }
  }

  // --- the connection ---

  /** Opens a connection that replaces the current one. @param prepare called before the connection is used */
  async #connect(
    signal: AbortSignal,
    prepare?: (hello: Hello, connection: HubConnection) => Promise<void>,
  ): Promise<Hello> {
    const { clock, connect, waitsForToken } = this.#options;
    const socket = await connect(signal);
    const listener = {
      rows: (message: Buffer) => this.#rows(message),
      event: (event: HubEvent) => this.#event(event),
      malformed: () => {
        this.#counters.malformed++;
      },
      closed: (end: ConnectionEnd) => this.#lost(connection, end),
    };
    const connection: HubConnection = new HubConnection(socket, clock, listener, waitsForToken);
    const stopListening = onAbort(signal, () => connection.close());
    try {
      signal.throwIfAborted();
      const hello = await connection.hello();
      await greet(this.#options, hello, signal);
      await prepare?.(hello, connection);
      signal.throwIfAborted();
      // It may have ended while no request was waiting.
      if (connection.isClosed) throw new HubLost();
      this.#connection = connection;
      if (this.#isPaused) connection.pause();
      return hello;
    } catch (error) {
      connection.close();
      signal.throwIfAborted();
      throw error;
    } finally {
      stopListening();
    }
  }

  #lost(connection: HubConnection, { reason, detail }: ConnectionEnd): void {
    if (connection !== this.#connection || this.#isClosed) return;
    this.#lossReason = reason;
    this.#tokenError = undefined;
    this.#returning = new Promise((resolve) => {
      this.#returned = resolve;
    });
    for (const tick of this.#reader.ticks()) tick.stage = 'wanted';
    if (this.#lastDataAt !== null) this.#gaps.begin({ ...this.#lastData }, reason, this.#knownSymbols());
    this.#supervisor.ended(reason, detail);
  }

  /** Connects again. For requests and rows the loss lasts until everything wanted is subscribed. */
  async #reconnect(isCurrent: () => boolean): Promise<void> {
    const { clock } = this.#options;
    if (this.#tokenError === undefined) {
      this.#setState({ state: 'connecting', at: clock.now(), attempt: this.#policy.attempts });
    }
    this.#policy.connecting();
    try {
      await this.#connect(this.#life.signal, (hello, connection) => this.#resume(hello, connection));
    } catch (error) {
      if (!isCurrent() || !(error instanceof TickpipeError) || isFinal(error)) throw error;
      this.#supervisor.ended(this.#lossReason, error.message);
      return;
    }
    this.#returning = undefined;
    this.#returned();
  }

  /** Reports the wait for another token once: it may last a night. */
  #broken({ error: _, ...state }: Break, cause: TickpipeError | undefined): void {
    const tokenError = state.reason === 'token' ? cause?.code : undefined;
    const isReported = tokenError !== undefined && tokenError === this.#tokenError;
    this.#tokenError = tokenError;
    if (!isReported) this.#setState(state);
  }

  /** Asks a hub that takes the place of another for everything wanted. */
  async #resume(hello: Hello, connection: HubConnection): Promise<void> {
    this.#reader.forgetNumbers();
    if (hello.simulated !== this.simulated) {
      throw new TickpipeError('TOKEN_CHANGED_KIND', 'the shared session is of another kind of feed now');
    }
    this.#counters.reconnects++;
    // The hub may have been in this state for hours. For this client the state begins now.
    this.#hubState({ ...hello.state, at: this.#options.clock.now() });
    connection.start();
    if (this.#listening) await this.#listenAgain(this.#listening, connection);
    await this.#subscribeAgain((request) => connection.request(request));
  }

  /** Only what a hub has accepted: `#request` sends requests without an answer again. */
  async #subscribeAgain(request: (request: UnnumberedRequest) => Promise<Answer>): Promise<void> {
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
    return this.#takeTurn(() => this.#subscribeAgain((request) => this.#request(request)));
  }

  async #listenAgain(listening: ListenOptions & { readonly url: string }, connection: HubConnection): Promise<void> {
    const { url: before, ...options } = listening;
    const url = readUrl(await connection.request({ action: 'listen', ...options }));
    this.#listening = { ...options, url };
    if (url === before) return;
    const message = `the shared session is served at ${url} now`;
    this.#listener.event({ type: 'warning', event: 'listening', message });
  }

  #fail(error: TickpipeError): void {
    if (this.#isClosed) return;
    this.#end(error);
    this.#listener.event({ type: 'failed', error });
  }

  get #isClosed(): boolean {
    return this.#life.signal.aborted;
  }

  // --- what the hub sends ---

  #rows(message: Buffer): void {
    if (this.#isClosed) return;
    this.#counters.messages++;
    this.#counters.bytes += message.length;
    this.#messageAt.wallMs = this.#options.clock.now();
    this.#messageAt.monotonicMs = this.#options.clock.monotonic();
    const before = this.#counters.ticks;
    this.#reader.read(message, this.#sink);
    if (this.#counters.ticks === before) return;
    Object.assign(this.#lastData, this.#messageAt);
    this.#policy.dataArrived();
  }

  readonly #sink: RowSink = {
    batch: (batch) => {
      if (this.#listener.batch === undefined) return false;
      this.#dataArrived();
      if (!this.#listener.batch(batch)) return false;
      this.#counters.ticks += batch.count;
      return true;
    },
    row: (tick) => {
      // The listener may close the feed while it gets a row.
      if (this.#isClosed) return;
      this.#dataArrived();
      this.#counters.ticks++;
      this.#listener.tick(tick);
    },
  };

  #dataArrived(): void {
    this.#lastDataAt = this.#messageAt.wallMs;
    this.#upstreamBreak = undefined;
    if (this.#gaps.isOpen) this.#endBreak(this.#messageAt);
  }

  #event(event: HubEvent): void {
    if (this.#isClosed) return;
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
        if (event.error.exit !== EXIT.token || !this.#options.waitsForToken) this.#fail(event.error);
        return;
      case 'changed':
        for (const subscription of event.added) this.#accept({ subscription });
        for (const subscription of event.dropped) this.#reader.remove(subscription);
        break;
      default:
    }
    this.#listener.event(event);
  }

  #setState(state: FeedState): void {
    this.#state = state;
    this.#listener.event({ type: 'state', state });
  }

  /** @param reason the error of requests that wait for an answer */
  #end(reason: TickpipeError = new HubUnreachable('the feed was closed')): void {
    if (this.#isClosed) return;
    // The feed will not see the end of a break that goes on now: its gap is reported here.
    this.#reportOpenBreak(readMoment(this.#options.clock));
    this.#reopening?.close();
    this.#life.abort(reason);
    this.#supervisor.close();
    this.#connection?.close();
    this.#returned();
    this.#setState({ state: 'closed', at: this.#options.clock.now() });
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

  /** A hub never stops trying. A command ends after `maxRetries` failed attempts of the hub: then this is why. */
  #countAttempts(state: HubState): TickpipeError | undefined {
    if (state.state === 'live') this.#failedAttempts = 0;
    // After a disconnect by a user the hub makes no attempt.
    if (state.state !== 'disconnected' || state.reason === 'disconnected') return undefined;
    this.#failedAttempts++;
    const { maxRetries } = this.#options;
    if (maxRetries === undefined || this.#failedAttempts <= maxRetries) return undefined;
    const { error, detail } = state;
    return error ? fromPlainError(error) : new TickpipeError('FEED_UNREACHABLE', `cannot reach the feed: ${detail}`);
  }

  #hubState(state: HubState): void {
    const failure = this.#countAttempts(state);
    const planned = this.#reopening?.follow(state) ?? state;
    const feedState = asFeedState(planned);
    if (feedState.state === 'disconnected') this.#upstreamBreak ??= feedState.reason;
    // The state has the time of the hub's next attempt, for which this command does not wait.
    if (failure) this.#fail(failure);
    // A command that does not wait for a token gets `failed` instead.
    else if (planned.state !== 'waiting_for_token' || this.#options.waitsForToken) this.#setState(feedState);
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

  /** Symbols that have had a row. Only these can miss rows. */
  #knownSymbols(): string[] {
    return [...this.#reader.ticks()].filter(({ hasRow }) => hasRow).map(({ symbol }) => symbol);
  }
}

/** Throws the hub's failure when it waits for a token and does not take ours. */
async function greet(options: HubFeedOptions, hello: Hello, signal: AbortSignal): Promise<void> {
  const isAdopted = (await options.greet?.(hello, signal)) ?? false;
  const { state } = hello;
  if (state.state !== 'waiting_for_token' || isAdopted || options.waitsForToken) return;
  throw new TickpipeError(state.code, state.message);
}

/** Each subscription with what became of it, in the order asked. Throws `BUG` for an answer to something else. */
function alignResults(answer: Answer, subscriptions: readonly Subscription[]): SubscriptionResult[] {
  const results = answer.type === 'result' ? answer.results : [];
  if (results.length !== subscriptions.length) throw strangeAnswer();
  return subscriptions.map((subscription, at) => ({ subscription, ...results[at] }) as SubscriptionResult);
}

/** Where the hub listens. Throws `BUG` for an answer to something else. */
function readUrl(answer: Answer): string {
  if (answer.type !== 'listening') throw strangeAnswer();
  return answer.url;
}

const strangeAnswer = (): TickpipeError => new TickpipeError('BUG', 'the shared session answered something else');
