import { raceAbort } from '../../clock/abort.ts';
import type { Clock } from '../../clock/clock.ts';
import { codedError, TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Feed, FeedCounters, FeedFactory, SubscriptionResult } from '../../feed/feed.ts';
import { Gaps } from '../../feed/gaps.ts';
import type { Subscription } from '../../market/kinds.ts';
import type { Tick } from '../../market/tick.ts';
import { HubLost } from '../protocol/hub-errors.ts';
import type { HubEvent, HubState } from '../protocol/messages.ts';
import { type FeedEnd, ReopeningFeed } from './reopening-feed.ts';
import { type SharedTick, SharedTicks } from './shared-ticks.ts';
import type { SharedToken } from './shared-token.ts';

/** Receives what comes from upstream. */
export interface UpstreamListener {
  /** A new row of this tick. */
  tick(sharedTick: SharedTick): void;
  /** Subscriptions that were refused are no longer there once this returns. After `finished` the last values stay. */
  event(event: HubEvent): void;
  /** No client wants these any more. */
  released(ticks: readonly SharedTick[]): void;
}

interface Waiter {
  resolve(): void;
  reject(error: TickpipeError): void;
}

/** The one feed, what is subscribed on it and for whom. A feed that ended gives its place, and its subscriptions, to the next. */
export class SharedSubscriptions {
  readonly ticks = new SharedTicks();
  /** When data last came, epoch milliseconds. */
  lastTickAt: number | null = null;
  readonly #reopening: ReopeningFeed;
  readonly #clock: Clock;
  readonly #gaps = new Gaps((gap) => this.#listener?.event({ type: 'gap', gap }));
  readonly #counters = { messages: 0, bytes: 0, malformed: 0, ticks: 0, reconnects: 0 };
  readonly #waiting = new Set<Waiter>();
  #listener: UpstreamListener | undefined;

