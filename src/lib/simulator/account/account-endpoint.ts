import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuse, sendJson } from '../http/answers.ts';
import { readBody } from '../http/read-body.ts';
import type { AuthCodes } from './auth-codes.ts';
import type { SimulatedApp } from './simulated-app.ts';
import { SIMULATED_PERSON } from './simulated-person.ts';
import type { IssuedToken, TokenIssuer } from './token-issuer.ts';

/** FYERS' codes of these endpoints. */
const CODE = {
  wrongHash: -371,
  noAuthCode: -374,
  wrongGrant: -441,
  badInput: -50,
  expired: -8,
  invalid: -15,
  noToken: -16,
} as const;

export interface AccountEndpointParts {
  readonly app: SimulatedApp;
  readonly codes: AuthCodes;
  readonly issuer: TokenIssuer;
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
    const body = readObject(await readBody(request));
    if (response.destroyed) return;
    const { app, codes, issuer } = this.#parts;
    const code = body?.['code'];
    if (body === undefined) refuse(response, 400, CODE.badInput, 'Invalid input');
    else if (body['grant_type'] !== 'authorization_code') refuse(response, 400, CODE.wrongGrant, 'invalid grant type');
    else if (body['appIdHash'] !== app.idHash) {
      refuse(response, 400, CODE.wrongHash, 'Please provide sha256 hash of appId and app secret');
    } else if (typeof code !== 'string' || !codes.redeem(code)) {
      refuse(response, 400, CODE.noAuthCode, 'Please provide authorization code.');
    } else sendJson(response, 200, { s: 'ok', code: 200, message: '', access_token: issuer.issueForDay().jwt });
  }

  /** `GET profile`: personal data, all of it invented. */
  showProfile(request: IncomingMessage, response: ServerResponse): void {
    const token = this.#authorize(request, response);
    if (token === undefined) return;
    const person = SIMULATED_PERSON;
    const data = {
      fy_id: token.user,
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
    sendJson(response, 200, { s: 'ok', code: 200, message: '', data });
  }

  /** `POST logout`: the token is of no use any more. Open data connections stay, since FYERS does not say that they end. */
  logOut(request: IncomingMessage, response: ServerResponse): void {
    const token = this.#authorize(request, response);
    if (token === undefined) return;
    this.#parts.issuer.revoke(token);
    sendJson(response, 200, { s: 'ok', code: 200, message: 'you are successfully logged out' });
  }

  /** The token of an `Authorization: APPID:JWT`. These calls do not take the JWT alone. Answers for what is refused. */
  #authorize({ headers }: IncomingMessage, response: ServerResponse): IssuedToken | undefined {
    const { app, issuer } = this.#parts;
    const header = headers.authorization;
    const verdict = issuer.judgeHeader(header);
    if (header === undefined) refuse(response, 401, CODE.noToken, 'Could not authenticate the user');
    else if (verdict.status === 'unknown' || !header.startsWith(`${app.appId}:`)) {
      refuse(response, 401, CODE.invalid, 'Please provide a valid token');
    } else if (verdict.status === 'expired') refuse(response, 401, CODE.expired, 'Your token has expired');
    else return verdict.token;
    return undefined;
  }
}

function readObject(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
