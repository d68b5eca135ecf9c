import { CATALOGUE, type ErrorCode } from '../../errors/catalogue.ts';
import { BREAK_REASONS } from '../../feed/feed.ts';
import {
  exactly,
  flag,
  integer,
  listOf,
  nullable,
  number,
  objectOf,
  oneOf,
  optional,
  readShape,
  type Shape,
  text,
  variantsOf,
  where,
} from '../../text/json-shape.ts';
import { type HubMessage, wireSubscriptions } from './messages.ts';

/*
 * The messages of a hub, checked. The hub may be of another user, or of another version: unknown keys are ignored.
 */

/** As on the wire of the feed. */
const MAX_PRECISION = 9;

const count = where(integer, (value) => value >= 0);
/** An error whose code this version does not know is reported, too. */
const code: Shape<ErrorCode> = (value) => {
  const name = text(value);
  return Object.hasOwn(CATALOGUE, name) ? (name as ErrorCode) : 'HUB_UNAVAILABLE';
};
const reason = oneOf(BREAK_REASONS);
const error = { code, message: text, hint: text };

const state = variantsOf('state', {
  idle: objectOf({ state: exactly('idle'), at: number }),
  connecting: objectOf({ state: exactly('connecting'), at: number, attempt: count }),
  live: objectOf({ state: exactly('live'), at: number }),
  disconnected: objectOf({
    state: exactly('disconnected'),
    at: number,
    reason,
    detail: text,
    retryAt: number,
    error: optional(objectOf(error)),
  }),
  closed: objectOf({ state: exactly('closed'), at: number }),
  waiting_for_token: objectOf({ state: exactly('waiting_for_token'), at: number, code, message: text }),
});

const result = variantsOf('status', {
  accepted: objectOf({
    status: exactly('accepted'),
    precision: optional(where(count, (decimals) => decimals <= MAX_PRECISION)),
  }),
  unknown: objectOf({ status: exactly('unknown') }),
  refused: objectOf({ status: exactly('refused'), code, message: text }),
});

const message: Shape<HubMessage> = variantsOf('type', {
  hello: objectOf({
    type: exactly('hello'),
    session: text,
    pid: integer,
    feed: text,
    simulated: flag,
    state,
    expiresAt: nullable(number),
    recorded: optional(exactly(true)),
    hasOtherSettings: optional(flag),
  }),
  result: objectOf({ type: exactly('result'), id: integer, results: listOf(result) }),
  concluding: objectOf({ type: exactly('concluding'), id: integer }),
  listening: objectOf({ type: exactly('listening'), id: integer, url: text }),
  error: objectOf({ type: exactly('error'), id: nullable(integer), ...error }),
  state: objectOf({ type: exactly('state'), state }),
  gap: objectOf({
    type: exactly('gap'),
    gap: objectOf({ from: number, to: number, reason, symbols: listOf(text) }),
  }),
  silent: objectOf({ type: exactly('silent'), subscriptions: wireSubscriptions }),
  refused: objectOf({ type: exactly('refused'), subscriptions: wireSubscriptions }),
  skipped: objectOf({ type: exactly('skipped'), rows: count, at: number }),
  changed: objectOf({
    type: exactly('changed'),
    added: wireSubscriptions,
    dropped: wireSubscriptions,
    why: optional(text),
  }),
  finished: objectOf({ type: exactly('finished') }),
  stopping: objectOf({ type: exactly('stopping') }),
  warning: objectOf({ type: exactly('warning'), event: text, message: text, error: optional(objectOf(error)) }),
  failed: objectOf({ type: exactly('failed'), ...error }),
});

/** A text message of a hub; undefined when it is not one. */
export function readHubMessage(given: string): HubMessage | undefined {
  try {
    return readShape(message, JSON.parse(given));
  } catch {
    return undefined;
  }
}
