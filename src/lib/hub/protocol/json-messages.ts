import { z } from 'zod';
import { gapSchema, skippedSchema } from '../../market/rows.ts';
import { ANSWERS, type Made, PARTS } from './answers.ts';
import { intervalSchema, streamTypeSchema } from './json-requests.ts';

/*
 * What the hub sends to a WebSocket client that speaks JSON. The hub's messages have these types, and the AsyncAPI document is
 * made from them.
 */

const { symbols, rejected } = ANSWERS.subscribed.shape;
const { code, message } = PARTS.ErrorAnswer.shape;

const rowMessage = <T extends z.ZodObject<{ type: z.ZodLiteral<string> }>>(data: T) =>
  z.object({ type: data.shape.type as T['shape']['type'], data });

export const JSON_MESSAGES = {
  symbolUpdate: rowMessage(PARTS.SymbolUpdate),
  indexUpdate: rowMessage(PARTS.IndexUpdate),
  depthUpdate: rowMessage(PARTS.DepthUpdate),
  liteUpdate: rowMessage(PARTS.LiteUpdate),
  bar: z.object({ type: z.literal('Bar'), data: PARTS.Bar }),
  acknowledgement: z.object({
    type: z.literal('ack'),
    action: z.enum(['subscribe', 'unsubscribe']).describe('What was done.'),
    data_type: streamTypeSchema,
    interval: intervalSchema.optional().describe('With `Bar`: how long a bar is.'),
    symbols: symbols.describe('The symbols that were subscribed or unsubscribed.'),
    rejected,
  }),
  status: z.object({ type: z.literal('status'), data: PARTS.ConnectionStatus }),
  gap: z.object(gapSchema.shape),
  skipped: z.object(skippedSchema.shape),
  error: z.object({
    type: z.literal('error'),
    code,
    message,
    symbols: z.array(z.string()).optional().describe('The symbols that the error is about, when it is about some.'),
  }),
} as const;

/** A message to a WebSocket client that speaks JSON. */
export type JsonMessage = {
  [K in keyof typeof JSON_MESSAGES]: Made<(typeof JSON_MESSAGES)[K]>;
}[keyof typeof JSON_MESSAGES];
