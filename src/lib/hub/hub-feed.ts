import { EXIT } from '../errors/catalogue.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { BreakRecord } from '../feed/break-record.ts';
import type { Feed, FeedListener, FeedState, FeedStatus, SubscribeOptions, SubscriptionResult } from '../feed/feed.ts';
import type { Subscription } from '../market/kinds.ts';
import type { Answer, UnnumberedRequest } from './hub-connection.ts';
import { HubLink, type HubLinkListener, type HubLinkOptions } from './hub-link.ts';
import { RowReader } from './row-reader.ts';
import type { RowTick } from './row-tick.ts';
import { fromWire, type HubMessage, type HubRequest, type HubState, type MessageOf, toWire } from './rows-protocol.ts';

export type ListenOptions = Omit<Extract<HubRequest, { action: 'listen' }>, 'action' | 'id'>;

export interface HubFeedOptions extends HubLinkOptions {
  /** What to call the feed. */
  readonly nameOf: (hello: MessageOf<'hello'>) => string;
  /** Ends the first attempt to connect. */
  readonly signal: AbortSignal;
}

/** The ticks of a hub, as ready-made rows. */
export class HubFeed implements Feed, HubLinkListener {
  readonly simulated: boolean;
  readonly name: string;
  readonly #options: HubFeedOptions;
  readonly #listener: FeedListener;
  readonly #link: HubLink;
  readonly #reader = new RowReader();
  readonly #break = new BreakRecord();
  readonly #counters = { messages: 0, bytes: 0, ticks: 0, reconnects: 0, gaps: 0, malformed: 0 };
  #state: FeedState;
  #lastDataAt: number | null = null;
  #listening: ListenOptions | undefined;
  #isClosed = false;

  /** Connects and waits for the hub to say who it is. Throws coded errors. */
  static async open(options: HubFeedOptions, listener: FeedListener): Promise<HubFeed> {
    const link = await HubLink.open(options, options.signal);
    const feed = new HubFeed(options, link, listener);
    feed.#hubState(link.hello.state);
    link.listen(feed);
    return feed;
  }

  private constructor(options: HubFeedOptions, link: HubLink, listener: FeedListener) {
    this.#options = options;
    this.#link = link;
    this.#listener = listener;
    this.simulated = link.hello.simulated;
    this.name = options.nameOf(link.hello);
    this.#state = { state: 'idle', at: options.clock.now() };
  }

  async subscribe(
    subscriptions: readonly Subscription[],
    options: SubscribeOptions = {},
  ): Promise<SubscriptionResult[]> {
    for (const subscription of subscriptions) this.#reader.add(subscription);
    const strict = options.strict === true;
    const answer = await this.#link.request({ action: 'subscribe', subscriptions: toWire(subscriptions), strict });
    const results = align(answer, subscriptions);
    for (const { subscription, status } of results) if (status !== 'accepted') this.#reader.remove(subscription);
    return results;
  }

  async unsubscribe(subscriptions: readonly Subscription[]): Promise<SubscriptionResult[]> {
    for (const subscription of subscriptions) this.#reader.remove(subscription);
    return align(
      await this.#link.request({ action: 'unsubscribe', subscriptions: toWire(subscriptions) }),
      subscriptions,
    );
  }

