import type { ErrorCode } from '../../errors/catalogue.ts';
import { InvalidValue } from '../../errors/invalid-value.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { SubscriptionResult } from '../../feed/feed.ts';
import { type Interval, parseInterval } from '../../filters/bars/interval.ts';
import type { RowType, Subscription } from '../../market/kinds.ts';
import { kindOfType } from '../../market/kinds.ts';
import { subscriptionFor, whyNoRows } from '../../market/symbol-kinds.ts';
import { normalizeSymbol } from '../../market/symbols.ts';

/** A symbol that was not subscribed, and why. */
export interface Rejection {
  readonly symbol: string;
  readonly code: ErrorCode;
}

export interface SubscriptionRequest {
  readonly subscriptions: readonly Subscription[];
  readonly rejected: readonly Rejection[];
}

/**
 * What a client asks for, each symbol in its one spelling. An index among SymbolUpdate is subscribed as what it is, as
 * `stream symbols` does.
 */
export function readSubscriptions(symbols: readonly string[], type: RowType): SubscriptionRequest {
  const subscriptions = new Map<string, Subscription>();
  const rejected: Rejection[] = [];
  for (const text of symbols) {
    try {
      const symbol = normalizeSymbol(text);
      subscriptions.set(symbol, subscriptionOf(symbol, type));
    } catch (error) {
      if (!(error instanceof TickpipeError)) throw error;
      rejected.push({ symbol: text, code: error.code });
    }
  }
  return { subscriptions: [...subscriptions.values()], rejected };
}

/** @param symbol in its one spelling. Throws `INDEX_HAS_NO_DEPTH`, `NOT_AN_INDEX`. */
export function subscriptionOf(symbol: string, type: RowType): Subscription {
  const kind = kindOfType(type);
  const code = whyNoRows(kind, symbol);
  if (code === undefined) return subscriptionFor(kind, symbol);
  throw new TickpipeError(code, code === 'NOT_AN_INDEX' ? 'not an index' : 'an index has no market depth');
}

/** The interval of bars. Throws `BAD_REQUEST`. */
export function readInterval(text: string): Interval {
  try {
    return parseInterval(text);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    const { message, hint } = error;
    throw new TickpipeError('BAD_REQUEST', `interval: ${message}${hint === undefined ? '' : `; ${hint}`}`);
  }
}

/** What became of a request. */
export interface SubscriptionAnswer {
  readonly symbols: readonly string[];
  readonly rejected: readonly Rejection[];
}

export function answerOf(request: SubscriptionRequest, results: readonly SubscriptionResult[]): SubscriptionAnswer {
  const symbols: string[] = [];
  const rejected = [...request.rejected];
  for (const result of results) {
    const { symbol } = result.subscription;
    if (result.status === 'accepted') symbols.push(symbol);
    else rejected.push({ symbol, code: result.status === 'unknown' ? 'UNKNOWN_SYMBOL' : result.code });
  }
  return { symbols, rejected };
}

const MESSAGES: Partial<Record<ErrorCode, string>> = {
  NOT_FOUND: 'none of the symbols is subscribed',
  UNKNOWN_SYMBOL: 'the feed knows none of the symbols',
  MALFORMED_SYMBOL: 'the symbols are malformed: each is like NSE:SBIN-EQ, and a list element or parameter of its own',
  TOO_MANY_SYMBOLS: 'a client takes 5,000 symbols at most',
  INDEX_HAS_NO_DEPTH: 'an index has no market depth',
  NOT_AN_INDEX: 'none of the symbols is an index',
};

/** Why a request of which nothing was accepted is an error. */
export class AllRejected extends TickpipeError {
  readonly symbols: readonly string[];

  constructor(rejected: readonly Rejection[]) {
    const code = rejected[0]?.code ?? 'BAD_REQUEST';
    super(code, MESSAGES[code] ?? 'none of the symbols can be subscribed');
    this.symbols = rejected.map(({ symbol }) => symbol);
  }
}

/** `1 symbol`, `2 symbols`. */
export function countSymbols(count: number): string {
  return `${count} symbol${count === 1 ? '' : 's'}`;
}
