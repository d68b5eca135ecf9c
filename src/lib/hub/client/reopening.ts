import type { Clock, Timer } from '../../clock/clock.ts';
import type { HubState } from '../protocol/messages.ts';

/** How long a feed stays disconnected when a user disconnected it. */
const REOPEN_AFTER_MS = 30_000;

/** Reconnects a feed some time after a user disconnected it: a recording must not end in silence. */
export class Reopening {
  readonly #clock: Clock;
  readonly #reopen: () => Promise<void>;
  #timer: Timer | undefined;
  #isClosed = false;

  /** @param reopen asks the hub to connect; when it fails it is called again after the same time */
  constructor(clock: Clock, reopen: () => Promise<void>) {
    this.#clock = clock;
    this.#reopen = reopen;
  }

  /** Follows the hub's state. Returns it, with the time of the next attempt when one is planned. */
  follow(state: HubState): HubState {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#isClosed || state.state !== 'disconnected' || state.reason !== 'disconnected') return state;
    this.#schedule();
    return { ...state, retryAt: this.#clock.now() + REOPEN_AFTER_MS };
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #schedule(): void {
    const timer = this.#clock.after(REOPEN_AFTER_MS, () => {
      this.#reopen().catch(() => {
        // No other state came since: the hub is still disconnected.
        if (this.#timer === timer && !this.#isClosed) this.#schedule();
      });
    });
    this.#timer = timer;
  }
}
