import type { Feed } from '../../feed/feed.ts';
import { type Subscription, subscriptionKey } from '../../market/kinds.ts';
import type { Tick } from '../../market/tick.ts';

/** Called with each tick of the book, and with a text when there will be none. */
type BookListener = (book: Tick | string) => void;

/** The book of one symbol at a time, which a stream of other rows watches and does not print. */
export class WatchedBook {
  readonly #feed: Feed;
  #subscription: Subscription | undefined;
  #onBook: BookListener = () => {};
  /** Each change waits for the one before: the feed is never asked for two things at once. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(feed: Feed) {
    this.#feed = feed;
  }

  /** Watches this symbol, and the one before no more. */
  watch(symbol: string | undefined, onBook: BookListener = () => {}): void {
    const [before, next] = [this.#subscription, symbol === undefined ? undefined : { kind: 'depth' as const, symbol }];
    this.#subscription = next;
    this.#onBook = onBook;
    this.#changes = this.#changes.then(async () => {
      if (before) await this.#feed.unsubscribe([before]);
      if (next && this.#subscription === next) await this.#subscribe(next);
    });
    this.#changes = this.#changes.catch((error: unknown) => {
      if (this.#subscription === next) onBook(`no depth: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  /** Whether a tick is that of a watched book, now or before, and so no row. */
  takes(tick: Tick): boolean {
    if (tick.kind !== 'depth') return false;
    if (this.#subscription && subscriptionKey(tick) === subscriptionKey(this.#subscription)) this.#onBook(tick);
    return true;
  }

  async #subscribe(next: Subscription): Promise<void> {
    const [result] = await this.#feed.subscribe([next]);
    if (this.#subscription !== next || result === undefined || result.status === 'accepted') return;
    this.#onBook(result.status === 'unknown' ? 'no depth: the feed does not know it' : `no depth: ${result.message}`);
  }
}
