import { z } from 'zod';
import { CATALOGUE, type ErrorCode } from '../../errors/catalogue.ts';
import { BREAK_REASONS } from '../../feed/feed.ts';
import { type HubMessage, wireSubscriptions } from './messages.ts';

/*
 * The messages of a hub, checked. The hub may be of another user, or of another version: unknown keys are ignored.
 */

/** As on the wire of the feed. */
const MAX_PRECISION = 9;

const time = z.number();
const count = z.number().int().nonnegative();
/** An error whose code this version does not know is reported, too. */
const code = z.string().transform((name) => (Object.hasOwn(CATALOGUE, name) ? (name as ErrorCode) : 'HUB_UNAVAILABLE'));
const reason = z.enum(BREAK_REASONS);
const breakError = z.object({ code, message: z.string(), hint: z.string() });

const state = z.discriminatedUnion('state', [
  z.object({ state: z.literal('idle'), at: time }),
  z.object({ state: z.literal('connecting'), at: time, attempt: count }),
  z.object({ state: z.literal('live'), at: time }),
  z.object({
    state: z.literal('disconnected'),
    at: time,
    reason,
    detail: z.string(),
    retryAt: time,
    error: breakError.optional(),
  }),
  z.object({ state: z.literal('closed'), at: time }),
  z.object({ state: z.literal('waiting_for_token'), at: time, code, message: z.string() }),
]);

const result = z.discriminatedUnion('status', [
  z.object({ status: z.literal('accepted'), precision: z.number().int().min(0).max(MAX_PRECISION).optional() }),
  z.object({ status: z.literal('unknown') }),
  z.object({ status: z.literal('refused'), code, message: z.string() }),
]);

const messageSchema: z.ZodType<HubMessage> = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    session: z.string(),
    pid: z.number().int(),
    feed: z.string(),
    simulated: z.boolean(),
    state,
    expiresAt: time.nullable(),
    recorded: z.literal(true).optional(),
    hasOtherSettings: z.boolean().optional(),
  }),
  z.object({ type: z.literal('result'), id: z.number().int(), results: z.array(result) }),
  z.object({ type: z.literal('concluding'), id: z.number().int() }),
  z.object({ type: z.literal('listening'), id: z.number().int(), url: z.string() }),
  z.object({
    type: z.literal('error'),
    id: z.number().int().nullable(),
    code,
    message: z.string(),
    hint: z.string(),
  }),
  z.object({ type: z.literal('state'), state }),
  z.object({
    type: z.literal('gap'),
    gap: z.object({ from: time, to: time, reason, symbols: z.array(z.string()) }),
  }),
  z.object({ type: z.literal('silent'), subscriptions: wireSubscriptions }),
  z.object({ type: z.literal('refused'), subscriptions: wireSubscriptions }),
  z.object({ type: z.literal('skipped'), rows: count, at: time }),
  z.object({
    type: z.literal('changed'),
    added: wireSubscriptions,
    dropped: wireSubscriptions,
    why: z.string().optional(),
  }),
  z.object({ type: z.literal('finished') }),
  z.object({ type: z.literal('stopping') }),
  z.object({ type: z.literal('warning'), event: z.string(), message: z.string(), error: breakError.optional() }),
  z.object({ type: z.literal('failed'), code, message: z.string(), hint: z.string() }),
]);

/** A text message of a hub; undefined when it is not one. */
export function readHubMessage(text: string): HubMessage | undefined {
  try {
    return messageSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
