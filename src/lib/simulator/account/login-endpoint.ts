import { randomBytes } from 'node:crypto';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import { HOSTILE_TEXT, sendFailure } from '../http/failures.ts';
import { readBody } from '../http/read-body.ts';
import type { LoginAnswer, LoginPageAnswer } from './account-faults.ts';
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
  /** How the next answers are to go wrong. */
  readonly faults: {
    page(): LoginPageAnswer | undefined;
    login(): LoginAnswer | undefined;
  };
}

/** The part of the login that a browser sees: `generate-authcode`, its page, and the way back to the client. */
export class LoginEndpoint {
  readonly #parts: LoginEndpointParts;
  /** By the number on their page. The oldest is first. */
  readonly #requests = new Map<string, LoginRequest>();

  constructor(parts: LoginEndpointParts) {
    this.#parts = parts;
  }

  /** `GET generate-authcode?client_id&redirect_uri&response_type=code&state`: the page that asks. */
  ask(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const { app, faults } = this.#parts;
    const wrong = faults.page();
    if (wrong !== undefined) {
      sendFailure(wrong, request, response, {});
      return;
    }
    const { searchParams: query, pathname: action } = url;
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
    const wrong = this.#parts.faults.login();
    const grant = this.#grant(wrong, answer, login.state);
    const location = addQuery(login.redirectUri, grant);
    if (wrong === 'twice') await visit(location);
    response.writeHead(303, { location, 'cache-control': 'no-store' }).end();
  }

  /** What is added to the redirect URI, in the order in which FYERS has it. */
  #grant(wrong: LoginAnswer | undefined, answer: 'allow' | 'deny', state: string): Record<string, string> {
    const denied = { s: 'error', code: String(DENIED.code), message: DENIED.message, state };
    if (wrong === 'markup') return { ...denied, code: HOSTILE_TEXT, message: HOSTILE_TEXT };
    if (wrong === 'denied' || (wrong === undefined && answer === 'deny')) return denied;
    const { codes, user } = this.#parts;
    const allowed = { s: 'ok', code: '200', auth_code: codes.issue(user), state };
    if (wrong === 'wrong-state') return { ...allowed, state: randomBytes(16).toString('hex') };
    const { auth_code: _code, ...withoutCode } = allowed;
    if (wrong === 'no-code') return withoutCode;
    const { state: _state, ...withoutState } = allowed;
    return wrong === 'no-state' ? withoutState : allowed;
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

/** Goes to an address of this machine as a browser would, so that the program that waits there gets this answer first. */
function visit(address: string): Promise<void> {
  return new Promise((resolve) => {
    if (!address.startsWith('http:')) resolve();
    else {
      const call = get(address, { agent: false }, (response) => response.resume().once('close', resolve));
      call.once('error', () => resolve());
    }
  });
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
