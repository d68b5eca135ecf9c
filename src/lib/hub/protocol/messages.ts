import type { ErrorCode } from '../../errors/catalogue.ts';
import { fromPlainError, type PlainError, toPlainError } from '../../errors/tickpipe-error.ts';
import type { FeedEvent, FeedState, Gap } from '../../feed/feed.ts';
import { fromWire, ROW_TYPES, toWire, type WireSubscription } from '../../market/kinds.ts';
import { isSymbol } from '../../market/symbols.ts';
import {
  exactly,
  flag,
  integer,
  listOf,
  number,
  oneOf,
  optional,
  pairOf,
  type Read,
  readShape,
  strictObjectOf,
  text,
  variantsOf,
  where,
} from '../../text/json-shape.ts';

/*
 * The messages between a command and the hub on /api/websocket/stream, under a subprotocol of its own. Binary messages
 * are NDJSON rows, whole and many to a message, with their index (rows/batch-index.ts), hub to command. Text messages are the JSON
 * objects below. Rows and texts come in the order in which things happened.
 */

/** The cookie that the live page has in the place of the bearer token. */
export const COOKIE = 'tickpipe_hub';
export const STREAM_PATH = '/api/websocket/stream';
export const ROWS_PROTOCOL = 'tickpipe.rows.4';

const MAX_PORT = 65_535;

const symbol = where(text, isSymbol);
export const wireSubscriptions = listOf(pairOf(oneOf(Object.values(ROW_TYPES)), symbol));

/** What a command asks, each answered by a message with the same `id`. */
const request = variantsOf('action', {
  subscribe: strictObjectOf({
    action: exactly('subscribe'),
    id: integer,
    subscriptions: wireSubscriptions,
    /** All or nothing. */
    strict: optional(flag),
    /** The command gives up when no data came by then, milliseconds from now. */
    within_ms: optional(where(number, (ms) => ms > 0)),
  }),
  unsubscribe: strictObjectOf({ action: exactly('unsubscribe'), id: integer, subscriptions: wireSubscriptions }),
  /** The command is about to end: answered, without results, when every loss that is being looked for is reported. */
  conclude: strictObjectOf({ action: exactly('conclude'), id: integer }),
  /** Serve TCP, too, for as long as this connection lasts. Only on the Unix socket. */
  listen: strictObjectOf({
    action: exactly('listen'),
    id: integer,
    host: text,
    port: where(integer, (port) => port >= 0 && port <= MAX_PORT),
    allowOrigins: listOf(text),
    token: optional(text),
  }),
});
export type HubRequest = Read<typeof request>;

/** What a command asks; undefined for a message that is no request. */
export function readHubRequest(message: unknown): HubRequest | undefined {
  return readShape(request, message);
}

/** What became of one subscription, in the order asked. */
export type WireResult =
  /** `precision`: how many decimals its prices have, where the hub has had a row of it. */
  | { readonly status: 'accepted'; readonly precision?: number | undefined }
  | { readonly status: 'unknown' }
  | { readonly status: 'refused'; readonly code: ErrorCode; readonly message: string };

/** Where the hub stands: as its feed does, or without one because the token is of no use. Times are epoch milliseconds. */
export type HubState =
  | FeedState
  | { readonly state: 'waiting_for_token'; readonly at: number; readonly code: ErrorCode; readonly message: string };

/** The state of the hub, for a command that waits for a token with it. */
export function asFeedState(state: HubState): FeedState {
  if (state.state !== 'waiting_for_token') return state;
  const { at, message: detail } = state;
  return { state: 'disconnected', at, reason: 'token', detail, retryAt: at };
}

/** What happens in a hub. Its clients get the same as messages: see `toHubMessage`. */
export type HubEvent = FeedEvent<HubState>;

/** What happens in a hub, as its commands see it. */
export function asFeedEvent(event: HubEvent): FeedEvent {
  return event.type === 'state' ? { type: 'state', state: asFeedState(event.state) } : event;
}

/** What the hub sends to a command. */
export type HubMessage =
  /** The first message. `expiresAt`: of the hub's token, epoch milliseconds; null without one. */
  | {
      readonly type: 'hello';
      readonly session: string;
      readonly pid: number;
      readonly feed: string;
      readonly simulated: boolean;
      readonly state: HubState;
      readonly expiresAt: number | null;
      /** There only when rows are of another time than now. */
      readonly recorded?: true | undefined;
      /** The hub reaches its feed by other network settings than this command would. */
      readonly hasOtherSettings?: boolean | undefined;
    }
  | { readonly type: 'result'; readonly id: number; readonly results: readonly WireResult[] }
  | { readonly type: 'listening'; readonly id: number; readonly url: string }
  /** Silent symbols are being checked: the answer to `conclude` takes up to some seconds. */
  | { readonly type: 'concluding'; readonly id: number }
  /** A request failed as a whole. */
  | ({ readonly type: 'error'; readonly id: number | null } & PlainError)
  | { readonly type: 'state'; readonly state: HubState }
  | { readonly type: 'gap'; readonly gap: Gap }
  | { readonly type: 'silent'; readonly subscriptions: readonly WireSubscription[] }
  | { readonly type: 'refused'; readonly subscriptions: readonly WireSubscription[] }
  /** This client was too slow: so many rows were left out. The latest row of each symbol follows. `at`: epoch milliseconds. */
  | { readonly type: 'skipped'; readonly rows: number; readonly at: number }
  /** Another command changed this session, or the feed did: then `why` is the reason. */
  | {
      readonly type: 'changed';
      readonly added: readonly WireSubscription[];
      readonly dropped: readonly WireSubscription[];
      readonly why?: string | undefined;
    }
  /** The feed has delivered all its rows: sent then, and after each later subscription. */
  | { readonly type: 'finished' }
  /** The hub ends because a user stopped it: a command that was attached to it alone starts no other. */
  | { readonly type: 'stopping' }
  /** `error`: it keeps some symbols from coming. */
  | {
      readonly type: 'warning';
      readonly event: string;
      readonly message: string;
      readonly error?: PlainError | undefined;
    }
  /** The feed has given up, or the token is refused or expired. Commands that do not wait for another token end. */
  | ({ readonly type: 'failed' } & PlainError);

export type MessageOf<T extends HubMessage['type']> = Extract<HubMessage, { readonly type: T }>;

/** The messages that are events, one for one. */
export type EventMessage = MessageOf<HubEvent['type']>;

export function toHubMessage(event: HubEvent): EventMessage {
  switch (event.type) {
    case 'silent':
    case 'refused':
      return { type: event.type, subscriptions: toWire(event.subscriptions) };
    case 'changed':
      return { ...event, added: toWire(event.added), dropped: toWire(event.dropped) };
    case 'warning': {
      const { about: _, ...warning } = event;
      return warning;
    }
    case 'failed':
      return { type: 'failed', ...toPlainError(event.error) };
    default:
      return event;
  }
}

export function toHubEvent(message: EventMessage): HubEvent {
  switch (message.type) {
    case 'silent':
    case 'refused':
      return { type: message.type, subscriptions: fromWire(message.subscriptions) };
    case 'changed':
      return { ...message, added: fromWire(message.added), dropped: fromWire(message.dropped) };
    case 'failed':
      return { type: 'failed', error: fromPlainError(message) };
    default:
      return message;
  }
}
