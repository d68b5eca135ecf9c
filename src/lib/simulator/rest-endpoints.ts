import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock/clock.ts';
import { AccountEndpoint } from './account/account-endpoint.ts';
import { AuthCodes } from './account/auth-codes.ts';
import { LoginEndpoint } from './account/login-endpoint.ts';
import { SimulatedApp } from './account/simulated-app.ts';
import { takeAnswer } from './fault-state.ts';
import { sendJson } from './http/answers.ts';
import { REDIRECTED_PATH } from './http/failures.ts';
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
  readonly #parts: RestParts;
  readonly #master: MasterEndpoint;
  /** By method and the name below `AUTH_PATH`. */
  readonly #account: ReadonlyMap<string, Handler>;

  constructor(parts: RestParts) {
    this.#parts = parts;
    const { issuer, clock, faults, date, universe, counters } = parts;
    this.#master = new MasterEndpoint({
      source: universe,
      date,
      clock,
      counts: counters.master,
      takeAnswer: (file) => takeAnswer(faults, 'master', file),
    });
    this.#account = listAccountHandlers(this.app, issuer, new AuthCodes(clock), faults);
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const base = 'http://127.0.0.1';
    const target = request.url ?? '';
    const url = URL.canParse(target, base) ? new URL(target, base) : undefined;
    const handler = url && this.#findHandler(request.method ?? '', url.pathname);
    if (url === undefined || handler === undefined) {
      sendJson(response, 404, { s: 'error', code: -404, message: 'no such endpoint' });
    } else handler(request, response, url);
  }

  #findHandler(method: string, path: string): Handler | undefined {
    if (`${method} ${path}` === `POST ${DATA_PATH}/symbol-token`) {
      return (request, response) => void answerSymbolToken(request, response, this.#parts);
    }
    const file = below(MASTER_PATH, path);
    if (file !== undefined && (method === 'GET' || method === 'HEAD')) {
      return (request, response) => void this.#master.answer(file, request, response);
    }
    if (below(REDIRECTED_PATH, path) !== undefined) this.#parts.counters.followedRedirects++;
    const name = below(AUTH_PATH, path) ?? '';
    const handler = this.#account.get(`${method} ${name}`);
    return handler && this.#countAndDelay(name, handler);
  }

  /** The calls of an account, counted, and late when a fault wants it. */
  #countAndDelay(name: string, handler: Handler): Handler {
    const { counters, faults, clock } = this.#parts;
    return (request, response, url) => {
      counters.accountCalls.set(name, (counters.accountCalls.get(name) ?? 0) + 1);
      if (faults.accountDelayMs === 0) {
        handler(request, response, url);
        return;
      }
      const timer = clock.after(faults.accountDelayMs, () => handler(request, response, url));
      response.once('close', () => timer.cancel());
    };
  }
}

function listAccountHandlers(
  app: SimulatedApp,
  issuer: RestParts['issuer'],
  codes: AuthCodes,
  faults: RestParts['faults'],
): ReadonlyMap<string, Handler> {
  const login = new LoginEndpoint({
    app,
    codes,
    user: issuer.user,
    faults: { page: () => takeAnswer(faults, 'login-page'), login: () => takeAnswer(faults, 'login') },
  });
  const account = new AccountEndpoint({
    app,
    codes,
    issuer,
    faults: {
      exchange: () => takeAnswer(faults, 'exchange'),
      profile: () => takeAnswer(faults, 'profile'),
      logout: () => takeAnswer(faults, 'logout'),
    },
  });
  return new Map<string, Handler>([
    ['GET generate-authcode', (request, response, url) => login.ask(url, request, response)],
    ['POST generate-authcode', (request, response) => void login.decide(request, response)],
    ['POST validate-authcode', (request, response) => void account.exchange(request, response)],
    ['GET profile', (request, response) => account.showProfile(request, response)],
    ['POST logout', (request, response) => account.logOut(request, response)],
  ]);
}

/** What follows a folder in a path; `undefined` when it is not in it. */
function below(folder: string, path: string): string | undefined {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
}
