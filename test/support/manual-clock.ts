import type { Clock, Timer } from '../../src/lib/clock/clock.ts';

interface Entry {
  at: number;
  period: number | undefined;
  callback: () => void;
}

/** A clock that stands still until a test moves it. Timers fire in order of their time. */
export class ManualClock implements Clock {
  #wall: number;
  #monotonic = 0;
  readonly #entries = new Set<Entry>();

  /** @param wallMs the wall time it begins at, epoch milliseconds */
  constructor(wallMs = Date.parse('2026-11-23T10:00:00+05:30')) {
    this.#wall = wallMs;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#add({ at: this.#monotonic + delayMs, period: undefined, callback });
  }

  every(periodMs: number, callback: () => void): Timer {
    return this.#add({ at: this.#monotonic + periodMs, period: periodMs, callback });
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#entries.size;
  }

  /** Moves both clocks on and fires what falls due, in order. */
  advance(ms: number): void {
    const end = this.#monotonic + ms;
    for (;;) {
      let next: Entry | undefined;
      for (const entry of this.#entries) if (entry.at <= end && (!next || entry.at < next.at)) next = entry;
      if (!next) break;
      this.#moveTo(Math.max(next.at, this.#monotonic));
      if (next.period === undefined) this.#entries.delete(next);
      // A timer that could not fire in time does not catch up, as Node's do not.
      else next.at = this.#monotonic + next.period;
      next.callback();
    }
    this.#moveTo(end);
  }

  /**
   * Moves both clocks on while nothing runs, as SIGSTOP does: what fell due meanwhile fires once, at the end.
   * @param before what is seen before any timer, as data that waits on a socket is
   */
  stop(ms: number, before: () => void = () => {}): void {
    this.standStill(ms);
    before();
    this.advance(0);
  }

  /** Moves both clocks and fires nothing, as for a process that is stopped. What is due fires with the next `advance`. */
  standStill(ms: number): void {
    this.#moveTo(this.#monotonic + ms);
  }

  /** Moves only the wall clock, as a laptop's sleep does. */
  jumpWall(ms: number): void {
    this.#wall += ms;
  }

  #moveTo(monotonic: number): void {
    this.#wall += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }

  #add(entry: Entry): Timer {
    this.#entries.add(entry);
    return { cancel: () => void this.#entries.delete(entry) };
  }
}
