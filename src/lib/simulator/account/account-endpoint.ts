import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseJsonObject } from '../../text/json-object.ts';
import { sendJson } from '../http/answers.ts';
import { HOSTILE_TEXT, sendFailure } from '../http/failures.ts';
import { readBody } from '../http/read-body.ts';
import { isRefusalCode, refuseWith } from '../http/refusals.ts';
import type { AccountAnswer, ExchangeAnswer } from './account-faults.ts';
import type { AuthCodes } from './auth-codes.ts';
import type { SimulatedApp } from './simulated-app.ts';
import { SIMULATED_PERSON } from './simulated-person.ts';
import type { IssuedToken, TokenIssuer } from './token-issuer.ts';

export interface AccountEndpointParts {
  readonly app: SimulatedApp;
  readonly codes: AuthCodes;
  readonly issuer: TokenIssuer;
  /** How the next answers are to go wrong. */
  readonly faults: {
    exchange(): ExchangeAnswer | undefined;
    profile(): AccountAnswer | undefined;
    logout(): AccountAnswer | undefined;
  };
}

/** The part of the login that the client calls itself: `validate-authcode`, `profile` and `logout`. */
export class AccountEndpoint {
  readonly #parts: AccountEndpointParts;

  constructor(parts: AccountEndpointParts) {
    this.#parts = parts;
  }

  /**
   * `POST validate-authcode` with `{"grant_type":"authorization_code","appIdHash":H,"code":AUTH_CODE}`: the auth code for an
   * access token. Never rejects.
   */
  async exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = parseJsonObject((await readBody(request)) ?? '');
    if (response.destroyed) return;
    const { app, codes, issuer, faults } = this.#parts;
    const code = body?.['code'];
    const wrong = faults.exchange();
    if (wrong !== undefined) this.#exchangeWrongly(wrong, request, response);
    else if (body === undefined) refuseWith(response, '-50');
    else if (body['grant_type'] !== 'authorization_code') refuseWith(response, '-441');
    else if (body['appIdHash'] !== app.idHash) refuseWith(response, '-371');
    else if (typeof code !== 'string' || !codes.redeem(code)) refuseWith(response, '-374');
    else sendJson(response, 200, grant(issuer.issueForDay()));
  }

  #exchangeWrongly(answer: ExchangeAnswer, request: IncomingMessage, response: ServerResponse): void {
    const { issuer } = this.#parts;
    const tokens: Record<WrongToken, () => object> = {
      'expired-token': () => grant(issuer.issue({ exp: issuer.nowSeconds - 60 })),
      'token-without-key': () => grant(issuer.issueForDay({ claims: { hsm_key: undefined } })),
      'auth-code-token': () => grant(issuer.issueForDay({ claims: { sub: 'auth_code' } })),
      'markup-token': () => grant(issuer.issueForDay({ claims: HOSTILE_CLAIMS })),
      'no-token': () => ({ s: 'ok', code: 200, message: '' }),
    };
    if (isWrongToken(answer, tokens)) sendJson(response, 200, tokens[answer]());
    else if (answer === 'markup') sendJson(response, 400, HOSTILE_REFUSAL);
    else if (isRefusalCode(answer)) refuseWith(response, answer);
    else sendFailure(answer, request, response, grant(issuer.issueForDay()));
  }

  /** `GET profile`: personal data, all of it invented. */
  showProfile(request: IncomingMessage, response: ServerResponse): void {
    const wrong = this.#parts.faults.profile();
    if (wrong === 'markup')
      sendJson(response, 200, { s: 'ok', code: 200, message: HOSTILE_TEXT, data: HOSTILE_PROFILE });
    else if (wrong !== undefined) answerWrongly(wrong, request, response);
    else {
      const token = this.#authorize(request, response);
      if (token !== undefined)
        sendJson(response, 200, { s: 'ok', code: 200, message: '', data: profileOf(token.user) });
    }
  }

  /** `POST logout`: the token is of no use any more. Open data connections stay, since FYERS does not say that they end. */
  logOut(request: IncomingMessage, response: ServerResponse): void {
    const wrong = this.#parts.faults.logout();
    if (wrong === 'markup') sendJson(response, 400, HOSTILE_REFUSAL);
    else if (wrong !== undefined) answerWrongly(wrong, request, response);
    else {
      const token = this.#authorize(request, response);
      if (token === undefined) return;
      this.#parts.issuer.revoke(token);
      sendJson(response, 200, { s: 'ok', code: 200, message: 'you are successfully logged out' });
    }
  }

  /** The token of an `Authorization: APPID:JWT`. These calls do not take the JWT alone. Answers for what is refused. */
  #authorize({ headers }: IncomingMessage, response: ServerResponse): IssuedToken | undefined {
    const { app, issuer } = this.#parts;
    const header = headers.authorization;
    const verdict = issuer.judgeHeader(header);
    if (header === undefined) refuseWith(response, '-16');
    else if (verdict.status === 'unknown' || !header.startsWith(`${app.appId}:`)) {
      refuseWith(response, '-15');
    } else if (verdict.status === 'expired') refuseWith(response, '-8');
    else return verdict.token;
    return undefined;
  }
}

type WrongToken = Extract<ExchangeAnswer, `${string}token` | 'token-without-key'>;

function isWrongToken(answer: ExchangeAnswer, tokens: Record<WrongToken, unknown>): answer is WrongToken {
  return Object.hasOwn(tokens, answer);
}

const HOSTILE_REFUSAL = { s: HOSTILE_TEXT, code: -371, message: HOSTILE_TEXT, access_token: HOSTILE_TEXT };
const HOSTILE_CLAIMS = { fy_id: HOSTILE_TEXT, display_name: HOSTILE_TEXT, aud: [HOSTILE_TEXT] };
const HOSTILE_PROFILE = Object.fromEntries(Object.keys(profileOf('')).map((key) => [key, HOSTILE_TEXT]));

function answerWrongly(
  answer: Exclude<AccountAnswer, 'markup'>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (isRefusalCode(answer)) refuseWith(response, answer);
  else sendFailure(answer, request, response, { s: 'ok', code: 200, message: '' });
}

function grant({ jwt }: IssuedToken): object {
  return { s: 'ok', code: 200, message: '', access_token: jwt };
}

/** The fields of the live answer. */
function profileOf(user: string): Record<string, unknown> {
  const person = SIMULATED_PERSON;
  return {
    fy_id: user,
    name: person.name,
    display_name: person.displayName,
    email_id: person.email,
    PAN: person.pan,
    mobile_number: person.mobile,
    image: null,
    pin_change_date: person.pinChangedAt,
    pwd_change_date: null,
    pwd_to_expire: person.passwordEndsInDays,
    totp: true,
    ddpi_enabled: false,
    mtf_enabled: false,
  };
}
