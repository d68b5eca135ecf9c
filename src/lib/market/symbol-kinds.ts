import type { ErrorCode } from '../errors/catalogue.ts';
import type { Kind, Subscription } from './kinds.ts';
import { isIndexSymbol } from './symbols.ts';

/** Why a symbol has no rows of a kind: an index has no depth, and only an index has index rows. Undefined when it has them. */
export function whyNoRows(
  kind: Kind,
  symbol: string,
): Extract<ErrorCode, 'INDEX_HAS_NO_DEPTH' | 'NOT_AN_INDEX'> | undefined {
  const isIndex = isIndexSymbol(symbol);
  if (kind === 'depth' && isIndex) return 'INDEX_HAS_NO_DEPTH';
  return kind === 'index' && !isIndex ? 'NOT_AN_INDEX' : undefined;
}

/** The subscription for rows of this kind. The quote of an index is an index row. @param symbol that has such rows */
export function subscriptionFor(kind: Kind, symbol: string): Subscription {
  return { kind: kind === 'symbol' && isIndexSymbol(symbol) ? 'index' : kind, symbol };
}
