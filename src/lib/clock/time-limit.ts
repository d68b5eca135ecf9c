import type { Clock, Timer } from './clock.ts';

/** How long something may take. */
export class TimeLimit {
  /** Aborted when the time is over, or when the signal that was given is. */
  readonly signal: AbortSignal;
  readonly #over = new AbortController();
  readonly #timer: Timer;

  /** @param reason what `signal` is aborted with when the time is over */
  constructor(clock: Clock, limitMs: number, signal: AbortSignal, reason?: Error) {
    this.signal = AbortSignal.any([signal, this.#over.signal]);
    this.#timer = clock.after(limitMs, () => this.#over.abort(reason));
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  /** The work is done: the limit does not hold any more. */
  end(): void {
    this.#timer.cancel();
  }
}
