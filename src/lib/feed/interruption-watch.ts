import type { Clock } from '../clock/clock.ts';

/** When the wall clock runs ahead of the monotonic one by more than this, the machine has slept. */
const JUMP_MS = 5_000;
/** Looks follow each other within about a second. When one is late by more than this, the process did not run. */
const STOOD_STILL_MS = 5_000;

/** What kept this process from its work, and for how long. */
export type Interruption =
  /** The wall clock went on and the monotonic one did not: the machine slept, or its clock was set ahead. */
  | { readonly kind: 'clock_jump'; readonly ms: number }
  /** Both went on, and this process did not run: it was stopped, as by SIGSTOP, or got no time. */
  | { readonly kind: 'stood_still'; readonly ms: number };

/**
 * Distinguishes a machine that slept from a process that was stopped. Call `look` about once a second, and before each message
 * is used: after an interruption either a timer or a waiting message comes first.
 */
export class InterruptionWatch {
  #offset: number;
  #lookedAt: number;

  constructor(clock: Clock) {
    this.#lookedAt = clock.monotonic();
    this.#offset = clock.now() - this.#lookedAt;
  }

  /** What happened since the last look. A clock set back is only noted. @param wallMs and monotonicMs what both clocks show now */
  look(wallMs: number, monotonicMs: number): Interruption | undefined {
    const offset = wallMs - monotonicMs;
    const aheadMs = offset - this.#offset;
    const stillMs = monotonicMs - this.#lookedAt;
    this.#offset = offset;
    this.#lookedAt = monotonicMs;
    if (aheadMs > JUMP_MS) return { kind: 'clock_jump', ms: aheadMs };
    return stillMs > STOOD_STILL_MS ? { kind: 'stood_still', ms: stillMs } : undefined;
  }
}
