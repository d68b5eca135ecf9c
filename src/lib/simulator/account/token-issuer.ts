import { randomBytes } from 'node:crypto';
import { SIMULATOR_ISSUER } from '../../auth/access-token.ts';
import type { Clock } from '../../clock/clock.ts';
import { DAY_MS, istDate, istMidnight } from '../../clock/ist.ts';
import { signJwt } from './sign-jwt.ts';
import { APP_ID } from './simulated-app.ts';
import { SIMULATED_PERSON } from './simulated-person.ts';

/** FYERS ends tokens the next morning; a simulation may run for longer. */
const LIFE_DAYS = 30;
/** FYERS ends tokens at 06:00 IST. */
const DAY_END_MS = 6 * 3_600_000;
/** A login shortly before that gets a token of the next day, or it could not be tried out at that time. */
const MIN_LIFE_MS = 3_600_000;

/** A token the simulator accepts. All of it is new and invented at each start. */
export interface IssuedToken {
  /** `APPID:JWT`, as `FYERS_ACCESS_TOKEN` wants it. */
  readonly token: string;
  readonly jwt: string;
  readonly hsmKey: string;
  /** One user has one data connection. */
  readonly user: string;
  /** Epoch seconds. */
  readonly exp: number;
}

export interface IssueOptions {
  /** Epoch seconds; 30 days from now when left out. May be past. */
  readonly exp?: number;
  /** Tokens of one user close each other's connection. All tokens belong to one user when left out. */
  readonly user?: string;
  /** In the place of those that it would have; `undefined` leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

export type TokenVerdict =
  | { readonly status: 'good' | 'expired'; readonly token: IssuedToken }
  | { readonly status: 'unknown' };

/** Makes tokens and knows its own again. Nothing else is accepted. */
export class TokenIssuer {
  readonly #clock: Clock;
  readonly #secret = randomBytes(32);
  /** The user of every token that is issued without one. */
  readonly user = `SIM${randomBytes(4).toString('hex').toUpperCase()}`;
  readonly #byJwt = new Map<string, IssuedToken>();
  readonly #byKey = new Map<string, IssuedToken>();
  /** Tokens that a fault ended before their time. */
  readonly #ended = new Set<IssuedToken>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get nowSeconds(): number {
    return Math.floor(this.#clock.now() / 1_000);
  }

  issue(options: IssueOptions = {}): IssuedToken {
    const iat = this.nowSeconds;
    const exp = options.exp ?? Math.floor((this.#clock.now() + LIFE_DAYS * DAY_MS) / 1_000);
    const hsmKey = randomBytes(28).toString('hex');
    const user = options.user ?? this.user;
    const claims = {
      iss: SIMULATOR_ISSUER,
      sub: 'access_token',
      aud: ['d:1', 'd:2', 'x:0', 'x:1'],
      iat,
      exp,
      hsm_key: hsmKey,
      fy_id: user,
      display_name: SIMULATED_PERSON.displayName,
      ...options.claims,
    };
    const jwt = signJwt(claims, this.#secret);
    const token = { token: `${APP_ID}:${jwt}`, jwt, hsmKey, user, exp };
    this.#byJwt.set(jwt, token);
    this.#byKey.set(hsmKey, token);
    return token;
  }

  /** A token as a login gives it: it ends at 06:00 IST, as FYERS' do. */
  issueForDay(options: Omit<IssueOptions, 'exp'> = {}): IssuedToken {
    const now = this.#clock.now();
    const firstEnd = istMidnight(istDate(now)) + DAY_END_MS;
    const endMs = firstEnd - now < MIN_LIFE_MS ? firstEnd + DAY_MS : firstEnd;
    return this.issue({ ...options, exp: endMs / 1_000 });
  }

  /** Forgets a token: it is unknown from now on. */
  revoke(token: IssuedToken): void {
    this.#byJwt.delete(token.jwt);
    this.#byKey.delete(token.hsmKey);
    this.#ended.delete(token);
  }

  /** Judges an `Authorization` header: the JWT, or `APPID:JWT`. */
  judgeHeader(header: string | undefined): TokenVerdict {
    if (header === undefined) return { status: 'unknown' };
    return this.#judge(this.#byJwt.get(header.slice(header.indexOf(':') + 1).trim()));
  }

  judgeKey(hsmKey: string): TokenVerdict {
    return this.#judge(this.#byKey.get(hsmKey));
  }

  /** Ends every token there is. */
  endAll(): void {
    for (const token of this.#byJwt.values()) this.#ended.add(token);
  }

  #judge(token: IssuedToken | undefined): TokenVerdict {
    if (token === undefined) return { status: 'unknown' };
    const isOver = this.#ended.has(token) || token.exp * 1_000 <= this.#clock.now();
    return { status: isOver ? 'expired' : 'good', token };
  }
}
