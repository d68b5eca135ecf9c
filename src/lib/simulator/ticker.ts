import type { Clock, Timer } from '../clock/clock.ts';
import type { TradingFloor } from './trading-floor.ts';

const MIN_PERIOD_MS = 4;
const MAX_PERIOD_MS = 250;
/** After a pause of the process, missed ticks of at most this time are sent. */
const MAX_CATCH_UP_MS = 500;

/** Makes the market tick so many times a second, over all that is subscribed. */
export class Ticker {
  readonly #floor: TradingFloor;
  readonly #clock: Clock;
  readonly #rate: number;
  readonly #ticked: () => void;
  readonly #timer: Timer | undefined;
  #last: number;
  #due = 0;
  #holds = 0;

  /** @param rate ticks a second; 0 for a market that only moves by hand @param ticked called after each batch */
  constructor(floor: TradingFloor, clock: Clock, rate: number, ticked: () => void) {
    this.#floor = floor;
    this.#clock = clock;
    this.#rate = rate;
    this.#ticked = ticked;
    this.#last = clock.monotonic();
    if (rate <= 0) return;
    const periodMs = Math.min(Math.max(1_000 / rate, MIN_PERIOD_MS), MAX_PERIOD_MS);
    this.#timer = clock.every(periodMs, () => this.#turn());
  }

  /** Stops the market until as many `release` calls. */
  hold(): void {
    this.#holds++;
  }

  release(): void {
    this.#holds = Math.max(0, this.#holds - 1);
  }

  close(): void {
    this.#timer?.cancel();
  }

  #turn(): void {
    const now = this.#clock.monotonic();
    const elapsedMs = Math.min(now - this.#last, MAX_CATCH_UP_MS);
    this.#last = now;
    if (this.#holds > 0) return;
    this.#due += (elapsedMs * this.#rate) / 1_000;
    while (this.#due >= 1) {
      const changed = this.#floor.stepAny();
      if (changed === 0) {
        this.#due = 0;
        break;
      }
      this.#due -= changed;
    }
    this.#ticked();
  }
}
