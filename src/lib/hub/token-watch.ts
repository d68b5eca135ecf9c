import type { Clock, Timer } from '../clock/clock.ts';
import { formatIstClock } from '../market/ist-time.ts';
import type { TokenVault } from './token-vault.ts';

const WARN_BEFORE_MS = 15 * 60 * 1_000;
/** Timers are not set for days at once: the machine may sleep. */
const LOOK_EVERY_MS = 30_000;

/** Warns once, a quarter of an hour before the token expires. */
export class TokenWatch {
  readonly #vault: TokenVault;
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  readonly #timer: Timer;
  #warnedOf: number | undefined;

  constructor(vault: TokenVault, clock: Clock, warn: (message: string) => void) {
    this.#vault = vault;
    this.#clock = clock;
    this.#warn = warn;
    this.#timer = clock.every(LOOK_EVERY_MS, () => this.#look());
  }

  close(): void {
    this.#timer.cancel();
  }

  #look(): void {
    const { expiresAtMs } = this.#vault;
    if (expiresAtMs === null || expiresAtMs === this.#warnedOf) return;
    const left = expiresAtMs - this.#clock.now();
    if (left <= 0 || left > WARN_BEFORE_MS) return;
    this.#warnedOf = expiresAtMs;
    this.#warn(`the token expires at ${formatIstClock(expiresAtMs).slice(0, 'hh:mm'.length)} IST`);
  }
}
