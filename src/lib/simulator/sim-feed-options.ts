import type { FeedConditions } from '../feed/live-feed-options.ts';
import { WEEKDAYS } from '../market/trading-hours.ts';
import type { ExchangeOptions } from './exchange.ts';
import type { Fault } from './faults.ts';

/** `random` is for the backoff, not for prices. */
export interface SimulatedFeedOptions
  extends ExchangeOptions,
    Omit<FeedConditions, 'name' | 'calendar' | 'waitsForToken'> {
  readonly faults?: readonly Fault[];
}

/** What a feed on a simulator has of any feed. */
export function conditionsOf(options: SimulatedFeedOptions): FeedConditions {
  const { clock, random, stallTimeoutMs, maxRetries, tap } = options;
  return { name: 'the simulator', clock, random, calendar: WEEKDAYS, stallTimeoutMs, maxRetries, tap };
}
