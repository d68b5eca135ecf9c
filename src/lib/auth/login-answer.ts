import { timingSafeEqual } from 'node:crypto';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { REFUSED_BY_CODE } from './login-refusals.ts';
import { Unprintable } from './unprintable.ts';

/** An auth code: it is worth an access token for some minutes. */
export class AuthCode extends Unprintable {
  readonly #text: string;

  constructor(text: string) {
    super('[auth code]');
    this.#text = text;
  }

  /** For the one call that exchanges it. */
  reveal(): string {
    return this.#text;
  }
}

/** What FYERS' page sent the browser back with. */
export type LoginAnswer =
  | { readonly kind: 'granted'; readonly code: AuthCode }
  /** The user or FYERS ended the login. */
  | { readonly kind: 'refused'; readonly error: TickpipeError }
  /** The answer to another login. */
  | { readonly kind: 'wrong_state' }
  /** No answer at all. */
  | { readonly kind: 'unusable' };

/** Live codes are JWTs of under 1,000 characters. */
const AUTH_CODE = /^[\w.~+/=-]{8,8192}$/;
const NAMES = ['s', 'code', 'auth_code', 'state'] as const;
const NUMBER = /^-?\d{1,6}$/;

/**
 * Reads `s=ok&code=200&auth_code=..&state=..`, and `s=error&code=N&message=..`, which may have no state. `code` is a status and never the
 * grant. No text of it is repeated: anyone can send a browser here.
 * @param state of this login
 */
export function readLoginAnswer(query: URLSearchParams, state: string): LoginAnswer {
  // Programs that read the address would disagree about which of two counts.
  if (NAMES.some((name) => query.getAll(name).length > 1)) return { kind: 'unusable' };
  const given = query.get('state');
  const grant = query.get('auth_code');
  const isError = query.get('s') === 'error';
  if (!isError && grant === null && given === null) return { kind: 'unusable' };
  if (given === null ? !isError : !isSame(given, state)) return { kind: 'wrong_state' };
  if (isError) return { kind: 'refused', error: describeRefusal(query.get('code')) };
  const answer = readGrant(grant ?? '');
  // Only FYERS knows the state: no other answer follows.
  return answer.kind === 'unusable' ? { kind: 'refused', error: withoutCode() } : answer;
}

const withoutCode = (): TickpipeError =>
  new TickpipeError('LOGIN_ANSWER_UNUSABLE', 'the answer of FYERS has no auth code', {
    hint: 'run tickpipe login again; if the error stays, ask FYERS support',
  });

/**
 * Reads what a user pasted: the whole address on which the browser ended, its query alone, or the auth code alone, which has no state
 * to compare. Quotes and blanks around it are forgiven, and so are line ends inside, as a terminal that wraps leaves them.
 */
export function readPastedAnswer(text: string, state: string): LoginAnswer {
  const bare = text.replace(/[\s"'<>]+/g, '');
  if (/[?&=]/.test(bare) && /(?:^|[?&])(?:s|code|auth_code|state)=/.test(bare)) {
    const query = bare.slice(bare.indexOf('?') + 1).replace(/#.*$/, '');
    return readLoginAnswer(new URLSearchParams(query), state);
  }
  return bare.includes(':') ? { kind: 'unusable' } : readGrant(bare);
}

function readGrant(text: string): LoginAnswer {
  return AUTH_CODE.test(text) ? { kind: 'granted', code: new AuthCode(text) } : { kind: 'unusable' };
}

function describeRefusal(code: string | null): TickpipeError {
  const number = code !== null && NUMBER.test(code) ? Number(code) : undefined;
  const known = number === undefined ? undefined : REFUSED_BY_CODE.get(number);
  const detail = number === undefined ? '' : ` (code ${number})`;
  if (known) return new TickpipeError(known.code, `${known.message}${detail}`);
  return new TickpipeError('LOGIN_DENIED', `the login was refused on the page of FYERS${detail}`);
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
