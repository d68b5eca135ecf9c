import type { SubscriptionResult } from '../../feed/feed.ts';
import { MAX_TOPICS_PER_CONNECTION } from '../../hsm/wire.ts';
import type { Subscription } from '../../market/kinds.ts';

/* Why a hub gives a session less than its feed would. */

export function refuseOverLimit(subscription: Subscription): SubscriptionResult {
  const message = `at most ${MAX_TOPICS_PER_CONNECTION} symbols for one client`;
  return { subscription, status: 'refused', code: 'TOO_MANY_SYMBOLS', message };
}

export function refuseGone({ subscription }: SubscriptionResult): SubscriptionResult {
  return { subscription, status: 'refused', code: 'SUBSCRIPTION_REFUSED', message: 'the feed refused it' };
}

export function refuseLeft(result: SubscriptionResult): SubscriptionResult {
  if (result.status !== 'accepted') return result;
  const { subscription } = result;
  return { subscription, status: 'refused', code: 'SUBSCRIPTION_REFUSED', message: 'the session has ended' };
}

export function refuseWithOthers(result: SubscriptionResult): SubscriptionResult {
  if (result.status !== 'accepted') return result;
  const { subscription } = result;
  return { subscription, status: 'refused', code: 'UNKNOWN_SYMBOL', message: 'another symbol is unknown' };
}
