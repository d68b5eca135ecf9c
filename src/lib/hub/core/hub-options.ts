import type { Clock } from '../../clock/clock.ts';
import type { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { FeedFactory, Gap, SubscriptionResult } from '../../feed/feed.ts';
import type { HubState } from '../protocol/messages.ts';
import type { TokenVault } from './token-vault.ts';

export interface HubOptions {
  /** Opens the one feed. */
  readonly openFeed: FeedFactory;
  /** Undefined for a feed without tokens. */
  readonly vault?: TokenVault | undefined;
  /** The fingerprint of the network settings that it was started with. */
  readonly networkSettings?: string | undefined;
  readonly clock: Clock;
}

/** What happens in the hub, for who runs it. */
export interface HubObserver {
  state?(state: HubState): void;
  gap?(gap: Gap): void;
  warning?(event: string, message: string): void;
  failed?(error: TickpipeError): void;
  /** The feed has told everything there is. */
  finished?(): void;
  /** A client came or left. */
  sessionsChanged?(): void;
}

export interface HubSubscribeOptions {
  /** All or none. */
  readonly strict?: boolean | undefined;
  /** The client gives up when no data came by then, milliseconds from now. */
  readonly withinMs?: number | undefined;
  /** Nobody waits for the answer any more: nothing is kept. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the results before the first row that follows from them. */
  readonly beforeRows?: (results: readonly SubscriptionResult[]) => void;
}
