import { z } from 'zod';
import { depthUpdateSchema, indexUpdateSchema, liteUpdateSchema, symbolUpdateSchema } from '../../market/rows.ts';
import { BAR } from '../../output/records/bar-record.ts';
import { recordSchema } from '../../output/records/record-schema.ts';
import { intervalSchema, rowTypeSchema } from './json-requests.ts';

/*
 * What the API answers. The hub's answers have these types, its clients read answers with these schemas, and the OpenAPI and the
 * AsyncAPI document are made from them.
 */

const NO_TOKEN = 'the feed has no token that expires';

/** Epoch milliseconds. */
const time = (description: string) => z.number().meta({ description, 'x-unit': 'epoch milliseconds' });
const expiresAt = z
  .number()
  .nullable()
  .meta({ description: 'When the token expires.', 'x-unit': 'epoch milliseconds', 'x-null': NO_TOKEN });
const count = (description: string, unit: string) => z.number().meta({ description, 'x-unit': unit });
const pid = z.number().int().describe('A process id.');
const symbol = z.string().describe('A symbol as FYERS writes it.');
const symbolList = (description: string) => z.array(z.string()).describe(description);
const byType = <T extends z.ZodType>(value: T) =>
  z.object({ SymbolUpdate: value, IndexUpdate: value, DepthUpdate: value, LiteUpdate: value });
/** Present only when it is true. */
const mark = (description: string) => z.literal(true).optional().describe(description);
const simulated = mark('Present when the prices come from the simulator.');

const stale = {
  stale: mark('Present when the feed does not confirm this value now, for example because it is not connected.'),
  age_ms: z.number().int().optional().describe('How old the value is in milliseconds; present with `stale`.'),
};
const symbolUpdate = symbolUpdateSchema.extend(stale).describe('A quote of one symbol.');
const indexUpdate = indexUpdateSchema.extend(stale).describe('The value of one index.');
const depthUpdate = depthUpdateSchema.extend(stale).describe('The five best levels of the order book of one symbol.');
const liteUpdate = liteUpdateSchema.extend(stale).describe('The last traded price of one symbol, and nothing else.');
const row = z
  .discriminatedUnion('type', [symbolUpdate, indexUpdate, depthUpdate, liteUpdate])
  .describe('The last value of one symbol: a row as docs/rows.md describes it.');

const bar = recordSchema(BAR).describe(
  'Open, high, low and close of one interval: a row as docs/rows.md describes it.',
);

const errorCode = z.string().describe('What is wrong. Codes are stable; new ones may be added.');
const error = z
  .object({
    status: z.literal('error'),
    code: errorCode,
    message: z.string().describe('The error in words for people. Branch on `code`, never on this text.'),
    symbols: symbolList('The symbols that the error is about; empty when it is about no symbol.'),
  })
  .describe('Every answer that is an error.');
const rejection = z.object({ symbol, code: errorCode }).describe('A symbol that was not subscribed, and why.');
const rejected = z.array(rejection).describe('The symbols that were not accepted, each with its reason.');

const session = z
  .object({
    id: z.string().describe('The id of the session, unique while the hub runs.'),
    pid: pid.nullable().meta({
      description: 'The process id of the command.',
      'x-null': 'the session belongs to REST callers or to a WebSocket client',
    }),
    command: z.string().describe('What the client is: a command such as `stream symbols`, `rest` or `websocket`.'),
    symbols: symbolList('The symbols that it has subscribed.'),
    rows: count('How many rows the hub has sent to it.', 'rows'),
    skipped: count('How many rows the hub left out for it because it read too slowly.', 'rows'),
    since: time('When it connected.'),
  })
  .describe('One client of the hub. All REST callers together are one.');

const symbolsByType = byType(z.array(z.string())).describe('Symbols by the type of their rows.');
const countsByType = byType(z.number().int()).describe('Counts by the type of the rows.');
const connection = z
  .object({
    connected: z.boolean().describe('Whether the feed is connected and accepted its subscriptions.'),
    subscriptions: symbolsByType.describe('What the feed has subscribed.'),
    data_cache: countsByType.describe('How many last values the hub keeps.'),
  })
  .describe('The connection of the feed.');
const counters = z
  .object({
    messages: count('Messages from the feed.', 'messages'),
    bytes: count('Bytes from the feed.', 'bytes'),
    ticks: count('Ticks from the feed.', 'ticks'),
    malformed: count('Messages and fields that could not be used.', 'messages'),
    reconnects: count('Connections after the first.', 'connections'),
    gaps: count('Stretches of time without data.', 'gaps'),
  })
  .describe('What the hub has counted since it started.');
const status = connection
  .extend({
    streaming: z.boolean().describe('Whether the feed is connected and delivers at least one symbol.'),
    since: time('When the hub started.'),
    token_expires_at: expiresAt,
    sessions: z.array(session).describe('The clients of the hub.'),
    counters,
    simulated,
  })
  .describe('The connection of the feed, the clients and the counters.');
