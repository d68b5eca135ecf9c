import type { Clock } from '../clock/clock.ts';

/** The shortest pause that a deadline may cause: a server in trouble must not get one attempt after the other. */
const MIN_PAUSE_MS = 500;

/** The deadlines of commands that wait for data. A pause between attempts leaves time for another attempt before a deadline. */
export class AwaitedData {
  readonly #clock: Clock;
  /** Monotonic milliseconds. */
  #deadlines: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A command waits for data, for this time from now on. */
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
