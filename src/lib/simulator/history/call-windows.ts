import type { Clock } from '../../clock/clock.ts';
import { ALLOWED_CALLS } from '../../data-api/call-limit.ts';

/** Counts the calls of the app and refuses those over FYERS' limits. */
export class CallWindows {
  readonly #clock: Clock;
  /** When calls came, monotonic. */
  readonly #calls: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a call. False when it is one too many. */
  admit(): boolean {
    const now = this.#clock.monotonic();
    const longest = Math.max(...ALLOWED_CALLS.map(({ windowMs }) => windowMs));
    while (this.#calls[0] !== undefined && this.#calls[0] <= now - longest) this.#calls.shift();
    this.#calls.push(now);
    return ALLOWED_CALLS.every(
      ({ calls, windowMs }) => this.#calls.filter((at) => at > now - windowMs).length <= calls,
    );
  }
}
