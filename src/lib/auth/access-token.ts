import { formatIstMinute, istDate } from '../clock/ist.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { parseJsonObject } from '../text/json-object.ts';
import { Unprintable } from './unprintable.ts';

/** The issuer of the simulator's tokens: a session under one is simulated, wherever its endpoints point. */
export const SIMULATOR_ISSUER = 'tickpipe-simulator';

/** What a token says of itself. Nothing of it is verified: only FYERS can. */
export interface TokenClaims {
  readonly appId: string;
  /** The bare JWT, without the app id. */
  readonly jwt: string;
  /** The claim `sub`: what kind of token it is. */
  readonly subject: string;
  /** What the data socket wants; empty when the token has none. */
  readonly hsmKey: string;
  readonly expiresAtMs: number;
  /** The claim `iat`; 0 when the token has none. */
  readonly issuedAtMs: number;
  /** The claim `fy_id`, or empty. */
  readonly userId: string;
  readonly simulated: boolean;
}

export class AccessToken extends Unprintable implements TokenClaims {
  readonly #claims: TokenClaims;

  constructor(claims: TokenClaims) {
    super('[access token]');
    this.#claims = claims;
  }

  get appId(): string {
    return this.#claims.appId;
  }
  get jwt(): string {
    return this.#claims.jwt;
  }
  get subject(): string {
    return this.#claims.subject;
  }
  get hsmKey(): string {
    return this.#claims.hsmKey;
  }
  get expiresAtMs(): number {
    return this.#claims.expiresAtMs;
  }
  get issuedAtMs(): number {
    return this.#claims.issuedAtMs;
  }
  get userId(): string {
    return this.#claims.userId;
  }
  get simulated(): boolean {
    return this.#claims.simulated;
  }
}

/** Live tokens are under 2 KiB. */
const MAX_TOKEN_LENGTH = 16_384;
const MAX_USER_ID_LENGTH = 128;
/** Later times have no date of four digits for the year. */
const MAX_TIME_MS = Date.UTC(9999, 0);
export const APP_ID = /^[\w-]{1,64}$/;
const JWT = /^[\w-]+\.([\w-]+)\.[\w-]+$/;
/** What comes along when a line of a shell script or an env file is pasted. */
const ASSIGNMENT = /^(?:export\s+)?FYERS_ACCESS_TOKEN\s*=\s*/;
const QUOTED = /^(["'])(.*)\1$/s;

const malformed = (message: string, hint?: string): TickpipeError =>
  new TickpipeError('TOKEN_MALFORMED', message, { hint });

/**
 * Reads `APPID:JWT`, or a bare JWT together with `appId`. Blanks and quotes around it and a pasted `export NAME=` are forgiven.
 * Throws `TOKEN_MALFORMED`; no message, nor a cause, holds a piece of the text. What the token is good for: `checkAccessToken`.
 */
export function parseAccessToken(text: string, options: { appId?: string | undefined } = {}): AccessToken {
  if (text.length > MAX_TOKEN_LENGTH) throw malformed('the access token is too long to be one');
  const bare = text.trim().replace(ASSIGNMENT, '').replace(QUOTED, '$2').trim();
  if (bare === '') throw malformed('the access token is empty');
  if (/\s/.test(bare)) {
    throw malformed('the access token has a blank or a line end inside', 'paste it as one line: APPID:TOKEN');
  }
  const colon = bare.indexOf(':');
  const jwt = bare.slice(colon + 1);
  const payload = JWT.exec(jwt)?.[1];
  if (payload === undefined) throw malformed('the access token is not a JWT: three parts joined by dots');
  const appId = colon === -1 ? options.appId?.trim() : bare.slice(0, colon);
  if (!appId) throw malformed('the access token has no app id', 'give it as APPID:TOKEN, or set FYERS_APP_ID');
  if (!APP_ID.test(appId))
    throw malformed('the app id of the access token is malformed', 'it looks like XXXXXXXXXX-100');
  return new AccessToken({ appId, jwt, ...readClaims(payload) });
}

function readClaims(payload: string): Omit<TokenClaims, 'appId' | 'jwt'> {
  const claims = parseJsonObject(Buffer.from(payload, 'base64url').toString());
  if (claims === undefined) throw malformed('the access token is cut short or damaged: its claims cannot be read');
  const expiresAtMs = typeof claims['exp'] === 'number' ? claims['exp'] * 1000 : Number.NaN;
  if (!(expiresAtMs > 0 && expiresAtMs <= MAX_TIME_MS)) throw malformed('the access token does not say when it ends');
  const userId = readText(claims['fy_id']);
  return {
    subject: readText(claims['sub']),
    hsmKey: readText(claims['hsm_key']),
    expiresAtMs,
    issuedAtMs: typeof claims['iat'] === 'number' && claims['iat'] > 0 ? claims['iat'] * 1000 : 0,
    userId: userId.length <= MAX_USER_ID_LENGTH ? userId : '',
    simulated: claims['iss'] === SIMULATOR_ISSUER,
  };
}

const readText = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Live keys have 56 characters; the auth frame would carry more, a server need not. */
const MAX_KEY_LENGTH = 256;
const KEY = /^[\x21-\x7e]+$/;

/**
 * Throws when no connection can come of this token: `TOKEN_WRONG_KIND`, `TOKEN_EXPIRED`, `TOKEN_WITHOUT_KEY`.
 * @param nowMs wall time, epoch milliseconds
 */
export function checkAccessToken(token: AccessToken, nowMs: number): void {
  if (token.subject !== 'access_token') {
    const what = token.subject === 'auth_code' ? 'an auth code' : 'a token of another kind';
    throw new TickpipeError('TOKEN_WRONG_KIND', `this is ${what}, not an access token`);
  }
  if (token.expiresAtMs <= nowMs) throw tokenExpired(token, nowMs);
  if (token.hsmKey === '') {
    throw new TickpipeError('TOKEN_WITHOUT_KEY', 'the access token has no key for the data socket (hsm_key)');
  }
  if (token.hsmKey.length > MAX_KEY_LENGTH || !KEY.test(token.hsmKey)) {
    throw new TickpipeError(
      'TOKEN_WITHOUT_KEY',
      'the key for the data socket (hsm_key) in the access token is unusable',
    );
  }
}

/** `TOKEN_EXPIRED` with the time in words: `token expired at 06:00 IST`, with the date when that was not today. */
function tokenExpired(token: AccessToken, nowMs: number): TickpipeError {
  const ended = token.expiresAtMs;
  const time = formatIstMinute(ended);
  const day = istDate(ended) === istDate(nowMs) ? '' : ` on ${istDate(ended)}`;
  return new TickpipeError('TOKEN_EXPIRED', `token expired at ${time} IST${day}`);
}
