import { expect } from 'vitest';
import { z } from 'zod';
import { type Answer, type Ask, ask, parse } from '../core/hub-client.ts';
import type { HubFixture } from '../core/hub-fixture.ts';

interface Described {
  readonly content?: Readonly<Record<string, { readonly schema: Parameters<typeof z.fromJSONSchema>[0] }>>;
}

export interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly summary?: string;
            readonly parameters?: readonly {
              readonly in: string;
              readonly name: string;
              readonly required?: boolean;
            }[];
            readonly requestBody?: { readonly required?: boolean };
            readonly responses: Readonly<Record<string, Described>>;
          }
        >
      >
    >
  >;
}

/** Errors of requests that match no route have this shape, too. */
export const errorSchema = z.strictObject({
  status: z.literal('error'),
  code: z.string(),
  message: z.string(),
  symbols: z.array(z.string()),
});

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

  /** Holds every answer so far against the description. */
  async checkAnswers(): Promise<void> {
    const api = parse<OpenApi>(await ask(this.#hub, 'GET', '/openapi.json', { unix: true }));
    for (const answer of this.answers) checkAnswer(api, answer);
  }
}

export function query(symbols: readonly string[], type: string): string {
  const parameters = new URLSearchParams(symbols.map((symbol): [string, string] => ['symbols', symbol]));
  parameters.set('data_type', type);
  return parameters.toString();
}

export function checkAnswer(api: OpenApi, { method, path, status, headers, text }: Answer): void {
  const where = `${method} ${path.slice(0, 100)} ${status}`;
  const described = operationOf(api, method, path)?.responses;
  const response = described?.[status] ?? described?.[`${Math.floor(status / 100)}XX`];
  const mediaType = (headers['content-type'] ?? '').split(';', 1)[0] as string;
  if (response === undefined) {
    expect(status, where).toBeGreaterThanOrEqual(400);
    expect(mediaType, where).toBe('application/json');
    expect(errorSchema.safeParse(JSON.parse(text)).error, where).toBeUndefined();
    return;
  }
  const schema = response.content?.[mediaType]?.schema;
  if (schema === undefined) throw new Error(`${where}: ${mediaType} is not described`);
  const value: unknown = mediaType === 'application/json' ? JSON.parse(text) : text;
  expect(z.fromJSONSchema(schema).safeParse(value).error, `${where}: ${text.slice(0, 300)}`).toBeUndefined();
}

function operationOf(api: OpenApi, method: string, path: string): OpenApi['paths'][string][string] | undefined {
  const bare = path.split('?', 1)[0] as string;
  const found = Object.entries(api.paths).find(([template]) =>
    new RegExp(`^${template.replace(/\./g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(bare),
  );
  return found?.[1][method.toLowerCase()];
}
