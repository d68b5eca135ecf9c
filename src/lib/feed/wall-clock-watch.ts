import type { Clock } from '../clock/clock.ts';

/** The wall clock may run ahead of the monotonic one by so much before the machine must have slept. */
const JUMP_MS = 5_000;

/** Notices a machine that slept: its wall clock went on, its monotonic one did not. */
export class WallClockWatch {
  readonly #clock: Clock;
  #offset: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offset = this.#currentOffset();
  }

  /** Whether the wall clock jumped ahead since the last call. A clock set back is only noted. */
  hasJumped(): boolean {
    const offset = this.#currentOffset();
    const jumped = offset - this.#offset > JUMP_MS;
    this.#offset = offset;
    return jumped;
  }

  #currentOffset(): number {
    return this.#clock.now() - this.#clock.monotonic();
  }
}
