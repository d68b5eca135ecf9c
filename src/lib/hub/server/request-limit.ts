import type { Clock } from '../../clock/clock.ts';

const MS_PER_S = 1_000;

/** So many a second, and as many at once as `burst` says. It refuses; `RateLimit` of the symbol lookup waits, and holds in every window of time. */
export class RequestLimit {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #burst: number;
  #left: number;
  #at: number;

  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#left = burst;
    this.#at = clock.monotonic();
  }

  /** Whether one more is within the limit; it counts then. */
  take(): boolean {
    const now = this.#clock.monotonic();
    this.#left = Math.min(this.#burst, this.#left + ((now - this.#at) / MS_PER_S) * this.#perSecond);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
