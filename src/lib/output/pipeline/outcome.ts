import type { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Subscription } from '../../market/kinds.ts';

/** Why a stream ended. `ended`: the feed has no more rows. `stopped`: by a signal, or because no subscription is left. */
export type EndReason =
  | 'count'
  | 'duration'
  | 'until'
  | 'snapshot'
  | 'ended'
  | 'timeout'
  | 'idle_timeout'
  | 'stopped'
  | 'reader_gone'
  | 'too_slow'
  | 'output_failed'
  | 'feed_failed';

/** How a stream ended, as data. */
export interface Outcome {
  readonly reason: EndReason;
  /** Rows handed to the output, without control rows. */
  readonly rows: number;
  /** Rows that were lost because the reader was slow. */
  readonly skipped: number;
  /** Number of subscriptions that should have given a row. */
  readonly expected: number;
  /** The subscriptions without a row; in a snapshot also those whose row was too old. None had a row when `missing.length === expected`. */
  readonly missing: readonly Subscription[];
  /** With `too_slow`, `output_failed` and `feed_failed`. */
  readonly error?: TickpipeError;
}

/** Ends after which nothing can be written any more. */
export const WRITELESS_ENDS: ReadonlySet<EndReason> = new Set(['reader_gone', 'output_failed']);

/** Ends that do not wait for a stuck reader. */
export const IMPATIENT_ENDS: ReadonlySet<EndReason> = new Set(['stopped', 'too_slow']);
