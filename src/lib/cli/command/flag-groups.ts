import type { Format, TimeFormat } from '../../output/rows/encoder.ts';
import type { FeedChoice } from '../program/flag-values.ts';
import type { SlowAction } from './flags.ts';

/*
 * The values of the flags in `flags.ts`, under the names that users give them, as they pass from a command to the part of the
 * library that they are for. Times in milliseconds.
 */

/** Which hub. */
export interface HubFlags {
  readonly feed: FeedChoice;
  readonly 'token-file'?: string | undefined;
  readonly 'hub-token-file'?: string | undefined;
}

/** Where ticks come from, and how the connection is kept. */
export interface FeedFlags extends HubFlags {
  readonly 'stall-timeout': number;
  readonly 'max-retries'?: number | undefined;
  readonly linger: number;
  readonly direct?: boolean;
  /** With `direct`: also beside another connection of the account. */
  readonly force?: boolean;
  /** Of a recording: how many times as fast as it was recorded; 1 when it is not given. */
  readonly speed?: number | undefined;
  readonly loop?: boolean | undefined;
}

/** How rows look and where they go. */
export interface RecordFlags {
  readonly format?: Format | undefined;
  /** Values alone, whatever the file's suffix says. */
  readonly raw?: boolean | undefined;
  readonly fields?: readonly string[] | undefined;
  readonly 'no-header': boolean;
  readonly output?: string | undefined;
  readonly force: boolean;
  readonly append: boolean;
}

/** The same for rows of ticks. */
export interface RowFlags extends RecordFlags {
  readonly time: TimeFormat;
}

/** Which rows are printed, and when a stream ends. */
export interface StreamFlags {
  readonly strict: boolean;
  /** The text of a condition. */
  readonly where?: string | undefined;
  readonly changed?: readonly string[] | undefined;
  readonly conflate?: number | undefined;
  /** In a live table, a column that draws the prices so far. */
  readonly spark?: boolean | undefined;
  readonly events?: boolean;
  /** `conflate` when it is not given. */
  readonly 'on-slow'?: SlowAction | undefined;
  readonly 'max-lag'?: number | undefined;
  readonly count?: number | undefined;
  readonly duration?: number | undefined;
  /** Epoch milliseconds. */
  readonly until?: number | undefined;
  readonly 'idle-timeout'?: number | undefined;
  readonly snapshot?: boolean;
  readonly timeout?: number | undefined;
  readonly 'max-age'?: number | undefined;
}
