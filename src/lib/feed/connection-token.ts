import type { Clock } from '../clock/clock.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';

/** What the data socket needs of an access token. */
export interface FeedToken {
  readonly hsmKey: string;
  readonly expiresAtMs: number;
  readonly simulated: boolean;
}

/** The token of a feed's connections. It is read again for each; all are of the same kind of feed. */
export class ConnectionToken<T extends FeedToken> {
  readonly #read: () => Promise<T>;
  readonly #clock: Clock;
  #current: T;
  #refused: T | undefined;

  /** @param first as `read` gave it @param read throws a coded error when there is none that can be used */
  constructor(first: T, read: () => Promise<T>, clock: Clock) {
    this.#current = first;
    this.#read = read;
    this.#clock = clock;
  }

  get current(): T {
    return this.#current;
  }

  /** Reads the token again. Throws what `read` throws, and `TOKEN_CHANGED_KIND`. */
  async renew(): Promise<void> {
    const token = await this.#read();
    if (token.simulated !== this.#current.simulated) {
      throw new TickpipeError('TOKEN_CHANGED_KIND', 'the new token is of another kind of feed');
    }
    this.#current = token;
  }

  /** Notes that the data socket refused the token. Gives the likely cause. @param status of HTTP, when the upgrade was refused */
  refuse(status?: number): TickpipeError {
    this.#refused = this.#current;
    const detail = status === undefined ? '' : ` (HTTP ${status})`;
    return this.#current.expiresAtMs <= this.#clock.now()
      ? new TickpipeError('TOKEN_EXPIRED', 'the token expired')
      : new TickpipeError('TOKEN_REFUSED', `the data socket refused the token${detail}`);
  }

  /** Notes that the symbol lookup refused the token. */
  refusedByLookup(): void {
    this.#refused = this.#current;
  }

  /** Whether there is a token now that was not refused. */
  async hasAnother(): Promise<boolean> {
    const token = await this.#read().catch(() => undefined);
    if (token === undefined) return false;
    const { hsmKey, expiresAtMs } = token;
    return this.#refused?.hsmKey !== hsmKey || this.#refused.expiresAtMs !== expiresAtMs;
  }
}
