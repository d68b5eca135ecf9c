import type { z } from 'zod';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { ANSWERS } from '../protocol/answers.ts';
import type { OperationId } from '../protocol/requests.ts';
import { CONNECTION_ERRORS, FEED_ERRORS, TOKEN_ERRORS } from './errors.ts';

/** Groups of operations, with what each group is for. */
export const TAGS = {
  connection:
    'The connection of the feed, and what REST callers have subscribed. All REST callers together are one client.',
  values: 'The last value of each subscribed symbol, and bars of it.',
  stream: 'Rows as they come, over a WebSocket.',
  sessions: 'For the owner of the hub: only the Unix socket takes these, anything else is answered with 403.',
  service: 'Health, metrics and the documents of this API.',
  page: 'The live page.',
} as const;

export interface Operation {
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description: string;
  /** What it means that the operation succeeds. */
  readonly success: string;
  /** The name and the schema of the JSON answer. */
  readonly answer?: readonly [name: string, schema: z.ZodType];
  /** Of an answer that is something else. */
  readonly mediaType?: string;
  /** The name of the body's schema, and an example. */
  readonly body?: readonly [name: string, example: object];
  /** Beside those of every operation. Their statuses are the catalogue's. */
  readonly errors?: readonly ErrorCode[];
  /** Errors that this operation answers with 400, whatever the catalogue says. */
  readonly badInput?: readonly ErrorCode[];
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
const STALE = 'A value that the feed does not confirm now carries `"stale":true` and `age_ms`.';

export const OPERATIONS: Readonly<Record<OperationId, Operation>> = {
  connectFeed: {
    tag: 'connection',
    summary: 'Connect the feed',
    description:
      'Opens the connection of the feed, also when nothing is subscribed. Answers when the feed is connected.',
    success: 'The feed is connected.',
    answer: ['ConnectionAnswer', ANSWERS.connection],
    errors: FEED_ERRORS,
  },
  disconnectFeed: {
    tag: 'connection',
    summary: 'Disconnect the feed',
    description:
      'Drops what REST callers subscribed and closes the feed, which stays closed until `connectFeed` or the next subscription. While commands or recordings use the feed, only the owner (over the Unix socket or with the bearer token) can close it: others get a success with `message` and `"connected":true`.',
    success: 'The feed is closed, or `message` says why it is not.',
    answer: ['ConnectionAnswer', ANSWERS.connection],
  },
  subscribeSymbols: {
    tag: 'connection',
    summary: 'Subscribe symbols',
    description:
      'Subscribes symbols for REST callers, and connects the feed for that. Answers when the feed has answered. A request of which some symbols are accepted succeeds; the others are in `rejected`. One of which no symbol is accepted is an error.',
    success: 'Some or all symbols are subscribed.',
    answer: ['SubscribeAnswer', ANSWERS.subscribed],
    errors: [...CHANGE_ERRORS, 'TOO_MANY_CLIENTS'],
  },
  unsubscribeSymbols: {
    tag: 'connection',
    summary: 'Unsubscribe symbols',
    description:
      'Drops symbols that REST callers subscribed. A symbol stays on the feed while another client has it subscribed.',
    success: 'Some or all symbols are unsubscribed.',
    answer: ['UnsubscribeAnswer', ANSWERS.unsubscribed],
    errors: [...SYMBOL_ERRORS, 'NOT_FOUND'],
  },
  getConnectionStatus: {
    tag: 'connection',
    summary: 'Get the status of the connection',
    description: 'The connection of the feed, what is subscribed, the clients of the hub and its counters.',
    success: 'The status.',
    answer: ['StatusAnswer', ANSWERS.status],
  },
  getLastValues: {
    tag: 'values',
    summary: 'Get the last values of a type',
    description: `The last value of every symbol that has rows of this type. ${STALE}`,
    success: 'The values by symbol; none when nothing is subscribed.',
    answer: ['LastValuesAnswer', ANSWERS.values],
  },
  getLastValue: {
    tag: 'values',
    summary: 'Get the last value of a symbol',
    description: `The last value of one symbol that some client has subscribed. ${STALE}`,
    success: 'The value.',
    answer: ['LastValueAnswer', ANSWERS.value],
    errors: [...SYMBOL_ERRORS, 'NOT_FOUND'],
  },
  getBars: {
    tag: 'values',
    summary: 'Get the bars of a symbol',
    description:
      'The bars of today of one symbol that some client has subscribed as `SymbolUpdate`, `IndexUpdate` or `Bar`: up to 400, fewer when the hub has bars of many symbols. A hub makes bars from the first time that a client asks for them, as long as the symbol is subscribed: the first ones are `partial`. All clients share them, in up to 8 intervals. A bar is closed 2 s after its end by the clock of the exchange. Those of simulated prices are of all hours.',
    success: 'The bars, the oldest first; none before the first price.',
    answer: ['BarsAnswer', ANSWERS.bars],
    errors: ['MALFORMED_SYMBOL', 'NOT_FOUND', 'TOO_MANY_INTERVALS'],
  },
  getHistory: {
    tag: 'values',
    summary: "Get the broker's own candles of a symbol",
    description:
      'Asks the broker of the feed for its candles, also of a symbol that nobody has subscribed. One request may be about as much as FYERS answers at once: 100 days of minutes, 366 days of days, 10 days of seconds. All programs of an app share its limit of 10 calls a second and 200 a minute: an answer may take its time. The volume of an index is null. A recording has no history.',
    success: 'The bars that begin in the span and have ended, the oldest first.',
    answer: ['HistoryAnswer', ANSWERS.history],
    errors: ['MALFORMED_SYMBOL', 'UNKNOWN_SYMBOL', 'NOT_FOUND', ...TOKEN_ERRORS, ...CONNECTION_ERRORS],
  },
  openStream: {
    tag: 'stream',
    summary: 'Open the WebSocket',
    description:
      'The address of the WebSocket. The AsyncAPI document describes its messages, see `getAsyncApi`. A request that is no WebSocket handshake is answered with 400.',
    success: 'The connection is a WebSocket now.',
    errors: ['TOO_MANY_CLIENTS'],
  },
  getHubStatus: {
    tag: 'service',
    summary: 'Get the status of the hub',
    description: 'What `tickpipe status` prints: the hub and its feed, its clients and what is subscribed.',
    success: 'The status.',
    answer: ['HubStatus', ANSWERS.hub],
  },
  addSessionSymbols: {
    tag: 'sessions',
    summary: 'Add symbols to a session',
    description:
      'Adds symbols to a running client of the hub, for example a `stream`. Answers when the feed has answered. A recording of several types gets rows of all of them.',
    body: ['SessionChange', { symbols: ['NSE:SBIN-EQ', 'NSE:NOPE-EQ'] }],
    success: 'What happened to each symbol.',
    answer: ['SessionChangeAnswer', ANSWERS.sessionChange],
    errors: ['NO_SESSION', 'SESSION_WITHOUT_KIND', ...CHANGE_ERRORS],
  },
  dropSessionSymbols: {
    tag: 'sessions',
    summary: 'Drop symbols from a session',
    description: 'Drops symbols from a running client of the hub. A stream whose symbols are all dropped ends.',
    body: ['SessionChange', { symbols: ['NSE:SBIN-EQ', 'NSE:TCS-EQ'], data_type: 'SymbolUpdate' }],
    success: 'What happened to each symbol.',
    answer: ['SessionChangeAnswer', ANSWERS.sessionChange],
    errors: ['NO_SESSION'],
  },
  offerToken: {
    tag: 'sessions',
    summary: 'Offer a FYERS token',
    description:
      'Hands over an access token (`APPID:TOKEN`) of the same user. The hub uses it when it is newer than its own.',
    body: ['TokenOffer', { token: 'APPID:TOKEN' }],
    success: 'Whether the hub uses the token.',
    answer: ['TokenOfferAnswer', ANSWERS.token],
    errors: CONNECTION_ERRORS,
    badInput: TOKEN_ERRORS,
  },
  endToken: {
    tag: 'sessions',
    summary: 'Report a logout',
    description:
      'Says that the user ended an access token (`APPID:TOKEN`). If it is the token of the hub, the hub closes its feed and waits for another token.',
    body: ['TokenEnd', { token: 'APPID:TOKEN' }],
    success: 'Whether it was the token of the hub.',
    answer: ['TokenEndAnswer', ANSWERS.loggedOut],
    badInput: ['TOKEN_MALFORMED'],
  },
  stopHub: {
    tag: 'sessions',
    summary: 'Stop the hub',
    description: 'Ends the hub after this answer.',
    success: 'The hub ends now.',
    answer: ['StopAnswer', ANSWERS.stopped],
  },
  checkHealth: {
    tag: 'service',
    summary: 'Check the health',
    description:
      'Whether the feed is live, or nothing is subscribed and so nothing is connected (`idle`). Anything else is answered with 503.',
    success: 'All is well.',
    answer: ['Health', ANSWERS.health],
  },
  getMetrics: {
    tag: 'service',
    summary: 'Get the metrics',
    description: 'Counters and gauges for Prometheus, in its text format 0.0.4.',
    success: 'The metrics, each with its meaning.',
    mediaType: 'text/plain',
  },
  getOpenApi: {
    tag: 'service',
    summary: 'Get this document',
    description: 'The REST API as OpenAPI 3.1.',
    success: 'This document.',
    mediaType: 'application/json',
  },
  getAsyncApi: {
    tag: 'service',
    summary: 'Get the AsyncAPI document',
    description: 'The messages of the WebSocket as AsyncAPI 3.',
    success: 'The AsyncAPI document.',
    mediaType: 'application/json',
  },
  logIn: {
    tag: 'page',
    summary: 'Log in to the page',
    description: 'Trades the bearer token of the hub for the cookie that the live page uses.',
    body: ['LoginRequest', { token: 'a-bearer-token-of-mine' }],
    success: 'The token is right. The header `Set-Cookie` holds a cookie that scripts cannot read.',
    answer: ['LoginAnswer', ANSWERS.login],
    errors: ['HUB_TOKEN_REFUSED'],
    isOpen: true,
  },
  getPage: {
    tag: 'page',
    summary: 'Get the live page',
    description: 'The page that shows the subscribed symbols in a browser.',
    success: 'The page.',
    mediaType: 'text/html',
    isOpen: true,
  },
  getPageScript: {
    tag: 'page',
    summary: 'Get the script of the page',
    description: 'The script that the live page loads.',
    success: 'The script.',
    mediaType: 'text/javascript',
    isOpen: true,
  },
  getPageStyle: {
    tag: 'page',
    summary: 'Get the style of the page',
    description: 'The style sheet that the live page loads.',
    success: 'The style sheet.',
    mediaType: 'text/css',
    isOpen: true,
  },
};
