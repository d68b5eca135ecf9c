import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock/clock.ts';
import { AccountEndpoint } from './account/account-endpoint.ts';
import { AuthCodes } from './account/auth-codes.ts';
import { LoginEndpoint } from './account/login-endpoint.ts';
import { SimulatedApp } from './account/simulated-app.ts';
import { sendJson } from './http/answers.ts';
import { MasterEndpoint } from './master/master-endpoint.ts';
import { answerSymbolToken, type TokenEndpointParts } from './token-endpoint.ts';

export const DATA_PATH = '/data';
export const AUTH_PATH = '/api/v3';
export const MASTER_PATH = '/sym_details';

export interface RestParts extends TokenEndpointParts {
  readonly clock: Clock;
  /** The day on which the simulator was started, `YYYY-MM-DD` in IST. */
  readonly date: string;
}

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

/** All that the simulator answers over plain HTTP. */
export class RestEndpoints {
  readonly app = new SimulatedApp();
  readonly #master: MasterEndpoint;
  readonly #handlers: ReadonlyMap<string, Handler>;

  constructor(parts: RestParts) {
    const { app } = this;
    const { issuer } = parts;
    const codes = new AuthCodes(parts.clock);
    const login = new LoginEndpoint({ app, codes, user: issuer.user });
    const account = new AccountEndpoint({ app, codes, issuer });
    this.#master = new MasterEndpoint({ source: parts.universe, date: parts.date, counts: parts.counters.master });
    const loginPath = `${AUTH_PATH}/generate-authcode`;
    this.#handlers = new Map<string, Handler>([
      [`POST ${DATA_PATH}/symbol-token`, (request, response) => void answerSymbolToken(request, response, parts)],
      [`GET ${loginPath}`, (_, response, url) => login.ask(url.searchParams, loginPath, response)],
      [`POST ${loginPath}`, (request, response) => void login.decide(request, response)],
      [`POST ${AUTH_PATH}/validate-authcode`, (request, response) => void account.exchange(request, response)],
      [`GET ${AUTH_PATH}/profile`, (request, response) => account.showProfile(request, response)],
      [`POST ${AUTH_PATH}/logout`, (request, response) => account.logOut(request, response)],
    ]);
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const base = 'http://127.0.0.1';
    const target = request.url ?? '';
    const url = URL.canParse(target, base) ? new URL(target, base) : undefined;
    if (url?.pathname.startsWith(`${MASTER_PATH}/`) && /^(?:GET|HEAD)$/.test(request.method ?? '')) {
      void this.#master.answer(url.pathname.slice(MASTER_PATH.length + 1), request, response);
      return;
    }
    const handler = url && this.#handlers.get(`${request.method} ${url.pathname}`);
    if (url === undefined || handler === undefined) {
      sendJson(response, 404, { s: 'error', code: -404, message: 'no such endpoint' });
    } else handler(request, response, url);
  }
}
