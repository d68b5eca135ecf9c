import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { SubscriptionResult } from '../../feed/feed.ts';
import type { Subscription } from '../../market/kinds.ts';
import type { Hub } from '../core/hub.ts';
import type { HubSession, SessionClient } from '../core/hub-session.ts';

/** How long a caller waits for the feed. */
const ANSWER_TIMEOUT_MS = 15_000;
/** Requests that may wait for it at a time. */
const MAX_PENDING = 64;

/** All REST callers together are one client, which is there while it has subscriptions. */
export class RestClient implements SessionClient {
  readonly #hub: Hub;
  #session: HubSession | undefined;
  /** Requests that wait for the feed: their session stays. */
  #pending = 0;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** REST callers ask for values; nothing is sent to them. */
  send(): void {}

  /** Resolves once the feed is connected. Throws why it is not within a while. */
  connect(): Promise<void> {
    return this.#withinTime((signal) => this.#hub.connect(signal));
  }

  /** A request without an answer in time is dropped: nothing is subscribed later. */
  async subscribe(subscriptions: readonly Subscription[]): Promise<readonly SubscriptionResult[]> {
    if (subscriptions.length === 0) return [];
    return this.#withinTime((signal) => {
      this.#session ??= this.#hub.openSession({ command: 'rest', pid: null, kinds: [] }, this);
      return this.#hub.subscribe(this.#session, subscriptions, { signal });
    });
  }

  unsubscribe(subscriptions: readonly Subscription[]): Subscription[] {
    return this.#session ? this.#hub.unsubscribe(this.#session, subscriptions) : [];
  }

  emptied(): void {
    if (this.#pending === 0 && this.#session?.ticks.size === 0) this.drop();
  }

  drop(): void {
    if (this.#session) this.#hub.closeSession(this.#session);
    this.#session = undefined;
  }

  async #withinTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#pending >= MAX_PENDING) throw new TickpipeError('RATE_LIMITED', 'too many requests wait for the feed');
    const late = new AbortController();
    const timer = this.#hub.clock.after(ANSWER_TIMEOUT_MS, () => {
      late.abort(new TickpipeError('FEED_UNREACHABLE', 'the feed has not answered in time'));
    });
    this.#pending++;
    try {
      return await work(late.signal);
    } finally {
      timer.cancel();
      this.#pending--;
      this.emptied();
    }
  }
}
