import type {
  Feed,
  FeedListener,
  FeedState,
  FeedStatus,
  SubscribeOptions,
  SubscriptionResult,
} from '../../../src/lib/feed/feed.ts';
import type { Subscription } from '../../../src/lib/market/kinds.ts';
import { SYMBOL_SLOTS } from '../../../src/lib/market/slots.ts';
import { type MadeTick, makeTick, setValues } from '../../support/make-tick.ts';

export const nameOf = ({ kind, symbol }: Subscription): string => `${kind} ${symbol}`;

/** A feed that does as the test says: it knows every symbol but those with NOPE in their name. */
export class FakeFeed implements Feed {
  readonly name = 'a feed of a test';
  readonly simulated = false;
  readonly listener: FeedListener;
  /** What is subscribed on it now. */
  readonly subscribed = new Set<string>();
  readonly calls: string[] = [];
  /** Deadlines of those who wait for data, in the order of the requests. */
  readonly awaitedWithinMs: number[] = [];
  isClosed = false;
  isPaused = false;
  /** Answers wait for this. */
  gate: Promise<void> = Promise.resolve();
  #state: FeedState = { state: 'idle', at: 0 };
  readonly #ticks = new Map<string, MadeTick>();

  constructor(listener: FeedListener) {
    this.listener = listener;
  }

  async subscribe(
    subscriptions: readonly Subscription[],
    { withinMs }: SubscribeOptions = {},
  ): Promise<SubscriptionResult[]> {
    if (withinMs !== undefined) this.awaitedWithinMs.push(withinMs);
    this.calls.push(`+ ${subscriptions.map(nameOf).join(', ')}`);
    await this.gate;
    return subscriptions.map((subscription): SubscriptionResult => {
      if (subscription.symbol.includes('NOPE')) return { subscription, status: 'unknown' };
      this.subscribed.add(nameOf(subscription));
      return { subscription, status: 'accepted' };
    });
  }

  async unsubscribe(subscriptions: readonly Subscription[]): Promise<SubscriptionResult[]> {
    this.calls.push(`- ${subscriptions.map(nameOf).join(', ')}`);
    for (const subscription of subscriptions) this.subscribed.delete(nameOf(subscription));
    return subscriptions.map((subscription) => ({ subscription, status: 'accepted' }));
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  status(): FeedStatus {
    const counters = { messages: 1, bytes: 10, ticks: 0, reconnects: 0, gaps: 0, malformed: 0 };
    return { state: this.#state, counters, lastDataAt: null, subscriptions: [] };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  become(state: FeedState): void {
    this.#state = state;
    this.listener.event({ type: 'state', state });
  }

  /** A price of something subscribed. @param ltp in hundredths */
  tick(subscription: Subscription, ltp: number, receivedAt = 1_795_428_683_755): void {
    const name = nameOf(subscription);
    let tick = this.#ticks.get(name);
    if (tick === undefined) {
      tick = makeTick(this.#ticks.size, subscription.kind, subscription.symbol);
      this.#ticks.set(name, tick);
    }
    setValues(tick.state, { [SYMBOL_SLOTS.ltp]: ltp });
    tick.state.receivedAt = receivedAt;
    this.listener.tick(tick);
  }
}