const hub = z
  .object({
    pid,
    since: time('When the hub started.'),
    feed: z.string().describe('The name of the feed, for people.'),
    state: z
      .string()
      .describe(
        '`idle`, `connecting`, `live`, `disconnected`, `closed` or `waiting_for_token`. New states may be added.',
      ),
    token_expires_at: expiresAt,
    last_tick_at: z.number().nullable().meta({
      description: 'When the last tick came.',
      'x-unit': 'epoch milliseconds',
      'x-null': 'there was none yet',
    }),
    reconnects: count('Connections after the first.', 'connections'),
    gaps: count('Stretches of time without data.', 'gaps'),
    simulated,
    recorded: mark('Present when the rows are from a recording.'),
  })
  .describe('The hub and its feed.');

const success = <T extends z.ZodRawShape>(shape: T) => z.object({ status: z.literal('success'), ...shape });

const symbolChange = z
  .object({
    type: rowTypeSchema,
    symbol,
    status: z
      .enum(['ok', 'unknown', 'already', 'not_subscribed'])
      .describe('`unknown`: the feed does not know the symbol. `already`: the session had it.'),
  })
  .describe('What happened to one symbol of a change.');
const leftOut = z
  .object({ type: rowTypeSchema, symbol })
  .describe('A type of row that a symbol does not have, such as the depth of an index.');
const returningCommand = z
  .object({ command: z.string().describe('The command, for example `record`.'), pid })
  .describe('A command that starts another hub when this one ends.');

export const ANSWERS = {
  connection: success({
    data: connection,
    message: z.string().optional().describe('Why the feed is still connected after `disconnect`.'),
  }),
  subscribed: success({
    message: z.string().describe('The result in words for people.'),
    data_type: rowTypeSchema,
    symbols: symbolList('The symbols that are subscribed now.'),
    rejected,
  }),
  unsubscribed: success({
    message: z.string().describe('The result in words for people.'),
    data_type: rowTypeSchema,
    symbols: symbolList('The symbols that were unsubscribed.'),
  }),
  status: success({ data: status }),
  values: success({ data_type: rowTypeSchema, data: z.record(z.string(), row).describe('The last values by symbol.') }),
  value: success({ symbol, data: row }),
  bars: success({
    symbol,
    interval: intervalSchema,
    data: z
      .array(bar)
      .describe('The bars of today, the oldest first. The last one may be forming: its `final` is false.'),
  }),
  history: success({
    symbol,
    interval: intervalSchema,
    data: z.array(bar).describe("The broker's bars that have ended, the oldest first, with `source`."),
  }),
  hub: z.object({
    hub,
    sessions: z.array(session).describe('The clients of the hub.'),
    subscriptions: symbolsByType.describe('What the feed has subscribed.'),
    silent: symbolList('The symbols that are subscribed and have not ticked yet.'),
  }),
  sessionChange: success({
    session: z.string().describe('The id of the session.'),
    results: z.array(symbolChange),
    left_out: z.array(leftOut).optional().describe('What does not exist. The other types of these symbols were added.'),
  }),
  token: success({
    offer: z
      .enum(['adopted', 'not_newer'])
      .describe('`adopted`: the hub uses the token now. `not_newer`: its own token is as good, or it needs none.'),
  }),
  loggedOut: success({
    ended: z
      .boolean()
      .describe('Whether the hub had this token. Its feed is closed then until there is another token.'),
  }),
  stopped: success({
    pid,
    returning: z
      .array(returningCommand)
      .optional()
      .describe('Commands that start another hub now; present when there are some.'),
  }),
  login: success({}),
  health: z.object({
    status: z.enum(['ok', 'unhealthy']),
    state: z.string().describe('The state of the feed, for example `live`.'),
    version: z.string().describe('The version of tickpipe that the hub runs.'),
  }),
} as const;

/** The parts of answers that have a name of their own in the documents. */
export const PARTS = {
  RowType: rowTypeSchema,
  SymbolUpdate: symbolUpdate,
  IndexUpdate: indexUpdate,
  DepthUpdate: depthUpdate,
  DepthLevel: depthUpdateSchema.shape.bid.element,
  LiteUpdate: liteUpdate,
  Row: row,
  Bar: bar,
  ErrorAnswer: error,
  Rejection: rejection,
  ClientSession: session,
  SymbolsByType: symbolsByType,
  CountsByType: countsByType,
  Connection: connection,
  Counters: counters,
  ConnectionStatus: status,
  HubState: hub,
  SymbolChange: symbolChange,
  LeftOutSymbol: leftOut,
  ReturningCommand: returningCommand,
} as const;

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;
/** What a schema of the API describes, as the hub makes it. */
export type Made<S extends z.ZodType> = DeepReadonly<z.infer<S>>;
