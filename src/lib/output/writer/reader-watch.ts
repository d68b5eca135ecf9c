import type { Clock, Timer } from '../../clock/clock.ts';

/** Progress is looked at so many times in the allowed lag. */
const LOOKS_PER_LAG = 8;
const MIN_LOOK_MS = 10;

/** What a reader has taken so far, and whether there is more for it. */
export interface ReaderProgress {
  readonly isWaiting: boolean;
  readonly takenBytes: number;
}

/**
 * Adds up for how long a reader has taken nothing of what waits for it. A look that comes late counts as one: a turn of
 * ours that took long, or a stopped process, is not the reader's fault.
 */
export class ReaderWatch {
  readonly #maxLagMs: number;
  readonly #lookMs: number;
  readonly #clock: Clock;
  readonly #timer: Timer;
  #lookedAt: number;
  #takenBytes = 0;
  #stuckMs = 0;

  /** @param onStuck called at every look at which the reader has been stuck for `maxLagMs` or longer */
  constructor(clock: Clock, maxLagMs: number, progress: () => ReaderProgress, onStuck: () => void) {
    this.#clock = clock;
    this.#maxLagMs = maxLagMs;
    this.#lookMs = Math.max(MIN_LOOK_MS, Math.ceil(maxLagMs / LOOKS_PER_LAG));
    this.#lookedAt = clock.monotonic();
    this.#timer = clock.every(this.#lookMs, () => {
      this.#look(progress());
      if (this.isStuck) onStuck();
    });
  }

  get isStuck(): boolean {
    return this.#stuckMs >= this.#maxLagMs;
  }

  stop(): void {
    this.#timer.cancel();
  }

  #look({ isWaiting, takenBytes }: ReaderProgress): void {
    const now = this.#clock.monotonic();
    const passedMs = Math.min(now - this.#lookedAt, this.#lookMs);
    this.#lookedAt = now;
    this.#stuckMs = isWaiting && takenBytes === this.#takenBytes ? this.#stuckMs + passedMs : 0;
    this.#takenBytes = takenBytes;
  }
}
