import { pause } from '../clock/abort.ts';
import type { Clock } from '../clock/clock.ts';
import { ALLOWED_CALLS, type CallLimit, type CallTurn } from './call-limit.ts';

const REMEMBERED_CALLS = Math.max(...ALLOWED_CALLS.map((limit) => limit.calls));

/** The limit within one process, for a feed that no other process calls. */
export class RateLimit implements CallLimit {
  readonly #clock: Clock;
  /** When the last calls were made, monotonic, oldest first. */
  readonly #calls: number[] = [];
  #blockedUntil = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async take(signal: AbortSignal): Promise<CallTurn> {
    for (;;) {
      signal.throwIfAborted();
      const now = this.#clock.monotonic();
      const delayMs = this.#freeAt() - now;
      if (delayMs <= 0) {
        this.#calls.push(now);
        if (this.#calls.length > REMEMBERED_CALLS) this.#calls.shift();
        return { end: () => {}, refused: (waitMs) => this.block(waitMs) };
      }
      await pause(this.#clock, delayMs, signal);
    }
  }

  block(delayMs: number): void {
    this.#blockedUntil = Math.max(this.#blockedUntil, this.#clock.monotonic() + delayMs);
  }

  get blockedMs(): number {
    return Math.max(0, this.#blockedUntil - this.#clock.monotonic());
  }

  #freeAt(): number {
    let at = this.#blockedUntil;
    for (const { calls, windowMs } of ALLOWED_CALLS) {
      const first = this.#calls[this.#calls.length - calls];
      if (first !== undefined) at = Math.max(at, first + windowMs);
    }
    return at;
  }
}
