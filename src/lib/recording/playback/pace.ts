import type { Clock } from '../../clock/clock.ts';
import { DAY_MS, istDate } from '../../clock/ist.ts';

/** After a longer delay the playback goes on from where it was, instead of catching up. */
const MAX_LATE_MS = 2_000;

/** When what was recorded is due: at its first times' spacing, divided by the speed. Nights between recorded days take no time. */
export class Pace {
  readonly #clock: Clock;
  readonly #speed: number;
  /** A moment of the recording, and when that was played, monotonic. */
  #origin: { readonly recorded: number; readonly played: number } | undefined;
  #nextDayAt = Number.NEGATIVE_INFINITY;
  #now = 0;

  /** @param speed how many times as fast as it was recorded; infinite for no waiting */
  constructor(clock: Clock, speed: number) {
    this.#clock = clock;
    this.#speed = speed;
  }

  /** How long it is until then, milliseconds; 0 when it is due. @param recorded epoch milliseconds, in order */
  delay(recorded: number): number {
    if (this.#speed === Number.POSITIVE_INFINITY) return 0;
    const origin = this.#origin;
    if (origin === undefined || recorded >= this.#nextDayAt) return this.#begin(recorded);
    const due = origin.played + (recorded - origin.recorded) / this.#speed;
    if (due <= this.#now && this.#now - due <= MAX_LATE_MS) return 0;
    this.#now = this.#clock.monotonic();
    if (this.#now - due > MAX_LATE_MS) return this.#begin(recorded);
    return Math.max(0, due - this.#now);
  }

  #begin(recorded: number): number {
    this.#now = this.#clock.monotonic();
    this.#origin = { recorded, played: this.#now };
    this.#nextDayAt = Date.parse(`${istDate(recorded)}T00:00:00+05:30`) + DAY_MS;
    return 0;
  }
}
