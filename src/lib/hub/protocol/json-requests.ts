import { z } from 'zod';
import { ROW_TYPES } from '../../market/kinds.ts';
import { MAX_SYMBOL_CHARACTERS } from '../../market/symbols.ts';

export const MAX_SYMBOLS_PER_MESSAGE = 5_000;

const wrongSymbols = `symbols must be a list of 1 to ${MAX_SYMBOLS_PER_MESSAGE} texts of at most ${MAX_SYMBOL_CHARACTERS} characters`;
const symbols = z
  .array(z.string(wrongSymbols).max(MAX_SYMBOL_CHARACTERS, wrongSymbols), wrongSymbols)
  .min(1, wrongSymbols)
  .max(MAX_SYMBOLS_PER_MESSAGE, wrongSymbols)
  .describe('Symbols as FYERS writes them, for example NSE:SBIN-EQ.');
const rowTypes = Object.values(ROW_TYPES);
export const rowTypeSchema = z
  .enum(rowTypes, `data_type must be one of ${rowTypes.join(', ')}`)
  .describe('The type of a row, and of the subscription that it comes from.');

const MAX_INTERVAL_CHARACTERS = 16;
const wrongInterval = `interval must be a text of at most ${MAX_INTERVAL_CHARACTERS} characters, such as 1m`;
export const intervalSchema = z
  .string(wrongInterval)
  .max(MAX_INTERVAL_CHARACTERS, wrongInterval)
  .describe(
    'How long a bar is: `5s`, `1m`, `1h`, `1d` for the session, `500t` for so many trades, `100000v` for so much volume.',
  );
const streamTypes = [...rowTypes, 'Bar'] as const;
/** The type of what a WebSocket can subscribe. */
export const streamTypeSchema = z
  .enum(streamTypes, `data_type must be one of ${streamTypes.join(', ')}`)
  .describe(
    'The type of a row. An index among `SymbolUpdate` is subscribed as `IndexUpdate`. `Bar` wants an `interval`.',
  );
const change = {
  symbols,
  data_type: streamTypeSchema,
  interval: intervalSchema.optional().describe('With `Bar` only, and then always: how long a bar is, such as `1m`.'),
};

/** What a WebSocket client may send, by its action. The hub checks messages with these, and the AsyncAPI document is made from them. */
export const JSON_REQUESTS = {
  subscribe: z.object({ action: z.literal('subscribe'), ...change }),
  unsubscribe: z.object({ action: z.literal('unsubscribe'), ...change }),
  getStatus: z.object({ action: z.literal('get_status') }),
} as const;

export const jsonChangeSchema = z.discriminatedUnion(
  'action',
  [JSON_REQUESTS.subscribe, JSON_REQUESTS.unsubscribe],
  'a message must be a JSON object with the action subscribe, unsubscribe or get_status',
);
