import type { Clock, Timer } from '../../clock/clock.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';

/** The `--timeout` of a command, counted from its start: it holds for all that comes before the first row. A signal ends that, too. */
export class CommandTimeout {
  /** Monotonic, in milliseconds. */
  readonly startedAt: number;
  /** Aborted by a signal or when the limit has passed, then with a `TIMEOUT`. */
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

  /** The limit does not hold any more. */
  end(): void {
    this.#timer?.cancel();
  }

  /** Whether this was thrown because the limit has passed. */
  isOverdue(error: unknown): boolean {
    return this.#overdue.signal.aborted && error === this.#overdue.signal.reason;
  }
}
