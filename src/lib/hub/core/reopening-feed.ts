import type { Clock, Timer } from '../../clock/clock.ts';
import { EXIT } from '../../errors/catalogue.ts';
import { codedError, TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Feed, FeedEvent, FeedFactory, FeedListener } from '../../feed/feed.ts';
import type { Tick } from '../../market/tick.ts';
import { HubLost } from '../protocol/hub-errors.ts';
import type { HubEvent, HubState } from '../protocol/messages.ts';
import type { TokenVault } from './token-vault.ts';

/** How often to check for a new token while the current one is unusable. */
const LOOK_AGAIN_MS = 5_000;

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

/** Keeps one feed open. One that fails for its token waits until there is another token. */
export class ReopeningFeed {
  readonly #open: FeedFactory;
  readonly #vault: TokenVault | undefined;
  readonly #clock: Clock;
  readonly #listener: ReopeningListener;
  #feed: Feed | undefined;
  #opening: Promise<Feed> | undefined;
  /** How often the feed was dropped: what was being opened then is wanted by nobody. */
  #drops = 0;
  #state: HubState;
  #timer: Timer | undefined;
  #failure: TickpipeError | undefined;
  /** The feed before this one is closed: an account has one connection. */
  #ending: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** @param vault undefined for a feed without tokens */
  constructor(open: FeedFactory, vault: TokenVault | undefined, clock: Clock, listener: ReopeningListener) {
    this.#open = open;
    this.#vault = vault;
    this.#clock = clock;
    this.#listener = listener;
    this.#state = { state: 'idle', at: clock.now() };
  }

  get feed(): Feed | undefined {
    return this.#feed;
  }

  get state(): HubState {
    return this.#state;
  }

  /** Whether the feed that is open has delivered all its rows. */
  get isFinished(): boolean {
    return this.#feed !== undefined && this.#state.state === 'closed';
  }

  /** The feed, opened when there is none. Throws why it cannot be. */
  ensure(): Promise<Feed> {
    if (this.#feed) return Promise.resolve(this.#feed);
    if (this.#failure && this.#isWaiting) return Promise.reject(this.#failure);
    if (this.#opening === undefined) {
      const opening = this.#reopen().finally(() => {
        if (this.#opening === opening) this.#opening = undefined;
      });
      this.#opening = opening;
    }
    return this.#opening;
  }

  /**
   * Closes the feed until a client asks for it, whether it is open, being opened or waits for a token.
   * @param detail which user asked
   */
  async drop(detail: string): Promise<void> {
    const feed = this.#feed;
    const opening = this.#opening;
    const isWaiting = this.#isWaiting;
    this.#timer?.cancel();
    this.#failure = undefined;
    this.#drops++;
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
    if (this.#feed === feed) this.#failed(error);
  }

  /** There is another token: a feed that waits for it goes on at once. */
  async tokenChanged(): Promise<void> {
    if (!this.#isWaiting || !(await this.#vault?.hasUsable())) return;
    // It may have been dropped meanwhile.
    if (!this.#isWaiting) return;
    this.#failure = undefined;
    await this.ensure().catch(() => {});
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#feed?.close();
  }

  async #reopen(): Promise<Feed> {
    this.#timer?.cancel();
    const drops = this.#drops;
    await this.#ending;
    let current: Feed | undefined;
    const isWanted = (): boolean => !this.#isClosed && this.#drops === drops;
    // Late events of a feed that was replaced are ignored.
    const isCurrent = (): boolean => isWanted() && (current === undefined || this.#feed === current);
    const listener: FeedListener = {
      tick: (tick) => {
        if (isCurrent()) this.#listener.tick(tick);
      },
      event: (event) => {
        if (isCurrent()) this.#event(event);
      },
    };
    try {
      current = await this.#open(listener);
    } catch (error) {
      const coded = codedError(error, 'the feed failed');
      if (isWanted()) this.#failed(coded);
      throw coded;
    }
    if (!isWanted()) {
      await current.close();
      throw this.#isClosed
        ? new HubLost('the hub is ending')
        : new TickpipeError('FEED_UNREACHABLE', 'the feed was disconnected on request');
    }
    this.#feed = current;
    this.#failure = undefined;
    this.#setState(current.status().state);
    this.#listener.reopened(current);
    return current;
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
        this.#failed(event.error);
        break;
      default:
        this.#listener.event(event);
    }
  }

  #failed(error: TickpipeError): void {
    const feed = this.#feed;
    const isToken = error.exit === EXIT.token && this.#vault !== undefined;
    this.#feed = undefined;
    this.#failure = error;
    if (feed) {
      this.#ending = feed.close().catch(() => {});
      this.#listener.ended(feed, isToken ? 'token' : 'failed');
    }
    if (isToken) {
      this.#vault?.refuse();
      const { code, message } = error;
      this.#setState({ state: 'waiting_for_token', at: this.#clock.now(), code, message });
      this.#lookAgain();
      // A later one is here already: nobody need end for the one that it replaces.
      if (feed && this.#vault?.holdsAnother) {
        void this.tokenChanged();
        return;
      }
    } else this.#setState({ state: 'closed', at: this.#clock.now() });
    this.#listener.event({ type: 'failed', error });
  }

  #lookAgain(): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(LOOK_AGAIN_MS, () => {
      void this.tokenChanged().then(() => {
        if (!this.#isClosed && this.#isWaiting) this.#lookAgain();
      });
    });
  }

  get #isWaiting(): boolean {
    return this.#state.state === 'waiting_for_token';
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
