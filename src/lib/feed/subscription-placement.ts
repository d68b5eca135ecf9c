import type { ErrorCode } from '../errors/catalogue.ts';
import { MAX_TOPICS_PER_CONNECTION } from '../hsm/wire.ts';
import type { Subscription } from '../market/kinds.ts';
import { isIndexSymbol } from '../market/symbols.ts';
import type { Instrument } from '../market/topics.ts';
import type { SubscriptionResult } from './feed.ts';
import type { Instruments } from './retrying-lookup.ts';
import type { Subscriptions, WantedTopic } from './subscriptions.ts';

/** Refusals of them all when the book would have more topics than a connection carries. */
export function refuseTooMany(
  book: Subscriptions,
  subscriptions: readonly Subscription[],
): SubscriptionResult[] | undefined {
  if (book.countWith(subscriptions) <= MAX_TOPICS_PER_CONNECTION) return undefined;
  const message = `a connection carries ${MAX_TOPICS_PER_CONNECTION.toLocaleString('en')} topics at most`;
  return subscriptions.map((subscription) => refuse(subscription, 'TOO_MANY_SYMBOLS', message));
}

/** Enters in the book what can be subscribed. `strict`: nothing at all when a symbol is unknown. */
export function placeSubscriptions(
  book: Subscriptions,
  subscriptions: readonly Subscription[],
  instruments: Instruments,
  strict: boolean,
): { results: SubscriptionResult[]; touched: Set<WantedTopic> } {
  const refuseAll = strict && subscriptions.some(({ symbol }) => !isInstrument(instruments.get(symbol)));
  const touched = new Set<WantedTopic>();
  const results = subscriptions.map((subscription): SubscriptionResult => {
    if (subscription.kind === 'depth' && isIndexSymbol(subscription.symbol)) {
      return refuse(subscription, 'INDEX_HAS_NO_DEPTH', 'an index has no market depth');
    }
    const instrument = instruments.get(subscription.symbol);
    if (!isInstrument(instrument)) return { subscription, status: 'unknown' };
    if (refuseAll) return refuse(subscription, 'UNKNOWN_SYMBOL', 'another symbol is unknown');
    touched.add(book.add(subscription, instrument));
    return { subscription, status: 'accepted' };
  });
  return { results, touched };
}

/** Takes out of the book what is in it. */
export function dropSubscriptions(
  book: Subscriptions,
  subscriptions: readonly Subscription[],
): { results: SubscriptionResult[]; touched: Set<WantedTopic> } {
  const touched = new Set<WantedTopic>();
  const results = subscriptions.map((subscription): SubscriptionResult => {
    const entry = book.remove(subscription);
    if (entry) touched.add(entry);
    return { subscription, status: entry ? 'accepted' : 'unknown' };
  });
  return { results, touched };
}

function isInstrument(found: Instrument | 'unknown' | undefined): found is Instrument {
  return found !== undefined && found !== 'unknown';
}

function refuse(subscription: Subscription, code: ErrorCode, message: string): SubscriptionResult {
  return { subscription, status: 'refused', code, message };
}
