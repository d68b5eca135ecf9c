import { formatIstMinute, istDate } from '../clock/ist.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import type { AccessToken } from './access-token.ts';

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

/** `TOKEN_EXPIRED` as people read it: `token expired at 06:00 IST`, with the date when that was not today. */
export function tokenExpired(token: AccessToken, nowMs: number): TickpipeError {
  const ended = token.expiresAtMs;
  const time = formatIstMinute(ended);
  const day = istDate(ended) === istDate(nowMs) ? '' : ` on ${istDate(ended)}`;
  return new TickpipeError('TOKEN_EXPIRED', `token expired at ${time} IST${day}`);
}
