import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../http/read-body.ts';
import type { AuthCodes } from './auth-codes.ts';
import { writeConsentPage, writeErrorPage } from './login-pages.ts';
import type { SimulatedApp } from './simulated-app.ts';

const MAX_OPEN_REQUESTS = 1_000;
/** FYERS does not document what a denial redirects with. */
const DENIED = { code: 401, message: 'The user denied the request' } as const;

/** A login that waits for its answer. */
interface LoginRequest {
  readonly redirectUri: string;
  readonly state: string;
}

export interface LoginEndpointParts {
  readonly app: SimulatedApp;
  readonly codes: AuthCodes;
  /** The user of the simulated account. */
  readonly user: string;
}

/** The part of the login that a browser sees: `generate-authcode`, its page, and the way back to the client. */
export class LoginEndpoint {
  readonly #parts: LoginEndpointParts;
  /** By the number on their page. The oldest is first. */
  readonly #requests = new Map<string, LoginRequest>();

  constructor(parts: LoginEndpointParts) {
    this.#parts = parts;
  }

  /** `GET generate-authcode?client_id&redirect_uri&response_type=code&state`: the page that asks. @param action the path of the endpoint */
  ask(query: URLSearchParams, action: string, response: ServerResponse): void {
    const { app } = this.#parts;
    const redirectUri = app.findRedirectUri(query.get('redirect_uri') ?? '');
    if (query.get('client_id') !== app.appId) sendLoginPage(response, 400, writeErrorPage('Invalid app id (-352)'));
    else if (redirectUri === undefined) {
      sendLoginPage(response, 400, writeErrorPage('The redirect URI is not the one that is registered on the app'));
    } else if (query.get('response_type') !== 'code') {
      sendLoginPage(response, 400, writeErrorPage('response_type must be code'));
    } else {
      const requestId = this.#remember({ redirectUri, state: query.get('state') ?? '' });
      sendLoginPage(response, 200, writeConsentPage({ action, requestId, appId: app.appId, redirectUri }));
    }
  }

  /** The form of that page: sends the browser back to the client. Never rejects. */
  async decide(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams((await readBody(request)) ?? '');
    if (response.destroyed) return;
    const requestId = form.get('request') ?? '';
    const login = this.#requests.get(requestId);
    const answer = form.get('answer');
    if (login === undefined || (answer !== 'allow' && answer !== 'deny')) {
      sendLoginPage(response, 400, writeErrorPage('This login is over. Begin again from the command line'));
      return;
    }
    this.#requests.delete(requestId);
    const { codes, user } = this.#parts;
    const grant: Record<string, string> =
      answer === 'allow'
        ? { s: 'ok', code: '200', auth_code: codes.issue(user), state: login.state }
        : { s: 'error', code: String(DENIED.code), message: DENIED.message, state: login.state };
    response.writeHead(303, { location: addQuery(login.redirectUri, grant), 'cache-control': 'no-store' }).end();
  }

  #remember(request: LoginRequest): string {
    const id = randomBytes(12).toString('hex');
    this.#requests.set(id, request);
    for (const [oldest] of this.#requests) {
      if (this.#requests.size <= MAX_OPEN_REQUESTS) break;
      this.#requests.delete(oldest);
    }
    return id;
  }
}

function sendLoginPage(response: ServerResponse, status: number, html: string): void {
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    })
    .end(html);
}

/** A URI with more parameters, in their order. */
function addQuery(uri: string, parameters: Readonly<Record<string, string>>): string {
  const text = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${uri}${uri.includes('?') ? '&' : '?'}${text.join('&')}`;
}
