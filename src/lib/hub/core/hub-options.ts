import type { Clock } from '../../clock/clock.ts';
import type { FeedFactory, SubscriptionResult } from '../../feed/feed.ts';
import type { Calendar } from '../../market/trading-hours.ts';
import type { HubEvent } from '../protocol/messages.ts';
import type { SharedToken } from './shared-token.ts';

export interface HubOptions {
  /** Opens the one feed. */
  readonly openFeed: FeedFactory;
  /** Undefined for a feed without tokens. */
  readonly token?: SharedToken | undefined;
  /** The fingerprint of the network settings that it was started with. */
  readonly networkSettings?: string | undefined;
  readonly clock: Clock;
  /** When symbols trade, for bars. */
  readonly calendar: Calendar;
}

/** Receives what happens in the hub, for the process that runs it. */
export interface HubObserver {
  event?(event: HubEvent): void;
  /** A client came or left. */
  sessionsChanged?(): void;
}

export interface HubSubscribeOptions {
  /** All or none. */
  readonly strict?: boolean | undefined;
  /** The client gives up when no data came by then, milliseconds from now. */
  readonly withinMs?: number | undefined;
  /** Aborted when the client no longer waits for the answer: nothing is kept then. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the results before the first row that follows from them. */
  readonly beforeRows?: (results: readonly SubscriptionResult[]) => void;
}
