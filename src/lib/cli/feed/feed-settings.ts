import type { FeedTap } from '../../feed/live-feed-options.ts';
import type { Kind } from '../../market/kinds.ts';
import type { FeedChoice } from '../program/flag-values.ts';
import type { Program } from '../program/program.ts';
import type { Reporter } from '../program/stderr.ts';

/** How a command shows in `status`. */
export interface SessionName {
  /** `stream symbols`. */
  readonly command: string;
  /** Kinds of rows it can print, the one it is about first. */
  readonly kinds: readonly Kind[];
  /** Ends when the shared session is stopped on purpose, instead of starting another. */
  readonly endsWithSession?: boolean;
}

/** The flags that say whose ticks. */
export interface FeedSettings {
  readonly feed: FeedChoice;
  readonly 'token-file'?: string | undefined;
  readonly 'hub-token-file'?: string | undefined;
  readonly 'stall-timeout': number;
  readonly 'max-retries'?: number | undefined;
  readonly linger: number;
  /** Of a recording: how many times as fast as it was recorded; 1 when it is not given. */
  readonly speed?: number | undefined;
  /** A recording begins again at its end. */
  readonly loop?: boolean | undefined;
  /** A connection of this process's own; with `force` also beside another of this machine. */
  readonly direct?: boolean;
  readonly force?: boolean;
  /** Sees what comes from a data socket; only with one of this process. */
  readonly tap?: FeedTap | undefined;
  /** Goes on when the token is refused or expires, until there is another. */
  readonly waitsForToken?: boolean;
  /** Reconnects a shared feed some time after a user disconnected it. */
  readonly reopens?: boolean;
}

/** What a feed is opened with. */
export interface FeedContext {
  readonly program: Program;
  readonly reporter: Reporter;
  /** Ends waits on the way to the feed. */
  readonly signal: AbortSignal;
  readonly session: SessionName;
}
