import { z } from 'zod';
import { MAX_SYMBOL_CHARACTERS } from '../../market/symbols.ts';
import { intervalSchema, MAX_SYMBOLS_PER_MESSAGE, rowTypeSchema } from './json-requests.ts';
import { STREAM_PATH } from './messages.ts';

/*
 * What the REST API takes: the hub checks requests with these schemas, and /openapi.json is made from them.
 */

const MAX_TOKEN_CHARACTERS = 16_384;

const data_type = rowTypeSchema.describe('The type of the rows. An index has `IndexUpdate` rows.');
const symbol = z.string().min(1).max(MAX_SYMBOL_CHARACTERS).describe('A symbol as FYERS writes it.');
const symbols = z
  .array(symbol)
  .min(1)
  .max(MAX_SYMBOLS_PER_MESSAGE)
  .describe('Symbols as FYERS writes them, for example NSE:SBIN-EQ.');

const MAX_EPOCH_SECONDS = 10_000_000_000;
const epochSeconds = z.number().int().min(0).max(MAX_EPOCH_SECONDS);

export const REQUESTS = {
  subscription: z.object({ symbols, data_type }),
  type: z.object({ data_type }),
  symbol: z.object({ symbol }),
  interval: z.object({ interval: intervalSchema }),
  history: z.object({
    interval: intervalSchema.describe(
      'An interval of which the broker has candles: `5s` to `45s`, `1m` to `4h`, `1d`, `1w`, `1mo`.',
    ),
    from: epochSeconds.describe('Bars that begin at this time or later, epoch seconds.'),
    to: epochSeconds.describe('Bars that begin before this time, epoch seconds.'),
    oi: z.boolean().optional().describe('Whether the bars have the open interest.'),
  }),
  session: z.object({ id: z.string().describe('The id of a session, as `GET /api/hub/status` lists it.') }),
  sessionChange: z.strictObject({
    symbols,
    data_type: rowTypeSchema
      .optional()
      .describe('The type of the rows. Without it: the types that the session was started for.'),
  }),
  token: z.strictObject({ token: z.string().min(1).max(MAX_TOKEN_CHARACTERS).describe('The token as text.') }),
} as const;

export interface RouteShape {
  readonly method: 'GET' | 'POST';
  /** With `:name` for each parameter in it. */
  readonly path: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
}

/** Every route of the hub by its operation id. */
export const ROUTES = {
  connectFeed: { method: 'POST', path: '/api/websocket/connect' },
  disconnectFeed: { method: 'POST', path: '/api/websocket/disconnect' },
  subscribeSymbols: { method: 'POST', path: '/api/websocket/subscribe', query: REQUESTS.subscription },
  unsubscribeSymbols: { method: 'POST', path: '/api/websocket/unsubscribe', query: REQUESTS.subscription },
  getConnectionStatus: { method: 'GET', path: '/api/websocket/status' },
  getLastValues: { method: 'GET', path: '/api/websocket/data/:data_type', params: REQUESTS.type },
  getLastValue: {
    method: 'GET',
    path: '/api/websocket/symbol/:symbol',
    params: REQUESTS.symbol,
    query: REQUESTS.type,
  },
  getBars: { method: 'GET', path: '/api/bars/:symbol', params: REQUESTS.symbol, query: REQUESTS.interval },
  getHistory: { method: 'GET', path: '/api/history/:symbol', params: REQUESTS.symbol, query: REQUESTS.history },
  openStream: { method: 'GET', path: STREAM_PATH },
  getHubStatus: { method: 'GET', path: '/api/hub/status' },
  addSessionSymbols: {
    method: 'POST',
    path: '/api/sessions/:id/subscribe',
    params: REQUESTS.session,
    body: REQUESTS.sessionChange,
  },
  dropSessionSymbols: {
    method: 'POST',
    path: '/api/sessions/:id/unsubscribe',
    params: REQUESTS.session,
    body: REQUESTS.sessionChange,
  },
  offerToken: { method: 'POST', path: '/api/hub/token', body: REQUESTS.token },
  endToken: { method: 'POST', path: '/api/hub/logout', body: REQUESTS.token },
  stopHub: { method: 'POST', path: '/api/hub/stop' },
  checkHealth: { method: 'GET', path: '/healthz' },
  getMetrics: { method: 'GET', path: '/metrics' },
  getOpenApi: { method: 'GET', path: '/openapi.json' },
  getAsyncApi: { method: 'GET', path: '/api/asyncapi.json' },
  logIn: { method: 'POST', path: '/login', body: REQUESTS.token },
  getPage: { method: 'GET', path: '/' },
  getPageScript: { method: 'GET', path: '/app.js' },
  getPageStyle: { method: 'GET', path: '/style.css' },
} as const satisfies Record<string, RouteShape>;
export type OperationId = keyof typeof ROUTES;

/** A route as fastify takes it, without its handler: where it is, and what it takes. */
export function routeOf(id: OperationId): { method: RouteShape['method']; url: string; schema: object } {
  const { method, path, params, query, body }: RouteShape = ROUTES[id];
  return {
    method,
    url: path,
    schema: {
      ...(params && { params: jsonSchema(params) }),
      ...(query && { querystring: jsonSchema(query) }),
      ...(body && { body: jsonSchema(body) }),
    },
  };
}

function jsonSchema(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}
