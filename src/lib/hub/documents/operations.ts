import type { z } from 'zod';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { ANSWERS } from '../protocol/answers.ts';
import type { OperationId } from '../protocol/requests.ts';
import type { Json } from './components.ts';
import { CONNECTION_ERRORS, FEED_ERRORS, TOKEN_ERRORS } from './errors.ts';
import * as examples from './examples.ts';

/** Groups of operations, with what each group is for. */
export const TAGS = {
  connection:
    'The connection of the feed, and what REST callers have subscribed. All REST callers together are one client.',
  values: 'The last value of each subscribed symbol.',
  stream: 'Rows as they come, over a WebSocket.',
  sessions: 'For the owner of the hub: only the Unix socket takes these, anything else is answered with 403.',
  service: 'Health, figures and the documents of this API.',
  page: 'The live page.',
} as const;

/** An answer that succeeds. */
interface Success {
  readonly description: string;
  /** The name of its schema, in a JSON answer. */
  readonly name?: string;
  readonly schema?: z.ZodType;
  readonly mediaType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** By their names. */
  readonly examples?: Json;
}

export interface Operation {
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description: string;
  readonly success: Readonly<Record<number, Success>>;
  /** Beside those of every operation. Their statuses are the catalogue's. */
  readonly errors?: readonly ErrorCode[];
  /** Errors that this operation answers with 400, whatever the catalogue says. */
  readonly badInput?: readonly ErrorCode[];
  readonly body?: { readonly name: string; readonly example: unknown };
  /** Needs no bearer token, even where the hub has one. */
  readonly isOpen?: boolean;
}

const SYMBOL_ERRORS: readonly ErrorCode[] = ['MALFORMED_SYMBOL', 'INDEX_HAS_NO_DEPTH', 'NOT_AN_INDEX'];
const CHANGE_ERRORS: readonly ErrorCode[] = [
  ...SYMBOL_ERRORS,
  'UNKNOWN_SYMBOL',
  'TOO_MANY_SYMBOLS',
  'SUBSCRIPTION_REFUSED',
  ...FEED_ERRORS,
];

/** An answer in JSON. */
function json(name: string, schema: z.ZodType, description: string, given: Json): Record<number, Success> {
  return { 200: { name, schema, description, examples: given } };
}

function text(mediaType: string, description: string, given?: Json): Record<number, Success> {
  return { 200: { mediaType, description, ...(given && { examples: given }) } };
}

const healthOf = (description: string, example: object): Success => ({
  name: 'Health',
  schema: ANSWERS.health,
  description,
  examples: { health: example },
});

