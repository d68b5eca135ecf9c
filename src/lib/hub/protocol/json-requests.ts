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
const data_type = rowTypeSchema.describe(
  'The type of the rows. An index among `SymbolUpdate` is subscribed as `IndexUpdate`.',
);

/** What a WebSocket client may send, by its action. The hub checks messages with these, and the AsyncAPI document is made from them. */
export const JSON_REQUESTS = {
  subscribe: z.object({ action: z.literal('subscribe'), symbols, data_type }),
  unsubscribe: z.object({ action: z.literal('unsubscribe'), symbols, data_type }),
  getStatus: z.object({ action: z.literal('get_status') }),
} as const;

export const jsonChangeSchema = z.discriminatedUnion(
  'action',
  [JSON_REQUESTS.subscribe, JSON_REQUESTS.unsubscribe],
  'a message must be a JSON object with the action subscribe, unsubscribe or get_status',
);
