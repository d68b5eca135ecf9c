import type { Clock, Timer } from '../clock/clock.ts';
import type { AwaitedData } from './awaited-data.ts';

/** Waits for the next attempt of a feed. A command that waits for data may shorten that. */
export class RetryTimer {
  readonly #clock: Clock;
  readonly #awaited: AwaitedData;
  #timer: Timer | undefined;
  /** The attempt that is waited for, if its delay may be shortened. Monotonic milliseconds. */
  #shortenable: { readonly dueAtMs: number; readonly attempt: () => void } | undefined;

  constructor(clock: Clock, awaited: AwaitedData) {
    this.#clock = clock;
    this.#awaited = awaited;
  }

  /** Replaces what was waited for. */
  set(delayMs: number, attempt: () => void, { mayBeShortened = false } = {}): void {
    this.cancel();
    if (mayBeShortened) this.#shortenable = { dueAtMs: this.#clock.monotonic() + delayMs, attempt };
    this.#timer = this.#clock.after(delayMs, () => {
      this.#shortenable = undefined;
      attempt();
    });
  }

  /** Shortens the delay as `AwaitedData` says. Returns what is left of it then; undefined when it stays as it is. */
  shorten(): number | undefined {
    if (this.#shortenable === undefined) return undefined;
    const { dueAtMs, attempt } = this.#shortenable;
    const leftMs = dueAtMs - this.#clock.monotonic();
    const delayMs = this.#awaited.cutPause(leftMs);
    if (delayMs >= leftMs) return undefined;
    this.set(delayMs, attempt, { mayBeShortened: true });
    return delayMs;
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#shortenable = undefined;
  }
}