export const OPERATIONS: Readonly<Record<OperationId, Operation>> = {
  connectFeed: {
    tag: 'connection',
    summary: 'Connect the feed',
    description:
      'Opens the connection of the feed, also when nothing is subscribed. Answers when the feed is connected.',
    success: json('ConnectionAnswer', ANSWERS.connection, 'The feed is connected.', { connected: examples.CONNECTED }),
    errors: FEED_ERRORS,
  },
  disconnectFeed: {
    tag: 'connection',
    summary: 'Disconnect the feed',
    description:
      'Drops what REST callers subscribed and closes the feed, which stays closed until `connectFeed` or the next subscription. While commands or recordings use the feed, only the owner (over the Unix socket or with the bearer token) can close it: others get a success with `message` and `"connected":true`.',
    success: json('ConnectionAnswer', ANSWERS.connection, 'The feed is closed, or `message` says why it is not.', {
      stillConnected: examples.STILL_CONNECTED,
    }),
  },
  subscribeSymbols: {
    tag: 'connection',
    summary: 'Subscribe symbols',
    description:
      'Subscribes symbols for REST callers, and connects the feed for that. Answers when the feed has answered. A request of which some symbols are accepted succeeds; the others are in `rejected`. One of which no symbol is accepted is an error.',
    success: json('SubscribeAnswer', ANSWERS.subscribed, 'Some or all symbols are subscribed.', {
      subscribed: examples.SUBSCRIBED,
    }),
    errors: [...CHANGE_ERRORS, 'TOO_MANY_CLIENTS'],
  },
  unsubscribeSymbols: {
    tag: 'connection',
    summary: 'Unsubscribe symbols',
    description:
      'Drops symbols that REST callers subscribed. A symbol stays on the feed while another client has it subscribed.',
    success: json('UnsubscribeAnswer', ANSWERS.unsubscribed, 'Some or all symbols are unsubscribed.', {
      unsubscribed: examples.UNSUBSCRIBED,
    }),
    errors: [...SYMBOL_ERRORS, 'NOT_FOUND'],
  },
  getConnectionStatus: {
    tag: 'connection',
    summary: 'Get the status of the connection',
    description: 'The connection of the feed, what is subscribed, the clients of the hub and its counters.',
    success: json('StatusAnswer', ANSWERS.status, 'The status.', {
      status: { status: 'success', data: examples.STATUS },
    }),
  },
  getLastValues: {
    tag: 'values',
    summary: 'Get the last values of a type',
    description:
      'The last value of every symbol that has rows of this type. A value that the feed does not confirm now carries `"stale":true` and `age_ms`.',
    success: json('LastValuesAnswer', ANSWERS.values, 'The values by symbol; none when nothing is subscribed.', {
      values: examples.VALUES,
    }),
  },
  getLastValue: {
    tag: 'values',
    summary: 'Get the last value of a symbol',
    description:
      'The last value of one symbol that some client has subscribed. A value that the feed does not confirm now carries `"stale":true` and `age_ms`.',
    success: json('LastValueAnswer', ANSWERS.value, 'The value.', { value: examples.VALUE }),
    errors: [...SYMBOL_ERRORS, 'NOT_FOUND'],
  },
  openStream: {
    tag: 'stream',
    summary: 'Open the WebSocket',
    description:
      'The address of the WebSocket. Its messages are described by the AsyncAPI document, see `getAsyncApi`. A request that is no WebSocket handshake is answered with 400.',
    success: { 101: { description: 'The connection is a WebSocket now.' } },
    errors: ['TOO_MANY_CLIENTS'],
  },
  getHubStatus: {
    tag: 'sessions',
    summary: 'Get the status of the hub',
    description: 'What `tickpipe status` prints. Every caller may ask this.',
    success: json('HubStatus', ANSWERS.hub, 'The status.', { status: examples.HUB }),
  },
  addSessionSymbols: {
    tag: 'sessions',
    summary: 'Add symbols to a session',
    description:
      'Adds symbols to a running client of the hub, for example a `stream`. Answers when the feed has answered. A recording of several types gets rows of all of them.',
    body: { name: 'SessionChange', example: { symbols: ['NSE:SBIN-EQ', 'NSE:NOPE-EQ'] } },
    success: json('SessionChangeAnswer', ANSWERS.sessionChange, 'What happened to each symbol.', {
      added: examples.ADDED,
    }),
    errors: ['NO_SESSION', 'SESSION_WITHOUT_KIND', ...CHANGE_ERRORS],
  },
  dropSessionSymbols: {
    tag: 'sessions',
    summary: 'Drop symbols from a session',
    description: 'Drops symbols from a running client of the hub. A stream whose symbols are all dropped ends.',
    body: { name: 'SessionChange', example: { symbols: ['NSE:SBIN-EQ', 'NSE:TCS-EQ'], data_type: 'SymbolUpdate' } },
    success: json('SessionChangeAnswer', ANSWERS.sessionChange, 'What happened to each symbol.', {
      dropped: examples.DROPPED,
    }),
    errors: ['NO_SESSION'],
  },
  offerToken: {
    tag: 'sessions',
    summary: 'Offer a FYERS token',
    description:
      'Hands over an access token (`APPID:TOKEN`) of the same user. The hub uses it when it is newer than its own.',
    body: { name: 'TokenOffer', example: { token: 'APPID:TOKEN' } },
    success: json('TokenOfferAnswer', ANSWERS.token, 'Whether the hub uses the token.', {
      notNewer: { status: 'success', offer: 'not_newer' },
    }),
    errors: CONNECTION_ERRORS,
    badInput: TOKEN_ERRORS,
  },
  stopHub: {
    tag: 'sessions',
    summary: 'Stop the hub',
    description: 'Ends the hub after this answer.',
    success: json('StopAnswer', ANSWERS.stopped, 'The hub ends now.', { stopped: { status: 'success', pid: 1207 } }),
  },
  checkHealth: {
    tag: 'service',
    summary: 'Check the health',
    description: 'Whether the feed is live, or nothing is subscribed and so nothing is connected (`idle`).',
    success: {
      200: healthOf('All is well.', { status: 'ok', state: 'live' }),
      503: healthOf('The feed is not live.', { status: 'unhealthy', state: 'disconnected' }),
    },
  },
  getMetrics: {
    tag: 'service',
    summary: 'Get the metrics',
    description: 'Counters and gauges for Prometheus, in its text format 0.0.4.',
    success: text('text/plain', 'The metrics, each with its meaning.', { metrics: examples.METRICS }),
  },
  getOpenApi: {
    tag: 'service',
    summary: 'Get this document',
    description: 'The REST API as OpenAPI 3.1.',
    success: text('application/json', 'This document.'),
  },
  getAsyncApi: {
    tag: 'service',
    summary: 'Get the AsyncAPI document',
    description: 'The messages of the WebSocket as AsyncAPI 3.',
    success: text('application/json', 'The AsyncAPI document.'),
  },
  logIn: {
    tag: 'page',
    summary: 'Log in to the page',
    description: 'Trades the bearer token of the hub for the cookie that the live page uses.',
    body: { name: 'LoginRequest', example: { token: 'a-bearer-token-of-mine' } },
    success: {
      200: {
        name: 'LoginAnswer',
        schema: ANSWERS.login,
        description: 'The token is right.',
        headers: { 'Set-Cookie': 'The cookie `tickpipe_hub`, which scripts cannot read.' },
        examples: { success: { status: 'success' } },
      },
    },
    errors: ['HUB_TOKEN_REFUSED'],
    isOpen: true,
  },
  getPage: {
    tag: 'page',
    summary: 'Get the live page',
    description: 'The page that shows the subscribed symbols in a browser.',
    success: text('text/html', 'The page.'),
    isOpen: true,
  },
  getPageScript: {
    tag: 'page',
    summary: 'Get the script of the page',
    description: 'The script that the live page loads.',
    success: text('text/javascript', 'The script.'),
    isOpen: true,
  },
  getPageStyle: {
    tag: 'page',
    summary: 'Get the style of the page',
    description: 'The style sheet that the live page loads.',
    success: text('text/css', 'The style sheet.'),
    isOpen: true,
  },
};
