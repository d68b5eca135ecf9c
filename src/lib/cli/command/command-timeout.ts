import type { Clock, Timer } from '../../clock/clock.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';

/** The `--timeout` of a command. It counts from the start of the command until its first row. A signal aborts it, too. */
export class CommandTimeout {
  /** Monotonic, in milliseconds. */
  readonly startedAt: number;
  /** Aborted by a signal, or with a `TIMEOUT` when the limit has passed. */
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

  /** The milliseconds that are left of a limit, at least 1. */
  leftOf(timeoutMs: number): number {
    return Math.max(1, this.startedAt + timeoutMs - this.#clock.monotonic());
  }

  /** Cancels the limit. */
  end(): void {
    this.#timer?.cancel();
  }

  /** Whether this error is the one of the limit. */
  isOverdue(error: unknown): boolean {
    return this.#overdue.signal.aborted && error === this.#overdue.signal.reason;
  }
}
