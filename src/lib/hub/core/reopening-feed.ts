import type { Clock } from '../../clock/clock.ts';
import { codedError, TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Feed, FeedEvent, FeedFactory, FeedListener } from '../../feed/feed.ts';
import { ReconnectPolicy } from '../../feed/reconnect-policy.ts';
import { Supervisor } from '../../feed/supervisor.ts';
import type { Tick } from '../../market/tick.ts';
import { HubLost } from '../protocol/hub-errors.ts';
import type { HubEvent, HubState } from '../protocol/messages.ts';
import type { SharedToken } from './shared-token.ts';

/** Why a feed ended; after `failed` nothing takes its place by itself. */
export type FeedEnd = 'token' | 'disconnected' | 'failed';

/** Receives what the feed that is open now delivers, and when another takes its place. */
export interface ReopeningListener {
  tick(tick: Tick): void;
  event(event: HubEvent): void;
  /** This feed delivers nothing more. */
  ended(feed: Feed, reason: FeedEnd): void;
  /** Another feed takes the place of one that ended: everything must be subscribed anew. */
  reopened(feed: Feed): void;
}

/**
 * Keeps one feed open. When its token fails, it is opened again as soon as there is another token; after any other failure, when a
 * client asks for it.
 */
export class ReopeningFeed {
  readonly #open: FeedFactory;
  readonly #token: SharedToken | undefined;
  readonly #clock: Clock;
  readonly #listener: ReopeningListener;
  readonly #supervisor: Supervisor;
  #feed: Feed | undefined;
  #opening: Promise<Feed> | undefined;
  #state: HubState;
  #failure: TickpipeError | undefined;
  /** Resolves when the feed before this one is closed: an account has one connection. */
  #ending: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** @param token undefined for a feed without tokens */
  constructor(open: FeedFactory, token: SharedToken | undefined, clock: Clock, listener: ReopeningListener) {
    this.#open = open;
    this.#token = token;
    this.#clock = clock;
    this.#listener = listener;
    this.#state = { state: 'idle', at: clock.now() };
    // The feed makes its own attempts to connect: its failure is final.
    const policy = new ReconnectPolicy(clock, () => 0, 0);
    this.#supervisor = new Supervisor(
      { clock, policy, failureReason: 'network_error', waitsForToken: token !== undefined },
      {
        open: async (isCurrent) => {
          this.#opening = this.#reopen(isCurrent);
          await this.#opening;
        },
        broken: (_, error) => this.#lacksToken(error as TickpipeError),
        gaveUp: (error) => this.#gaveUp(error),
        hasAnotherToken: async () => this.#token?.hasUsable() ?? false,
      },
    );
  }

  get feed(): Feed | undefined {
    return this.#feed;
  }

  get state(): HubState {
    return this.#state;
  }

  /** Why the last feed ended; undefined while one is open, and after it was closed on request. */
  get failure(): TickpipeError | undefined {
    return this.#failure;
  }

  /** Whether the feed that is open has delivered all its rows. */
  get isFinished(): boolean {
    return this.#feed !== undefined && this.#state.state === 'closed';
  }

  /** The feed, opened when there is none. Throws why it cannot be. */
  ensure(): Promise<Feed> {
    if (this.#feed) return Promise.resolve(this.#feed);
    if (this.#failure && this.#isWaiting) return Promise.reject(this.#failure);
    if (this.#opening === undefined) void this.#supervisor.start();
    // `start` has set it.
    return this.#opening as Promise<Feed>;
  }

  /**
   * Closes the feed until a client asks for it, whether it is open, being opened or waits for a token.
   * @param detail which user asked
   */
  async drop(detail: string): Promise<void> {
    const feed = this.#feed;
    const opening = this.#opening;
    const isWaiting = this.#isWaiting;
    this.#supervisor.stop();
    this.#failure = undefined;
    if (feed === undefined) {
      this.#opening = undefined;
      if (opening === undefined && !isWaiting) return;
      this.#setDisconnected(detail);
      const over = opening?.then(
        () => {},
        () => {},
      );
      if (over) this.#ending = over;
      await over;
      return;
    }
    this.#feed = undefined;
    const closing = feed.close();
    this.#ending = closing.catch(() => {});
    this.#listener.ended(feed, 'disconnected');
    this.#setDisconnected(detail);
    await closing;
  }

  /** Treats the feed as failed: it cannot be subscribed. Ignored for a feed that was replaced. */
  giveUp(feed: Feed, error: TickpipeError): void {
    if (this.#feed === feed) this.#supervisor.fail(error);
  }

  /** The token is of no use any more, whatever the feed says: closes the feed, which waits for another token. */
  endToken(error: TickpipeError): void {
    this.#supervisor.fail(error);
  }

  /** There may be another token: a feed that waits for one is opened at once if so. */
  tokenChanged(): Promise<void> {
    return this.#supervisor.checkToken();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#supervisor.close();
    await this.#feed?.close();
  }

  async #reopen(isCurrent: () => boolean): Promise<Feed> {
    await this.#ending;
    // Late events of a feed that was replaced are ignored.
    const listener: FeedListener = {
      tick: (tick) => {
        if (isCurrent()) this.#listener.tick(tick);
      },
      event: (event) => {
        if (isCurrent()) this.#event(event);
      },
    };
    let feed: Feed;
    try {
      feed = await this.#open(listener);
    } catch (error) {
      const coded = codedError(error, 'the feed failed');
      if (isCurrent()) this.#supervisor.fail(coded);
      throw coded;
    }
    if (!isCurrent()) {
      await feed.close();
      throw this.#isClosed
        ? new HubLost('the hub is ending')
        : new TickpipeError('FEED_UNREACHABLE', 'the feed was disconnected on request');
    }
    this.#opening = undefined;
    this.#feed = feed;
    this.#failure = undefined;
    this.#setState(feed.status().state);
    this.#listener.reopened(feed);
    return feed;
  }

  #event(event: FeedEvent): void {
    switch (event.type) {
      case 'state':
        // The end of a feed is reported with its reason, by this class.
        if (event.state.state !== 'closed') this.#setState(event.state);
        break;
      case 'finished':
        this.#setState({ state: 'closed', at: this.#clock.now() });
        this.#listener.event(event);
        break;
      case 'failed':
        this.#supervisor.fail(event.error);
        break;
      default:
        this.#listener.event(event);
    }
  }

  /** Begins the wait for another token. */
  #lacksToken(error: TickpipeError): void {
    const feed = this.#endFeed('token', error);
    this.#token?.refuse();
    const { code, message } = error;
    this.#setState({ state: 'waiting_for_token', at: this.#clock.now(), code, message });
    // A later token is here already: no client needs to end for the one that it replaces.
    if (feed && this.#token?.holdsAnother) void this.tokenChanged();
    else this.#listener.event({ type: 'failed', error });
  }

  #gaveUp(error: TickpipeError): void {
    this.#endFeed('failed', error);
    this.#setState({ state: 'closed', at: this.#clock.now() });
    this.#listener.event({ type: 'failed', error });
  }

  /** Gives the feed that ended, if one was open. */
  #endFeed(reason: FeedEnd, error: TickpipeError): Feed | undefined {
    const feed = this.#feed;
    this.#feed = undefined;
    this.#opening = undefined;
    this.#failure = error;
    if (feed === undefined) return undefined;
    this.#ending = feed.close().catch(() => {});
    this.#listener.ended(feed, reason);
    return feed;
  }

  get #isWaiting(): boolean {
    return this.#supervisor.isWaitingForToken;
  }

  /** Reported like any other break, so that no client's rows stop in silence. It ends when a client asks for the feed. */
  #setDisconnected(detail: string): void {
    const at = this.#clock.now();
    this.#setState({ state: 'disconnected', at, reason: 'disconnected', detail, retryAt: at });
  }

  #setState(state: HubState): void {
    this.#state = state;
    this.#listener.event({ type: 'state', state });
  }
}
