import { TickpipeError } from '../lib/errors/tickpipe-error.ts';
import type { Feed, FeedEvent, FeedListener, FeedStatus, SubscriptionResult } from '../lib/feed/feed.ts';
import type { Subscription } from '../lib/market/kinds.ts';
import { toRow } from '../lib/market/row.ts';
import { subscriptionFor, whyNoRows } from '../lib/market/symbol-kinds.ts';
import { normalizeSymbol } from '../lib/market/symbols.ts';
import type { Row } from './row-types.ts';

/** Rows that wait for a `for await` loop; with so many the feed stops reading its source. */
const MAX_WAITING_ROWS = 4_096;

/** Gets what a feed gives, as it comes. An exception of it does not reach the feed: it becomes an uncaught exception. */
export interface RowListener {
  /** One change of one symbol. With it the feed cannot be iterated. */
  tick?(row: Row): void;
  event?(event: FeedEvent): void;
}

/**
 * A feed of rows. Either its listener has a `tick`, or it is iterated once: then up to 4,096 rows wait for the loop, and a slow
 * loop makes the feed read more slowly. Leaving the loop closes the feed.
 */
export class RowFeed implements AsyncIterable<Row> {
  readonly #feed: Feed;
  readonly #inbox: Inbox;
  /** What a recording lists of itself, to be subscribed; empty for other sources. */
  readonly available: readonly Subscription[];

  private constructor(feed: Feed, inbox: Inbox, available: readonly Subscription[]) {
    this.#feed = feed;
    this.#inbox = inbox;
    this.available = available;
  }

  /** @internal Use `openFeed`. */
  static async open<T extends Feed & { readonly listed?: readonly Subscription[] }>(
    open: (listener: FeedListener) => Promise<T>,
    listener: RowListener = {},
  ): Promise<RowFeed> {
    const inbox = new Inbox(listener);
    const feed = await open(inbox);
    inbox.attach(feed);
    return new RowFeed(feed, inbox, feed.listed ?? []);
  }

  /** Whether the prices are made up: then every row has `simulated: true`. */
  get simulated(): boolean {
    return this.#feed.simulated;
  }

  /**
   * Adds subscriptions; asking twice for the same is one. Resolves when each symbol is known, or known to be unknown: its result
   * is at the same place. Throws `TickpipeError`: `MALFORMED_SYMBOL`, `INDEX_HAS_NO_DEPTH`, `NOT_AN_INDEX`, codes of the token
   * and of the symbol lookup. @param options `strict`: with an unknown symbol among them, the others are refused
   */
  async subscribe(
    subscriptions: readonly Subscription[],
    options: { readonly strict?: boolean } = {},
  ): Promise<SubscriptionResult[]> {
    return this.#feed.subscribe(subscriptions.map(checkSubscription), options);
  }

  /** Throws `MALFORMED_SYMBOL`, `INDEX_HAS_NO_DEPTH`, `NOT_AN_INDEX`. */
  async unsubscribe(subscriptions: readonly Subscription[]): Promise<SubscriptionResult[]> {
    return this.#feed.unsubscribe(subscriptions.map(checkSubscription));
  }

  /** Stops reading the source until `resume`. A live server closes a connection that is not read for long. */
  pause(): void {
    this.#feed.pause();
  }

  resume(): void {
    this.#feed.resume();
  }

  /** The feed at this moment, as plain data. */
  status(): FeedStatus {
    return this.#feed.status();
  }

  /** Ends the feed and a loop over it. Safe at any time, and twice. */
  async close(): Promise<void> {
    this.#inbox.end();
    await this.#feed.close();
  }

  /**
   * The rows of everything subscribed, until the feed is closed or finished. Throws the `TickpipeError` with which the feed
   * failed, and `USAGE` where a listener or another loop gets the rows.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Row, void, undefined> {
    try {
      yield* this.#inbox.rows();
    } finally {
      await this.close();
    }
  }
}

/** Where a feed puts what it gives: into its listener, or into a queue that has an end. */
class Inbox implements FeedListener {
  readonly #listener: RowListener;
  #feed: Feed | undefined;
  #waiting: Row[] = [];
  #isPaused = false;
  #isIterated = false;
  #end: { readonly error?: TickpipeError } | undefined;
  #wake = (): void => {};

  constructor(listener: RowListener) {
    this.#listener = listener;
  }

  attach(feed: Feed): void {
    this.#feed = feed;
  }

  tick(tick: Parameters<FeedListener['tick']>[0]): void {
    if (this.#end) return;
    // The schemas allow texts for times; epoch numbers were asked for.
    const row = toRow(tick, { simulated: this.#feed?.simulated ?? false, time: 'epoch' }) as Row;
    const { tick: give } = this.#listener;
    if (give) callOut(() => give.call(this.#listener, row));
    else {
      this.#waiting.push(row);
      if (this.#waiting.length >= MAX_WAITING_ROWS) this.#pause(true);
      this.#wake();
    }
  }

  event(event: FeedEvent): void {
    callOut(() => this.#listener.event?.(event));
    if (event.type === 'finished') this.end();
    if (event.type === 'failed') this.end(event.error);
  }

  end(error?: TickpipeError): void {
    this.#end ??= error ? { error } : {};
    this.#wake();
  }

  async *rows(): AsyncGenerator<Row, void, undefined> {
    if (this.#listener.tick)
      throw usage('the listener of this feed gets its rows', 'leave out tick to iterate the feed');
    if (this.#isIterated) throw usage('this feed has been iterated', 'open another one');
    this.#isIterated = true;
    for (;;) {
      while (this.#waiting.length > 0) {
        const rows = this.#waiting;
        this.#waiting = [];
        this.#pause(false);
        yield* rows;
      }
      if (this.#end?.error) throw this.#end.error;
      if (this.#end) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #pause(on: boolean): void {
    if (this.#isPaused === on) return;
    this.#isPaused = on;
    if (on) this.#feed?.pause();
    else this.#feed?.resume();
  }
}

/** A feed must not be unwound by what its user throws. */
function callOut(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** The subscription with its symbol in the one spelling. Throws `MALFORMED_SYMBOL`, `INDEX_HAS_NO_DEPTH`, `NOT_AN_INDEX`. */
function checkSubscription({ kind, symbol: text }: Subscription): Subscription {
  const symbol = normalizeSymbol(text);
  const code = whyNoRows(kind, symbol);
  if (code === undefined) return subscriptionFor(kind, symbol);
  throw new TickpipeError(code, `${symbol} ${code === 'NOT_AN_INDEX' ? 'is not an index' : 'has no market depth'}`);
}

const usage = (message: string, hint: string): TickpipeError => new TickpipeError('USAGE', message, { hint });
