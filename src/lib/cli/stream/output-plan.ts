import type { Feed, FeedState } from '../../feed/feed.ts';
import type { Kind, Subscription } from '../../market/kinds.ts';
import type { Tick } from '../../market/tick.ts';
import type { ChangedFilter } from '../../output/pipeline/changed-filter.ts';
import type { TickPipeline } from '../../output/pipeline/pipeline.ts';
import type { PipelineLimits } from '../../output/pipeline/row-pipeline.ts';
import type { RowFormat } from '../../output/rows/encoder.ts';
import type { RowFilter } from '../../output/rows/row-filter.ts';
import type { WriterListener } from '../../output/writer/output-writer.ts';
import type { RowOutput } from '../../output/writer/row-output.ts';
import type { ReceivedRecord } from '../../rows/parsed-line.ts';
import type { RowFlags, StreamFlags } from '../command/flag-groups.ts';
import type { Reporter } from '../program/reporter.ts';

/** The rows to print, and facts about their source. */
export interface PrintedRows {
  readonly subscriptions: readonly Subscription[];
  readonly kinds: readonly Kind[];
  /** Which rows are printed. */
  readonly where?: RowFilter | undefined;
  /** Rows in the order of the subscriptions, at the end, instead of as they come. */
  readonly inOrder?: boolean | undefined;
  /** The source loses nothing by waiting, so the stream waits for a slow reader. */
  readonly sourceWaits?: boolean;
  /** The rows were recorded earlier. */
  readonly isRecorded?: boolean;
  /** A list of symbols was read from stdin. */
  readonly stdinIsRead?: boolean;
}

/** An output whose flags have been checked. */
export interface OutputPlan {
  readonly what: PrintedRows;
  readonly flags: RowFlags & StreamFlags;
  readonly format: RowFormat;
  /** Undefined for stdout. */
  readonly file: string | undefined;
  readonly changed: ChangedFilter | undefined;
}

/** An output whose flags are checked, but which is not open yet. */
export interface PlannedOutput {
  /** Throws `OUTPUT_EXISTS`, `OUTPUT_FAILED`; the signal's AbortError while a named pipe has no reader. */
  open(feed: Feed, signal: AbortSignal): Promise<OpenedOutput>;
  /** A file that is written whole or not at all. */
  readonly wholeFile?: string | undefined;
}

/** What the user of a live table may ask of its stream. */
export interface StreamControls {
  /** Ends the stream with 0. */
  stop(): void;
  /**
   * Watches the book of a symbol, which gives no rows, instead of the one before; undefined for none. `onBook` is called at each of its
   * ticks, and with a text when there will be none.
   */
  watchBook(symbol: string | undefined, onBook: (book: Tick | string) => void): void;
}

interface Opened {
  /** Sets the listener for pressure and failures. A live table makes room for the reporter's messages, and reads keys. */
  listen(listener: WriterListener, reporter: Reporter, controls: StreamControls): void;
  /** A live table shows whether its prices are live. */
  state(state: FeedState): void;
  /** Called before the feed is asked for subscriptions, and whenever they change. */
  change?(added: readonly Subscription[], dropped: readonly Subscription[]): void;
}

/** An output that takes rows of ticks. */
export interface OpenedRows extends Opened {
  readonly rows: RowOutput;
  readonly where: RowFilter | undefined;
  readonly changed: ChangedFilter | undefined;
}

/** An output of rows that are made out of ticks. */
export interface OpenedFilter extends Opened {
  createPipeline(limits: PipelineLimits): RunPipeline;
}

export type OpenedOutput = OpenedRows | OpenedFilter;

/** What a run drives, whatever its rows are. Rows that are no ticks come from a pipe. */
export interface RunPipeline extends Pick<TickPipeline, Extract<keyof TickPipeline, string>> {
  record?(row: ReceivedRecord): void;
}
