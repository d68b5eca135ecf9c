import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock/clock.ts';
import { SimulatedApp } from './account/simulated-app.ts';
import type { RestHandler } from './account-handlers.ts';
import { takeAnswer } from './fault-state.ts';
import type { HistoryEndpoint } from './history/history-endpoint.ts';
import { sendJson } from './http/answers.ts';
import { REDIRECTED_PATH } from './http/failures.ts';
import type { SimulatedMarket } from './market.ts';
import type { MasterEndpoint } from './master/master-endpoint.ts';
import { answerSymbolToken, type TokenEndpointParts } from './token-endpoint.ts';

export const DATA_PATH = '/data';
export const AUTH_PATH = '/api/v3';
export const MASTER_PATH = '/sym_details';

export interface RestParts extends TokenEndpointParts {
  readonly clock: Clock;
  readonly market: SimulatedMarket;
  /** The day on which the simulator was started, `YYYY-MM-DD` in IST. */
  readonly date: string;
}

/** All that the simulator answers over plain HTTP. What only some runs ask for is loaded by the first request. */
export class RestEndpoints {
  readonly app = new SimulatedApp();
  readonly #parts: RestParts;
  #master: Promise<MasterEndpoint> | undefined;
  #history: Promise<HistoryEndpoint> | undefined;
  #account: Promise<ReadonlyMap<string, RestHandler>> | undefined;

  constructor(parts: RestParts) {
    this.#parts = parts;
  }

  /** Never rejects. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const base = 'http://127.0.0.1';
    const target = request.url ?? '';
    const url = URL.canParse(target, base) ? new URL(target, base) : undefined;
    const handler = url && (await this.#findHandler(request.method ?? '', url.pathname));
    if (url === undefined || handler === undefined) {
      sendJson(response, 404, { s: 'error', code: -404, message: 'no such endpoint' });
    } else handler(request, response, url);
  }

  async #findHandler(method: string, path: string): Promise<RestHandler | undefined> {
    if (`${method} ${path}` === `POST ${DATA_PATH}/symbol-token`) {
      return (request, response) => void answerSymbolToken(request, response, this.#parts);
    }
    if (`${method} ${path}` === `GET ${DATA_PATH}/history`) {
      this.#history ??= this.#loadHistory();
      const history = await this.#history;
      return (request, response, url) => history.answer(request, response, url);
    }
    const file = below(MASTER_PATH, path);
    if (file !== undefined && (method === 'GET' || method === 'HEAD')) {
      this.#master ??= this.#loadMaster();
      const master = await this.#master;
      return (request, response) => void master.answer(file, request, response);
    }
    if (below(REDIRECTED_PATH, path) !== undefined) this.#parts.counters.followedRedirects++;
    const name = below(AUTH_PATH, path);
    if (name === undefined) return undefined;
    this.#account ??= this.#loadAccount();
    const handler = (await this.#account).get(`${method} ${name}`);
    return handler && this.#countAndDelay(name, handler);
  }

  async #loadMaster(): Promise<MasterEndpoint> {
    const [{ MasterEndpoint }, { UniverseMaster }] = await Promise.all([
      import('./master/master-endpoint.ts'),
      import('./universe-master.ts'),
    ]);
    const { universe, date, clock, counters, faults } = this.#parts;
    return new MasterEndpoint({
      source: new UniverseMaster(universe),
      date,
      clock,
      counts: counters.master,
      takeAnswer: (name) => takeAnswer(faults, 'master', name),
    });
  }

  async #loadHistory(): Promise<HistoryEndpoint> {
    const { HistoryEndpoint } = await import('./history/history-endpoint.ts');
    const { issuer, clock, market, faults, counters } = this.#parts;
    return new HistoryEndpoint({
      clock,
      issuer,
      candlesOf: (symbol) => market.candlesOf(symbol),
      takeAnswer: () => takeAnswer(faults, 'history'),
      count: (isBreach) => {
        counters.historyCalls++;
        if (isBreach) counters.historyBreaches++;
      },
    });
  }

  async #loadAccount(): Promise<ReadonlyMap<string, RestHandler>> {
    const { listAccountHandlers } = await import('./account-handlers.ts');
    const { issuer, clock, faults } = this.#parts;
    return listAccountHandlers(this.app, issuer, clock, faults);
  }

  /** The calls of an account, counted, and late when a fault wants it. */
  #countAndDelay(name: string, handler: RestHandler): RestHandler {
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

/** What follows a folder in a path; `undefined` when it is not in it. */
function below(folder: string, path: string): string | undefined {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
}
