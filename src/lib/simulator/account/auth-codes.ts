import { randomBytes } from 'node:crypto';
import { SIMULATOR_ISSUER } from '../../auth/access-token.ts';
import type { Clock } from '../../clock/clock.ts';
import { signJwt } from './sign-jwt.ts';
import { APP_ID } from './simulated-app.ts';
import { SIMULATED_PERSON } from './simulated-person.ts';

/** FYERS says minutes. */
const LIFE_MS = 5 * 60_000;
const MAX_OPEN_CODES = 1_000;

/** The auth codes that were given out. Each can be exchanged once. */
export class AuthCodes {
  readonly #clock: Clock;
  readonly #secret = randomBytes(32);
  /** When each ends, epoch milliseconds. The oldest is first. */
  readonly #open = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new code: a JWT with a key of its own, so that a client which does not look at `sub` takes it for an access token. */
  issue(user: string): string {
    const now = this.#clock.now();
    const code = signJwt(
      {
        iss: SIMULATOR_ISSUER,
        sub: 'auth_code',
        aud: ['d:1', 'd:2', 'x:0', 'x:1'],
        iat: Math.floor(now / 1_000),
        exp: Math.floor((now + LIFE_MS) / 1_000),
        hsm_key: randomBytes(28).toString('hex'),
        fy_id: user,
        display_name: SIMULATED_PERSON.displayName,
        app_id: APP_ID,
        nonce: randomBytes(8).toString('hex'),
      },
      this.#secret,
    );
    this.#open.set(code, now + LIFE_MS);
    for (const [oldest] of this.#open) {
      if (this.#open.size <= MAX_OPEN_CODES) break;
      this.#open.delete(oldest);
    }
    return code;
  }

  /** Uses a code up. False for one that is unknown, used or over. */
  redeem(code: string): boolean {
    const endsAtMs = this.#open.get(code);
    this.#open.delete(code);
    return endsAtMs !== undefined && endsAtMs > this.#clock.now();
  }
}
