import type { Clock, Timer } from '../../clock/clock.ts';
import type { Tick } from '../../market/tick.ts';

/**
 * Lets at most one row per subscription through in each period, always the latest: the first at once, then what changed
 * meanwhile when the period is over.
 */
export class Conflator {
  readonly #periodMs: number;
  readonly #clock: Clock;
  readonly #emit: (tick: Tick) => boolean;
  /** When each subscription may have its next row, monotonic. A map keeps the order of insertion, so the first is due first. */
  readonly #openAt = new Map<Tick, number>();
  readonly #waiting = new Set<Tick>();
  #timer: Timer | undefined;
  #closed = false;

  /** @param emit takes the rows whose period is over; false when one is no row any more, so that the next may come at once */
  constructor(periodMs: number, clock: Clock, emit: (tick: Tick) => boolean) {
    this.#periodMs = periodMs;
    this.#clock = clock;
    this.#emit = emit;
  }

  /** Whether this tick is printed now. If not, it is emitted later with its latest values. */
  admits(tick: Tick): boolean {
    const now = this.#clock.monotonic();
    // The period is over and only the timer is late: this row also shows the values that waited.
    if ((this.#openAt.get(tick) ?? Number.POSITIVE_INFINITY) <= now) this.#waiting.delete(tick);
    this.#emitDue(now);
    if (this.#openAt.has(tick)) {
      this.#waiting.add(tick);
      this.#arm(now);
      return false;
    }
    this.#openAt.set(tick, now + this.#periodMs);
    return true;
  }

  /** Emits all that waits, due or not, and sets no timer any more. */
  flush(): void {
    this.close();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const tick of waiting) this.#emit(tick);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#closed = true;
  }

  #emitDue(now: number): void {
    for (const [tick, openAt] of this.#openAt) {
      if (openAt > now) return;
      this.#openAt.delete(tick);
      if (!this.#waiting.delete(tick)) continue;
      this.#openAt.set(tick, now + this.#periodMs);
      if (!this.#emit(tick)) this.#openAt.delete(tick);
    }
  }

  /** One timer for all: at the first due time, whether that subscription waits or another. */
  #arm(now: number): void {
    if (this.#timer !== undefined || this.#closed) return;
    const [first] = this.#openAt.values();
    if (first === undefined) return;
    this.#timer = this.#clock.after(Math.max(1, first - now), () => {
      this.#timer = undefined;
      const later = this.#clock.monotonic();
      this.#emitDue(later);
      if (this.#waiting.size > 0) this.#arm(later);
    });
  }
}
