import { within } from '../clock/abort.ts';
import type { Clock } from '../clock/clock.ts';
import { CATALOGUE, type ErrorCode } from '../errors/catalogue.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { describeCallFailure } from '../network/failure.ts';
import { createAgent, describeStatus, type HttpAnswer, sendRequest } from '../network/http.ts';
import type { Outgoing } from '../network/route.ts';
import { isJsonObject } from '../text/json-object.ts';
import { type AccessToken, checkAccessToken, parseAccessToken } from './access-token.ts';
import type { AppSecret } from './app-secret.ts';
import { BrokerRefusal, readBrokerAnswer } from './broker-answer.ts';
import type { AuthCode } from './login-answer.ts';

export interface BrokerOptions {
  /** The base of the calls, without a slash at its end. */
  readonly authUrl: string;
  readonly clock: Clock;
  readonly outgoing: Outgoing;
}

/** What the broker says of a token. */
export type Verdict =
  | {
      readonly accepted: true;
      /** In how many days the password of the account expires; undefined when the answer does not say it. */
      readonly passwordDays: number | undefined;
    }
  | { readonly accepted: false; readonly error: TickpipeError }
  /** The broker could not be asked, or gave no usable answer. */
  | { readonly accepted: null; readonly error: TickpipeError };

const REQUEST_TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_PASSWORD_DAYS = 100_000;

/** FYERS' codes for a token that is of no use. */
const EXPIRED = -8;
const TOKEN_CODES: ReadonlySet<number> = new Set([-15, -16, -17]);

/** The calls of a login: the auth code for a token, the check of a token, its end. Each is made once, and no redirect is followed. */
export class Broker {
  readonly #options: BrokerOptions;

  constructor(options: BrokerOptions) {
    this.#options = options;
  }

  /**
   * Exchanges an auth code for an access token, and checks what the token says of itself. Throws the errors of `readBrokerAnswer`,
   * `LOGIN_NO_ANSWER`, `LOGIN_MALFORMED`, those of `parseAccessToken` and `checkAccessToken`, and the signal's reason.
   */
  async exchange(appId: string, secret: AppSecret, code: AuthCode, signal: AbortSignal): Promise<AccessToken> {
    const request = { grant_type: 'authorization_code', appIdHash: secret.hashWith(appId), code: code.reveal() };
    const body = readBrokerAnswer(await this.#send('POST', '/validate-authcode', signal, { body: request }));
    const given = body['access_token'];
    if (typeof given !== 'string' || given === '') {
      throw new TickpipeError('LOGIN_MALFORMED', 'the answer of the login endpoint has no access token');
    }
    try {
      const jwt = given.startsWith(`${appId}:`) ? given.slice(appId.length + 1) : given;
      const token = parseAccessToken(`${appId}:${jwt}`);
      checkAccessToken(token, this.#options.clock.now());
      return token;
    } catch (error) {
      throw error instanceof TickpipeError ? describeGiven(error) : error;
    }
  }

  /** Asks for the profile of the token's user, which FYERS gives for a good token only. Throws the signal's reason, nothing else. */
  async check(token: AccessToken, signal: AbortSignal): Promise<Verdict> {
    try {
      const body = readBrokerAnswer(await this.#send('GET', '/profile', signal, { token }));
      return { accepted: true, passwordDays: readPasswordDays(body['data']) };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TickpipeError)) throw error;
      return judge(error);
    }
  }

  /** Ends the token at the broker. Throws the errors of `readBrokerAnswer`, `LOGIN_NO_ANSWER`, and the signal's reason. */
  async revoke(token: AccessToken, signal: AbortSignal): Promise<void> {
    readBrokerAnswer(await this.#send('POST', '/logout', signal, { token }));
  }

  async #send(
    method: string,
    path: string,
    signal: AbortSignal,
    { body, token }: { readonly body?: object; readonly token?: AccessToken },
  ): Promise<HttpAnswer> {
    const { authUrl, clock, outgoing } = this.#options;
    const url = new URL(`${authUrl}${path}`);
    const agent = createAgent(url, outgoing.findRoute(url));
    const request = {
      method,
      agent,
      headers: {
        ...(token && { authorization: `${token.appId}:${token.jwt}` }),
        ...(body && { 'content-type': 'application/json' }),
        accept: 'application/json',
        'user-agent': outgoing.userAgent,
      },
      ...(body && { body: JSON.stringify(body) }),
      maxAnswerBytes: MAX_ANSWER_BYTES,
    };
    try {
      return await within(REQUEST_TIMEOUT_MS, clock, signal, (limited) =>
        sendRequest(url, { ...request, signal: limited }),
      );
    } catch (error) {
      signal.throwIfAborted();
      const { message, hint } = describeCallFailure(error, url);
      throw new TickpipeError('LOGIN_NO_ANSWER', message, { hint });
    } finally {
      agent.destroy();
    }
  }
}

/** A token that FYERS gave and that is of no use: another login would most likely get the same. */
function describeGiven({ code, message }: TickpipeError): TickpipeError {
  return new TickpipeError(code, `FYERS gave a token that cannot be used: ${message}`, {
    hint: GIVEN_HINTS[code] ?? MALFORMED_HINT,
  });
}

const MALFORMED_HINT = CATALOGUE.LOGIN_MALFORMED.hint;
const GIVEN_HINTS: Partial<Record<ErrorCode, string>> = {
  TOKEN_EXPIRED: "check this machine's clock and date",
  TOKEN_WITHOUT_KEY: 'give the app the permission Market Data on the FYERS API dashboard, then run tickpipe login',
};

/** What a failed call for the profile says of the token. Only FYERS' own refusals count against it. */
function judge(error: TickpipeError): Verdict {
  if (!(error instanceof BrokerRefusal)) return { accepted: null, error };
  const { status, brokerCode } = error;
  const numbers = describeStatus(status, brokerCode);
  if (brokerCode === EXPIRED) {
    return refuse('TOKEN_EXPIRED', `FYERS says that the access token has expired (${numbers})`);
  }
  if (status === 401 || (brokerCode !== undefined && TOKEN_CODES.has(brokerCode))) {
    return refuse('TOKEN_REFUSED', `FYERS refused the access token (${numbers})`);
  }
  const isRefusal = error.code === 'APP_ID_REFUSED' || error.code === 'APP_WITHOUT_PERMISSION';
  return isRefusal ? { accepted: false, error } : { accepted: null, error };
}

const refuse = (code: 'TOKEN_EXPIRED' | 'TOKEN_REFUSED', message: string): Verdict => ({
  accepted: false,
  error: new TickpipeError(code, message),
});

function readPasswordDays(data: unknown): number | undefined {
  const days = isJsonObject(data) ? data['pwd_to_expire'] : undefined;
  const number = typeof days === 'string' && /^\d{1,5}$/.test(days) ? Number(days) : days;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= MAX_PASSWORD_DAYS
    ? number
    : undefined;
}