  /** Has the hub serve TCP, too, as long as this feed is open. Resolves to the URL. Throws the hub's refusal. */
  async listen(options: ListenOptions): Promise<string> {
    const answer = await this.#link.request({ action: 'listen', ...options });
    this.#listening = options;
    return answer.type === 'listening' ? answer.url : '';
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
      counters: { ...this.#counters, malformed: this.#counters.malformed + this.#reader.malformed },
      lastDataAt: this.#lastDataAt,
      subscriptions: Array.from(this.#reader.ticks(), ({ kind, symbol, hasRow }) => ({
        kind,
        symbol,
        stage: hasRow ? ('live' as const) : ('wanted' as const),
      })),
    };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#link.close();
    this.state({ state: 'closed', at: this.#options.clock.now() });
  }

  // --- what the link tells ---

  rows(message: Buffer): void {
    if (this.#isClosed) return;
    this.#counters.messages++;
    this.#counters.bytes += message.length;
    this.#link.dataArrived();
    this.#lastDataAt = this.#options.clock.now();
    if (this.#break.isOpen) this.#endBreak(this.#lastDataAt);
    this.#reader.read(message, this.#emit);
  }

  message(message: HubMessage): void {
    if (this.#isClosed) return;
    const handle = this.#handlers[message.type] as ((message: HubMessage) => void) | undefined;
    if (handle === undefined) this.malformed();
    else handle(message);
  }

  malformed(): void {
    this.#counters.malformed++;
  }

  lost(): void {
    if (this.#lastDataAt === null) return;
    const known = [...this.#reader.ticks()].filter(({ hasRow }) => hasRow);
    this.#break.begin(
      this.#lastDataAt,
      'hub_gone',
      known.map(({ symbol }) => symbol),
    );
  }

  state(state: FeedState): void {
    this.#state = state;
    this.#listener.state(state);
  }

  async returned(hello: MessageOf<'hello'>, request: (request: UnnumberedRequest) => Promise<Answer>): Promise<void> {
    if (hello.simulated !== this.simulated) {
      throw new TickpipeError('TOKEN_CHANGED_KIND', 'the shared session is of another kind of feed now');
    }
    this.#counters.reconnects++;
    this.#hubState(hello.state);
    if (this.#listening) await request({ action: 'listen', ...this.#listening });
    const wanted = Array.from(this.#reader.ticks(), (tick) => tick.subscription);
    if (wanted.length === 0) return;
    const answer = await request({ action: 'subscribe', subscriptions: toWire(wanted) });
    const refused = align(answer, wanted).filter(({ status }) => status !== 'accepted');
    if (refused.length > 0) this.#refused(refused.map(({ subscription }) => subscription));
  }

  failed(error: TickpipeError): void {
    if (this.#isClosed) return;
    void this.close();
    this.#listener.failed(error);
  }

  readonly #emit = (tick: RowTick): void => {
    this.#counters.ticks++;
    this.#listener.tick(tick);
  };

  readonly #handlers: { [T in HubMessage['type']]?: (message: MessageOf<T>) => void } = {
    state: ({ state }) => this.#hubState(state),
    gap: ({ gap }) => {
      this.#counters.gaps++;
      this.#listener.gap(gap);
    },
    scale: ({ precision, subscriptions }) => {
      for (const subscription of fromWire(subscriptions)) {
        const tick = this.#reader.find(subscription);
        if (tick) tick.precision = precision;
      }
    },
    silent: ({ subscriptions }) => this.#listener.silent(fromWire(subscriptions)),
    refused: ({ subscriptions }) => this.#refused(fromWire(subscriptions)),
    skipped: ({ rows, at }) => this.#listener.skipped?.(rows, at),
    changed: ({ added, dropped }) => {
      for (const subscription of fromWire(added)) this.#reader.add(subscription);
      for (const subscription of fromWire(dropped)) this.#reader.remove(subscription);
      this.#listener.changed?.(fromWire(added), fromWire(dropped));
    },
    warning: ({ event, message }) => this.#listener.warning?.(event, message),
    failed: ({ code, message, hint }) => {
      const error = new TickpipeError(code, message, { hint });
      if (error.exit !== EXIT.token || !this.#options.waitsForToken) this.failed(error);
    },
  };

  #hubState(state: HubState): void {
    if (state.state !== 'waiting_for_token') {
      this.state(state);
      return;
    }
    // Those who do not wait are told `failed`.
    if (!this.#options.waitsForToken) return;
    const { at, message: detail } = state;
    this.state({ state: 'disconnected', at, reason: 'token', detail, retryAt: at });
  }

  #refused(subscriptions: readonly Subscription[]): void {
    for (const subscription of subscriptions) this.#reader.remove(subscription);
    this.#listener.refused(subscriptions);
  }

  #endBreak(to: number): void {
    const wanted = new Set(Array.from(this.#reader.ticks(), ({ symbol }) => symbol));
    const gap = this.#break.end(to, (symbol) => wanted.has(symbol));
    if (gap === undefined) return;
    this.#counters.gaps++;
    this.#listener.gap(gap);
  }
}

function align(answer: Answer, subscriptions: readonly Subscription[]): SubscriptionResult[] {
  const results = answer.type === 'result' ? answer.results : [];
  return subscriptions.map((subscription, at) => {
    const result = results[at];
    if (result === undefined) throw new TickpipeError('BUG', 'the shared session answered something else');
    return { subscription, ...result };
  });
}
