import { pause } from '../clock/abort.ts';
import type { Clock } from '../clock/clock.ts';

/** What FYERS allows an app. More than three breaches of the minute's limit in a day block the app for the rest of it. */
const LIMITS = [
  { calls: 10, windowMs: 1_000 },
  { calls: 200, windowMs: 60_000 },
] as const;
const REMEMBERED_CALLS = Math.max(...LIMITS.map((limit) => limit.calls));

/** Spaces calls so that no window of time ever holds more of them than FYERS allows. */
export class RateLimit {
  readonly #clock: Clock;
  /** When the last calls were made, monotonic, oldest first. */
  readonly #calls: number[] = [];
  #blockedUntil = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when the next call may be made, and counts it. Rejects with the signal's reason when aborted. */
  async take(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const now = this.#clock.monotonic();
      const delayMs = this.#freeAt() - now;
      if (delayMs <= 0) {
        this.#calls.push(now);
        if (this.#calls.length > REMEMBERED_CALLS) this.#calls.shift();
        return;
      }
      await pause(this.#clock, delayMs, signal);
    }
  }

  /** No call is made for so long: the server asked for it. */
  block(delayMs: number): void {
    this.#blockedUntil = Math.max(this.#blockedUntil, this.#clock.monotonic() + delayMs);
  }

  /** How much of that time is left. */
  get blockedMs(): number {
    return Math.max(0, this.#blockedUntil - this.#clock.monotonic());
  }

  #freeAt(): number {
    let at = this.#blockedUntil;
    for (const { calls, windowMs } of LIMITS) {
      const first = this.#calls[this.#calls.length - calls];
      if (first !== undefined) at = Math.max(at, first + windowMs);
    }
    return at;
  }
}