  constructor(openFeed: FeedFactory, token: SharedToken | undefined, clock: Clock) {
    this.#clock = clock;
    this.#reopening = new ReopeningFeed(openFeed, token, clock, {
      tick: (tick) => this.#tick(tick),
      event: (event) => this.#event(event),
      ended: (feed, reason) => this.#ended(feed, reason),
      reopened: (feed) => this.#reopened(feed),
    });
  }

  listen(listener: UpstreamListener): void {
    this.#listener = listener;
  }

  get state(): HubState {
    return this.#reopening.state;
  }

  /** Whether the feed has delivered all its rows. */
  get isFinished(): boolean {
    return this.#reopening.isFinished;
  }

  /** Opens the feed if there is none. Throws why it cannot be. */
  connect(): Promise<Feed> {
    return this.#reopening.ensure();
  }

  /** Resolves once the feed is connected, whether something is subscribed or not. Throws why it gave up, and the signal's reason. */
  async goLive(signal?: AbortSignal): Promise<void> {
    const feed = await raceAbort(this.connect(), signal);
    let waiter: Waiter | undefined;
    const live = new Promise<void>((resolve, reject) => {
      waiter = { resolve, reject };
      this.#waiting.add(waiter);
    });
    live.catch(() => {});
    try {
      // A feed connects even for an empty subscribe.
      await raceAbort(feed.subscribe([]), signal);
      if (this.state.state === 'live') this.#settleWaiting();
      await raceAbort(live, signal);
    } finally {
      if (waiter) this.#waiting.delete(waiter);
    }
  }

  /** How many wait for the connection. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether the feed checks silent symbols just now. */
  get isProbing(): boolean {
    return this.#reopening.feed?.isProbing === true;
  }

  /** Resolves when the feed checks no silent symbols, so that a client that is about to leave learns of a loss. */
  async concludeProbe(): Promise<void> {
    await this.#reopening.feed?.concludeProbe?.();
  }

  /** Closes the feed until a client asks for something. @param detail which user asked */
  disconnect(detail: string): Promise<void> {
    return this.#reopening.drop(detail);
  }

  /** Closes the feed until there is another token. */
  endToken(error: TickpipeError): void {
    this.#reopening.endToken(error);
  }

  tokenChanged(): Promise<void> {
    return this.#reopening.tokenChanged();
  }

  pause(on: boolean): void {
    if (on) this.#reopening.feed?.pause();
    else this.#reopening.feed?.resume();
  }

  /** The sums over all feeds that were open. */
  get counters(): FeedCounters {
    const now = this.#reopening.feed?.status().counters;
    const { messages, bytes, malformed, ticks, reconnects } = this.#counters;
    return {
      messages: messages + (now?.messages ?? 0),
      bytes: bytes + (now?.bytes ?? 0),
      ticks,
      malformed: malformed + (now?.malformed ?? 0),
      reconnects: reconnects + (now?.reconnects ?? 0),
      gaps: this.#gaps.count,
    };
  }

  /**
   * Keeps these for an owner, which is a session or a request of one, and subscribes those that are not subscribed yet.
   * @param withinMs when the owner gives up, if no data came by then
   */
  async want(owner: object, ticks: readonly SharedTick[], withinMs?: number): Promise<SubscriptionResult[]> {
    for (const sharedTick of ticks) sharedTick.owners.add(owner);
    const fresh = [...new Set(ticks)].filter((sharedTick) => sharedTick.asked === undefined);
    this.#ask(fresh, withinMs);
    // With nothing new to ask for, a feed that pauses between two attempts still has to make the next one in time.
    if (fresh.length === 0 && withinMs !== undefined) this.#reopening.feed?.subscribe([], { withinMs }).catch(() => {});
    const answers = Promise.all(ticks.map((sharedTick) => sharedTick.asked as Promise<SubscriptionResult>));
    // Ticks that have an owner already may wait for a feed that was closed: it is opened again for the new owner.
    if (ticks.length > 0 && fresh.length === 0) await Promise.all([answers, this.#reopening.ensure()]);
    return answers;
  }

  /** The owner wants these no longer. Ticks without an owner are unsubscribed. */
  withdraw(owner: object, ticks: readonly SharedTick[]): void {
    for (const sharedTick of ticks) sharedTick.owners.delete(owner);
    this.#release(ticks);
  }

  close(): Promise<void> {
    this.#settleWaiting(new HubLost('the hub is ending'));
    return this.#reopening.close();
  }

  #ask(fresh: readonly SharedTick[], withinMs: number | undefined): void {
    if (fresh.length === 0) return;
    const asking = this.#subscribe(fresh, withinMs);
    for (const [at, sharedTick] of fresh.entries()) {
      sharedTick.asked = asking.then((results) => results[at] as SubscriptionResult);
      sharedTick.asked.catch(() => {});
    }
  }

  async #subscribe(fresh: readonly SharedTick[], withinMs: number | undefined): Promise<SubscriptionResult[]> {
    for (;;) {
      const feed = await this.#reopening.ensure();
      const answer = feed.subscribe(
        fresh.map((sharedTick) => sharedTick.subscription),
        { withinMs },
      );
      const failure = await answer.then(
        () => undefined,
        (error: unknown) => error,
      );
      const present = this.#reopening.feed;
      // The answer of a feed that was replaced meanwhile does not count for the new one.
      if (present !== undefined && present !== feed) continue;
      // A feed that was closed says just that: why it was closed is what counts.
      if (failure !== undefined) throw present === feed ? failure : (this.#reopening.failure ?? failure);
      const results = await answer;
      for (const sharedTick of fresh) sharedTick.isSettled = true;
      this.#dropUnwanted(feed, fresh);
      return results;
    }
  }

  /** Unsubscribes ticks that lost their owners while the answer was awaited. */
  #dropUnwanted(feed: Feed, asked: readonly SharedTick[]): void {
    const unwanted = asked.filter((sharedTick) => this.ticks.find(sharedTick) === undefined);
    if (unwanted.length > 0) feed.unsubscribe(unwanted.map((sharedTick) => sharedTick.subscription)).catch(() => {});
  }

  #release(ticks: readonly SharedTick[]): void {
    const unwanted = ticks.filter(
      (sharedTick) => sharedTick.owners.size === 0 && this.ticks.find(sharedTick) === sharedTick,
    );
    if (unwanted.length === 0) return;
    for (const sharedTick of unwanted) this.ticks.remove(sharedTick);
    this.#listener?.released(unwanted);
    this.#reopening.feed?.unsubscribe(unwanted.map((sharedTick) => sharedTick.subscription)).catch(() => {});
  }

  #tick(tick: Tick): void {
    const sharedTick = this.ticks.ofTick(tick);
    if (sharedTick === undefined) return;
    sharedTick.state = tick.state;
    sharedTick.hasRow = true;
    // After the end of a recording a new subscriber gets the last row, which is not one of now.
    sharedTick.isLive = !this.isFinished;
    sharedTick.isSilent = false;
    this.#counters.ticks++;
    this.lastTickAt = tick.state.receivedAt;
    if (this.#gaps.isOpen) this.#endBreak(tick.state.receivedAt);
    this.#listener?.tick(sharedTick);
  }

  #event(event: HubEvent): void {
    switch (event.type) {
      case 'state':
        this.#markValues(event.state);
        break;
      case 'gap':
        this.#gaps.add(event.gap);
        return;
      case 'silent':
        for (const sharedTick of this.#find(event.subscriptions)) sharedTick.isSilent = true;
        break;
      case 'warning':
        // Kept with the symbols, for clients that subscribe them later.
        for (const sharedTick of this.#find(event.about ?? [])) sharedTick.keepWarning(event.event, event.message);
        break;
      case 'failed':
        this.#settleWaiting(event.error);
        break;
      default:
    }
    this.#listener?.event(event);
    if (event.type === 'state' && event.state.state === 'live') this.#settleWaiting();
    if (event.type === 'refused') this.#dropGone(event.subscriptions);
    if (event.type === 'changed') this.#dropGone(event.dropped);
  }

  /** While the feed is disconnected, no last value is current. */
  #markValues({ state }: HubState): void {
    if (state !== 'disconnected' && state !== 'closed' && state !== 'waiting_for_token') return;
    for (const sharedTick of this.ticks) sharedTick.isLive = false;
  }

  #find(subscriptions: readonly Subscription[]): SharedTick[] {
    return subscriptions
      .map((subscription) => this.ticks.find(subscription))
      .filter((sharedTick): sharedTick is SharedTick => sharedTick !== undefined);
  }

  #settleWaiting(error?: TickpipeError): void {
    for (const { resolve, reject } of this.#waiting) {
      if (error) reject(error);
      else resolve();
    }
    this.#waiting.clear();
  }

  #dropGone(subscriptions: readonly Subscription[]): void {
    for (const sharedTick of this.#find(subscriptions)) {
      sharedTick.owners.clear();
      this.#release([sharedTick]);
    }
  }

  #ended(feed: Feed, reason: FeedEnd): void {
    const { messages, bytes, malformed, reconnects } = feed.status().counters;
    this.#counters.messages += messages;
    this.#counters.bytes += bytes;
    this.#counters.malformed += malformed;
    this.#counters.reconnects += reconnects;
    const known = [...this.ticks].filter((sharedTick) => sharedTick.hasRow);
    for (const sharedTick of known) sharedTick.isLive = false;
    if (reason === 'disconnected') {
      this.#settleWaiting(new TickpipeError('FEED_UNREACHABLE', 'the feed was disconnected on request'));
    }
    if (this.lastTickAt === null || reason === 'failed') return;
    this.#gaps.begin(
      { wallMs: this.lastTickAt, monotonicMs: this.#clock.monotonic() },
      reason,
      known.map(({ symbol }) => symbol),
    );
  }

  #endBreak(wallMs: number): void {
    this.#gaps.end(
      { wallMs, monotonicMs: this.#clock.monotonic() },
      Array.from(this.ticks, ({ symbol }) => symbol),
    );
  }

  /** What was subscribed on the feed before is subscribed on this one. */
  #reopened(feed: Feed): void {
    this.ticks.forgetTicks();
    const wanted = [...this.ticks].filter((sharedTick) => sharedTick.isSettled);
    if (wanted.length === 0) return;
    feed.subscribe(wanted.map((sharedTick) => sharedTick.subscription)).then(
      (results) => {
        if (this.#reopening.feed !== feed) return;
        this.#dropUnwanted(feed, wanted);
        const listWith = (status: SubscriptionResult['status']): Subscription[] =>
          results.filter((result) => result.status === status).map(({ subscription }) => subscription);
        const [refused, unknown] = [listWith('refused'), listWith('unknown')];
        if (refused.length > 0) this.#event({ type: 'refused', subscriptions: refused });
        // Contracts end from one day to the next: the others go on.
        if (unknown.length === 0) return;
        this.#event({ type: 'changed', added: [], dropped: unknown, why: 'the feed does not know it any more' });
      },
      // A feed that stayed open without its subscriptions would be silent for ever.
      (error) => this.#reopening.giveUp(feed, codedError(error, 'the subscription failed')),
    );
  }
}
