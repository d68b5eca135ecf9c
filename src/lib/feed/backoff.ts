const FIRST_LIMIT_MS = 500;
const LAST_LIMIT_MS = 30_000;

/** Delays between attempts: exponential with full jitter, each uniform between 0 and a limit that doubles from 0.5 s to 30 s. */
export class Backoff {
  readonly #random: () => number;
  #attempts = 0;

  /** @param random uniform in [0, 1) */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Attempts since the last reset. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Milliseconds to wait before the next attempt. */
  nextDelayMs(): number {
    const limit = Math.min(FIRST_LIMIT_MS * 2 ** this.#attempts, LAST_LIMIT_MS);
    this.#attempts++;
    return Math.round(this.#random() * limit);
  }

  reset(): void {
    this.#attempts = 0;
  }
}
