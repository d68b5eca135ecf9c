import type { Clock, Timer } from '../../src/lib/clock/clock.ts';

/** The time limits of a first and a later try: such a timer fires only when a test says so. */
const REQUEST_TIMEOUTS_MS: ReadonlySet<number> = new Set([4_000, 10_000]);

/** A clock for code that waits between real requests: a wait is over in the next turn, and time has passed by it. */
export class SkippingClock implements Clock {
  readonly waits: number[] = [];
  /** The time limit of each request. */
  readonly timeouts: number[] = [];
  readonly #timeouts = new Set<() => void>();
  #monotonic = 0;

  constructor(readonly startMs = Date.parse('2026-11-23T10:00:00+05:30')) {}

  now(): number {
    return this.startMs + this.#monotonic;
  }

  /** Lets time pass in which nothing happens. */
  skip(ms: number): void {
    this.#monotonic += ms;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(delayMs: number, callback: () => void): Timer {
    if (REQUEST_TIMEOUTS_MS.has(delayMs)) {
      this.timeouts.push(delayMs);
      this.#timeouts.add(callback);
      return { cancel: () => void this.#timeouts.delete(callback) };
    }
    this.waits.push(delayMs);
    const turn = setImmediate(() => {
      this.#monotonic += delayMs;
      callback();
    });
    return { cancel: () => clearImmediate(turn) };
  }

  every(): Timer {
    throw new Error('nothing here is done every so often');
  }

  get requestTimers(): number {
    return this.#timeouts.size;
  }

  /** Ends the time of every request that is under way. */
  timeOutRequests(): void {
    for (const callback of this.#timeouts) callback();
  }
}
