import { CATALOGUE, type ErrorCode, EXIT } from '../../errors/catalogue.ts';

const CODES = Object.keys(CATALOGUE) as ErrorCode[];
/** Of the hub itself, not of its feed. */
const OWN: ReadonlySet<ErrorCode> = new Set(['FORBIDDEN', 'HUB_TOKEN_REFUSED']);

function codesOf(...exits: readonly number[]): ErrorCode[] {
  return CODES.filter((code) => exits.includes(CATALOGUE[code].exit) && !OWN.has(code));
}

/** What is wrong with a token. */
export const TOKEN_ERRORS = codesOf(EXIT.token);
/** Why there is no connection to the feed. */
export const CONNECTION_ERRORS = codesOf(EXIT.unreachable);
/** Why a feed cannot be had, or gives up. */
export const FEED_ERRORS: readonly ErrorCode[] = [
  ...TOKEN_ERRORS,
  ...CONNECTION_ERRORS,
  ...codesOf(EXIT.input),
  'SECOND_CONNECTION',
  'TOO_MANY_FILES',
];
/** Every request may be answered with these. */
export const COMMON_ERRORS: readonly ErrorCode[] = [
  'BAD_REQUEST',
  'FORBIDDEN',
  'REQUEST_TOO_LARGE',
  'RATE_LIMITED',
  'BUG',
];

/** What a code means here, where the catalogue says it for commands. */
const MEANINGS: Partial<Record<ErrorCode, string>> = {
  BUG: 'the hub failed: a bug',
  BAD_REQUEST: 'the request cannot be read, or a parameter or the body is wrong',
  HUB_TOKEN_REFUSED: 'the hub wants its bearer token, or another one',
  RATE_LIMITED: 'there are too many requests at once, or FYERS refused one for its rate',
  NOT_FOUND: 'a symbol is not subscribed, or has no value yet',
  NO_SESSION: 'the hub has no session of this id',
  NOT_AN_INDEX: 'a symbol is not an index',
  HUB_UNAVAILABLE: 'the hub is ending',
  TOO_MANY_SYMBOLS: 'a client, or the connection to the feed, has 5,000 subscriptions already',
};

export function meaningOf(code: ErrorCode): string {
  return MEANINGS[code] ?? CATALOGUE[code].when;
}

interface ErrorExample {
  readonly message: string;
  readonly symbols?: readonly string[];
}

/** Errors as a hub has answered them. */
export const ERROR_EXAMPLES: Partial<Record<ErrorCode, ErrorExample>> = {
  BAD_REQUEST: {
    message:
      'querystring/data_type must be equal to one of the allowed values: SymbolUpdate, IndexUpdate, DepthUpdate, LiteUpdate',
  },
  HUB_TOKEN_REFUSED: { message: 'this hub wants its bearer token' },
  FORBIDDEN: { message: 'the Host of the request is not a loopback address' },
  REQUEST_TOO_LARGE: { message: 'the body of the request is too large' },
  RATE_LIMITED: { message: 'too many requests in a second' },
  BUG: { message: 'the hub failed' },
  TOO_MANY_INTERVALS: { message: 'the hub makes bars of 8 intervals already: 1m, 2m, 3m, 5m, 10m, 15m, 30m, 1h' },
  MALFORMED_SYMBOL: {
    message: 'the symbols are malformed: each is like NSE:SBIN-EQ, and a list element or parameter of its own',
    symbols: ['SBIN'],
  },
  UNKNOWN_SYMBOL: { message: 'the feed knows none of the symbols', symbols: ['NSE:NOPE-EQ'] },
  INDEX_HAS_NO_DEPTH: { message: 'an index has no market depth', symbols: ['NSE:NIFTY50-INDEX'] },
  NOT_AN_INDEX: { message: 'none of the symbols is an index', symbols: ['NSE:SBIN-EQ'] },
  TOO_MANY_SYMBOLS: { message: 'a client takes 5,000 symbols at most', symbols: ['NSE:INFY-EQ'] },
  TOO_MANY_CLIENTS: { message: 'the hub has 256 clients already' },
  NOT_FOUND: { message: 'none of the symbols is subscribed', symbols: ['NSE:TCS-EQ'] },
  NO_SESSION: { message: 'there is no session "s9"' },
  SESSION_WITHOUT_KIND: { message: 'session s2 prints no DepthUpdate rows' },
  FEED_UNREACHABLE: { message: 'the feed has not answered in time' },
  TOKEN_CHANGED_KIND: { message: 'the token is of another user or another kind of feed' },
};
