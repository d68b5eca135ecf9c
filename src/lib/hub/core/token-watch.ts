import type { Clock, Timer } from '../../clock/clock.ts';
import { formatIstMinute } from '../../clock/ist.ts';

const WARN_BEFORE_MS = 15 * 60 * 1_000;
/** How often to compare the clock: a timer of many hours would be wrong after a sleep of the machine. */
const LOOK_EVERY_MS = 30_000;

/** A token whose end is reported. */
export interface WatchedToken {
  /** Epoch milliseconds; null before there is a token. */
  readonly expiresAtMs: number | null;
  /** Reads the source again, which may have another token; undefined without such a source. */
  refresh?(): Promise<void> | undefined;
}

/** The warning about a token that ends within a quarter of an hour; undefined for any other token. */
export function describeTokenEnd(expiresAtMs: number | null, nowMs: number): string | undefined {
  if (expiresAtMs === null) return undefined;
  const leftMs = expiresAtMs - nowMs;
  return leftMs > 0 && leftMs <= WARN_BEFORE_MS
    ? `the token expires at ${formatIstMinute(expiresAtMs)} IST`
    : undefined;
}

/**
 * Warns twice of each token: a quarter of an hour before it expires, and when it does. The caller reports a token that ends
 * within a quarter of an hour already when the watch begins: see `describeTokenEnd`.
 */
export class TokenWatch {
  readonly #token: WatchedToken;
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  readonly #looks: Timer;
  #end: Timer | undefined;
  #warnedOf: number | undefined;
  #endedOf: number | undefined;
  #isClosed = false;

  constructor(token: WatchedToken, clock: Clock, warn: (message: string) => void) {
    this.#token = token;
    this.#clock = clock;
    this.#warn = warn;
    const { expiresAtMs } = token;
    const now = clock.now();
    if (describeTokenEnd(expiresAtMs, now) !== undefined) this.#warnedOf = expiresAtMs ?? undefined;
    if (expiresAtMs !== null && expiresAtMs <= now) this.#endedOf = expiresAtMs;
    this.#looks = clock.every(LOOK_EVERY_MS, () => this.#look());
    this.#setEnd();
  }

  close(): void {
    this.#isClosed = true;
    this.#looks.cancel();
    this.#end?.cancel();
  }

  #look(): void {
    const { expiresAtMs } = this.#token;
    if (expiresAtMs === null || expiresAtMs - this.#clock.now() > WARN_BEFORE_MS) return;
    const refreshing = this.#token.refresh?.();
    if (refreshing === undefined) this.#report();
    else void refreshing.then(() => this.#report());
  }

  #report(): void {
    const { expiresAtMs } = this.#token;
    if (this.#isClosed || expiresAtMs === null) return;
    const now = this.#clock.now();
    if (expiresAtMs <= now && expiresAtMs !== this.#endedOf) {
      this.#endedOf = expiresAtMs;
      this.#warn(`the token expired at ${formatIstMinute(expiresAtMs)} IST; the next connection needs another`);
    }
    const message = describeTokenEnd(expiresAtMs, now);
    if (message !== undefined && expiresAtMs !== this.#warnedOf) {
      this.#warnedOf = expiresAtMs;
      this.#warn(message);
    }
    this.#setEnd();
  }

  /** Reports the end when it comes, and not only at the next check. */
  #setEnd(): void {
    this.#end?.cancel();
    const leftMs = (this.#token.expiresAtMs ?? 0) - this.#clock.now();
    this.#end = leftMs > 0 && leftMs <= LOOK_EVERY_MS ? this.#clock.after(leftMs, () => this.#look()) : undefined;
  }
}
