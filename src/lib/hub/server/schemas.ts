import { z } from 'zod';
import { ROW_TYPES } from '../../market/kinds.ts';
import { depthUpdateSchema, indexUpdateSchema, liteUpdateSchema, symbolUpdateSchema } from '../../market/rows.ts';
import { MAX_SYMBOL_CHARACTERS } from '../../market/symbols.ts';
import { MAX_SYMBOLS_PER_MESSAGE } from './json-client.ts';

/*
 * Requests and answers of the REST API as JSON Schema: requests are checked by it, and /openapi.json is made of it.
 */

const MAX_TOKEN_CHARACTERS = 16_384;

export const dataType = z.enum(Object.values(ROW_TYPES));
const symbol = z.string().min(1).max(MAX_SYMBOL_CHARACTERS);
const symbols = z.array(symbol).min(1).max(MAX_SYMBOLS_PER_MESSAGE);
/** Epoch milliseconds. */
const at = z.number();
const pid = z.number().int();

const byType = <T extends z.ZodType>(value: T) =>
  z.object({ SymbolUpdate: value, DepthUpdate: value, IndexUpdate: value, LiteUpdate: value });
const rejected = z.array(z.object({ symbol: z.string(), code: z.string() }));
/** A last value is marked while the feed is away. */
const stale = { stale: z.literal(true).optional(), age_ms: z.number().optional() };
const row = z.union([
  symbolUpdateSchema.extend(stale),
  indexUpdateSchema.extend(stale),
  depthUpdateSchema.extend(stale),
  liteUpdateSchema.extend(stale),
]);
const session = z.object({
  id: z.string(),
  pid: pid.nullable(),
  command: z.string(),
  symbols: z.array(z.string()),
  rows: z.number(),
  skipped: z.number(),
  since: at,
});
const connection = z.object({
  connected: z.boolean(),
  subscriptions: byType(z.array(z.string())),
  data_cache: byType(z.number()),
});

const success = <T extends z.ZodRawShape>(shape: T) => z.object({ status: z.literal('success'), ...shape });

export const errorAnswer = z.object({
  status: z.literal('error'),
  code: z.string(),
  message: z.string(),
  symbols: z.array(z.string()),
});

export const REQUESTS = {
  subscription: z.object({ symbols, data_type: dataType }),
  type: z.object({ data_type: dataType }),
  symbol: z.object({ symbol }),
  session: z.object({ id: z.string() }),
  sessionChange: z.strictObject({ symbols, data_type: dataType.optional() }),
  token: z.strictObject({ token: z.string().min(1).max(MAX_TOKEN_CHARACTERS) }),
} as const;

export const ANSWERS = {
  connection: success({ data: connection, message: z.string().optional() }),
  subscribed: success({
    message: z.string(),
    data_type: dataType,
    symbols: z.array(z.string()),
    rejected,
  }),
  unsubscribed: success({ message: z.string(), data_type: dataType, symbols: z.array(z.string()) }),
  status: success({
    data: connection.extend({
      streaming: z.boolean(),
      since: at,
      token_expires_at: at.nullable(),
      sessions: z.array(session),
      counters: z.record(z.string(), z.number()),
      simulated: z.literal(true).optional(),
    }),
  }),
  values: success({ data_type: dataType, data: z.record(z.string(), row) }),
  value: success({ symbol: z.string(), data: row }),
  hub: z.object({
    hub: z.object({
      pid,
      since: at,
      feed: z.string(),
      state: z.string(),
      token_expires_at: at.nullable(),
      last_tick_at: at.nullable(),
      reconnects: z.number(),
      gaps: z.number(),
      simulated: z.literal(true).optional(),
      recorded: z.literal(true).optional(),
    }),
    sessions: z.array(session),
    subscriptions: byType(z.array(z.string())),
    silent: z.array(z.string()),
  }),
  sessionChange: success({
    session: z.string(),
    results: z.array(
      z.object({
        type: dataType,
        symbol: z.string(),
        status: z.enum(['ok', 'unknown', 'already', 'not_subscribed']),
      }),
    ),
    /** Types of rows that a symbol does not have, while its other types were added. */
    left_out: z.array(z.object({ type: dataType, symbol: z.string() })).optional(),
  }),
  token: success({ offer: z.enum(['adopted', 'not_newer']) }),
  /** `returning`: commands that start another hub. */
  stopped: success({ pid, returning: z.array(z.object({ command: z.string(), pid })).optional() }),
  login: success({}),
  health: z.object({ status: z.enum(['ok', 'unhealthy']), state: z.string() }),
} as const;

/** A schema as fastify and OpenAPI want it. */
export function jsonSchema(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}
