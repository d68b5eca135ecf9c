import type { Clock, Timer } from '../../clock/clock.ts';

/** So many may be made without a wait; after each period one more. */
const AT_ONCE = 8;
/** A text takes a twentieth of the event loop's time at most. */
const SHARE_OF_LOOP = 20;

type Take<T> = (made: T) => void;

/**
 * Something large that many clients ask for, such as the status. It is made a few times a second at most, each time for all
 * clients that have asked since the time before. No client gets one that is older than its request.
 */
export class SharedText<T> {
  readonly #clock: Clock;
  readonly #periodMs: number;
  readonly #make: () => T;
  #waiting: Take<T>[] = [];
  #left = AT_ONCE;
  #timer: Timer | undefined;
  #periodNowMs: number;

  constructor(clock: Clock, periodMs: number, make: () => T) {
    this.#clock = clock;
    this.#periodMs = periodMs;
    this.#periodNowMs = periodMs;
    this.#make = make;
  }

  /** Gives it to `take`, now or at the next time that one is made. */
  ask(take: Take<T>): void {
    this.#waiting.push(take);
    if (this.#left > 0) this.#deliver();
  }

  read(): Promise<T> {
    return new Promise((resolve) => this.ask(resolve));
  }

  close(): void {
    this.#timer?.cancel();
    this.#waiting = [];
  }

  #deliver(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#left--;
    const begunAt = this.#clock.monotonic();
    const made = this.#make();
    const tookMs = this.#clock.monotonic() - begunAt;
    this.#periodNowMs = Math.max(this.#periodMs, tookMs * SHARE_OF_LOOP);
    this.#schedule();
    for (const take of waiting) take(made);
  }

  #schedule(): void {
    this.#timer ??= this.#clock.after(this.#periodNowMs, () => {
      this.#timer = undefined;
      this.#left++;
      if (this.#waiting.length > 0) this.#deliver();
      else if (this.#left < AT_ONCE) this.#schedule();
    });
  }
}
