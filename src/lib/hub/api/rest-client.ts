import { once } from 'node:events';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { SubscriptionResult } from '../../feed/feed.ts';
import type { Subscription } from '../../market/kinds.ts';
import type { Hub } from '../hub.ts';
import type { HubSession, SessionClient } from '../hub-session.ts';

/** How long a caller waits for the feed. */
const ANSWER_TIMEOUT_MS = 15_000;

/** All REST callers together are one client, which is there while it has subscriptions. */
export class RestClient implements SessionClient {
  readonly #hub: Hub;
  #session: HubSession | undefined;
  /** Requests that wait for the feed: their session stays. */
  #pending = 0;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** REST callers ask; they are not told. */
  tell(): void {}

  /** Resolves once the feed is connected. Throws why it is not within a while. */
  async connect(): Promise<void> {
    await this.#withinTime(this.#hub.upstream.goLive());
  }

  async subscribe(subscriptions: readonly Subscription[]): Promise<readonly SubscriptionResult[]> {
    if (subscriptions.length === 0) return [];
    this.#session ??= this.#hub.openSession({ command: 'rest', pid: null, kinds: [] }, this);
    this.#pending++;
    try {
      return await this.#withinTime(this.#hub.subscribe(this.#session, subscriptions));
    } finally {
      this.#pending--;
      this.#closeWhenEmpty();
    }
  }

  unsubscribe(subscriptions: readonly Subscription[]): Subscription[] {
    const dropped = this.#session ? this.#hub.unsubscribe(this.#session, subscriptions) : [];
    this.#closeWhenEmpty();
    return dropped;
  }

  drop(): void {
    if (this.#session) this.#hub.closeSession(this.#session);
    this.#session = undefined;
  }

  #closeWhenEmpty(): void {
    if (this.#pending === 0 && this.#session?.entries.size === 0) this.drop();
  }

  async #withinTime<T>(work: Promise<T>): Promise<T> {
    const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const late = once(timeout, 'abort').then(() => {
      throw new TickpipeError('FEED_UNREACHABLE', 'the feed has not answered in time');
    });
    late.catch(() => {});
    return Promise.race([work, late]);
  }
}
