import { type Answer, type Ask, ask, parse } from '../core/hub-client.ts';
import type { HubFixture } from '../core/hub-fixture.ts';
import { checkAnswer } from '../documents/api-description.ts';

/** Asks the API of one hub, and remembers the answers: each must be as /openapi.json says. */
export class ApiUser {
  readonly answers: Answer[] = [];
  readonly #hub: HubFixture;
  readonly #common: Ask;

  constructor(hub: HubFixture, common: Ask = {}) {
    this.#hub = hub;
    this.#common = common;
  }

  async ask(method: string, path: string, options: Ask = {}): Promise<Answer> {
    const answer = await ask(this.#hub, method, path, { ...this.#common, ...options });
    this.answers.push(answer);
    return answer;
  }

  get(path: string, options?: Ask): Promise<Answer> {
    return this.ask('GET', path, options);
  }

  post(path: string, options?: Ask): Promise<Answer> {
    return this.ask('POST', path, options);
  }

  subscribe(symbols: readonly string[], type = 'SymbolUpdate'): Promise<Answer> {
    return this.post(`/api/websocket/subscribe?${query(symbols, type)}`);
  }

  unsubscribe(symbols: readonly string[], type = 'SymbolUpdate'): Promise<Answer> {
    return this.post(`/api/websocket/unsubscribe?${query(symbols, type)}`);
  }

  async status(): Promise<Record<string, never>> {
    return parse<{ data: Record<string, never> }>(await this.get('/api/websocket/status')).data;
  }

  /** Checks that the OpenAPI document describes every answer so far. */
  checkAnswers(): void {
    for (const answer of this.answers) checkAnswer(answer);
  }
}

export function query(symbols: readonly string[], type: string): string {
  const parameters = new URLSearchParams(symbols.map((symbol): [string, string] => ['symbols', symbol]));
  parameters.set('data_type', type);
  return parameters.toString();
}
