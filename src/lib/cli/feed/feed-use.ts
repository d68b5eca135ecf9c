import type { FeedTap } from '../../feed/live-feed-options.ts';
import type { Kind, Subscription } from '../../market/kinds.ts';

/** How a command uses its feed: its name in `status`, and what it expects. */
export interface FeedUse {
  /** `stream symbols`. */
  readonly command: string;
  /** The kinds of rows that it can print, its main kind first. */
  readonly kinds: readonly Kind[];
  /** What it subscribes first. A hub that is started for it subscribes that before the command asks. */
  readonly subscriptions?: readonly Subscription[] | undefined;
  /** Ends when a user stops the shared session, instead of starting another. */
  readonly endsWithSession?: boolean | undefined;
  /** Waits for another token when the token is refused or expires. */
  readonly waitsForToken?: boolean;
  /** Reconnects a shared feed some time after a user disconnected it. */
  readonly reopens?: boolean;
  /** Gets every message of the data socket; only with a socket of this process. */
  readonly tap?: FeedTap | undefined;
}
