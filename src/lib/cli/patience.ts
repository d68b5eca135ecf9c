import type { Clock, Timer } from '../clock/clock.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';

/** How long a command waits for what comes before its first row: until a signal, or until `--timeout`, counted from its start. */
export class Patience {
  /** Monotonic, in milliseconds. */
  readonly startedAt: number;
  /** Ends the waiting; the reason of a limit that has passed is a `TIMEOUT`. */
  readonly signal: AbortSignal;
  readonly #clock: Clock;
  readonly #overdue = new AbortController();
  #timer: Timer | undefined;

  constructor(clock: Clock, interrupted: AbortSignal, startedAt = clock.monotonic()) {
    this.#clock = clock;
    this.startedAt = startedAt;
    this.signal = AbortSignal.any([interrupted, this.#overdue.signal]);
  }

  /** Replaces an earlier limit. */
  limit(timeoutMs: number): void {
    this.#timer?.cancel();
    const reason = new TickpipeError('TIMEOUT', `no row came within ${timeoutMs / 1_000} s`);
    this.#timer = this.#clock.after(this.leftOf(timeoutMs), () => this.#overdue.abort(reason));
  }

  /** How much of a limit is left, at least a millisecond. */
  leftOf(timeoutMs: number): number {
    return Math.max(1, this.startedAt + timeoutMs - this.#clock.monotonic());
  }

  /** Nothing is waited for any more: the limit does not hold. */
  end(): void {
    this.#timer?.cancel();
  }

  /** Whether this is what waiting ended with, for the limit and not for a signal. */
  isOverdue(error: unknown): boolean {
    return this.#overdue.signal.aborted && error === this.#overdue.signal.reason;
  }
}
