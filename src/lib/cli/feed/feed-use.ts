import type { FeedTap } from '../../feed/live-feed-options.ts';
import type { Kind } from '../../market/kinds.ts';

/** What a command does with its feed: how it shows in `status`, and what it expects. */
export interface FeedUse {
  /** `stream symbols`. */
  readonly command: string;
  /** Kinds of rows it can print, the one it is about first. */
  readonly kinds: readonly Kind[];
  /** Ends when the shared session is stopped on purpose, instead of starting another. */
  readonly endsWithSession?: boolean | undefined;
  /** Goes on when the token is refused or expires, until there is another. */
  readonly waitsForToken?: boolean;
  /** Reconnects a shared feed some time after a user disconnected it. */
  readonly reopens?: boolean;
  /** Sees what comes from a data socket; only with one of this process. */
  readonly tap?: FeedTap | undefined;
}
