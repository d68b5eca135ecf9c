import type { Clock } from '../clock/clock.ts';

/** A pause that a deadline cuts is not shorter than this: a server is not hammered at. */
const MIN_PAUSE_MS = 500;

/** Until when commands wait for data. A pause between two attempts leaves time for another attempt before that. */
export class AwaitedData {
  readonly #clock: Clock;
  /** Monotonic milliseconds. */
  #deadlines: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A command waits for data, for so long from now on. */
  expectWithin(withinMs: number): void {
    const now = this.#clock.monotonic();
    this.#deadlines = this.#deadlines.filter((deadline) => deadline > now);
    this.#deadlines.push(now + withinMs);
  }

  /** The pause before the next attempt: at most half of what is left until the nearest deadline. */
  cutPause(pauseMs: number): number {
    const now = this.#clock.monotonic();
    const next = Math.min(...this.#deadlines.filter((deadline) => deadline > now));
    return Math.min(pauseMs, Math.max(MIN_PAUSE_MS, (next - now) / 2));
  }
}
