import type { Clock } from '../clock/clock.ts';
import type { BarHistory } from '../history/bar-history.ts';
import type { Tick } from '../market/tick.ts';
import type { ControlRow } from '../output/rows/control-rows.ts';
import type { ReceivedRecord } from '../rows/parsed-line.ts';

/**
 * Makes rows out of ticks: bars, alerts. It gets everything in the order in which it happened, reads no clock but that of the rows and
 * the one of its surroundings, and keeps a bounded state for each symbol. No method may throw.
 */
export interface TickFilter {
  /** The tick's state is valid until the method returns. */
  tick(tick: Tick): void;
  /** A gap, a loss of rows, a new state of the feed: to be acted on. With `--events` it is printed after this. */
  control(row: ControlRow): void;
  /** A row of one of the types that the filter reads besides ticks. */
  record?(row: ReceivedRecord): void;
  /** Before the end of an input that has no more rows: resolves when nothing is waited for; undefined when nothing is. */
  settle?(): Promise<void> | undefined;
  /** Nothing follows: what is left becomes rows now, and timers end. Called once, also when nothing can be written any more. */
  end(): void;
}

/** Where the rows of a filter go. Both methods may be called at any time until `end` returns; later rows are left out. */
export interface FilterOutput<Row> {
  /** Prints a row. It counts for `--count`, and may be conflated or dropped while the reader is slow. */
  emit(row: Row): void;
  /** Shows a row in a live table, where there is one, until a newer one of the same key replaces it. It is no printed row. */
  preview(row: Row): void;
  /** Asks the source to wait, where it can, or to go on. */
  hold(on: boolean): void;
  /** Prints a message on stderr: what people should know of this run, such as rows that came too late. */
  warn(message: string, fields: { readonly event: string } & Readonly<Record<string, string | number>>): void;
}

/** What a filter may know about where it runs. */
export interface FilterSurroundings {
  readonly clock: Clock;
  /** The feed was opened by this command and delivers as it happens: not stdin, not a recording. Only then does the wall clock count. */
  readonly isLive: boolean;
  /** Rows are shown in a live table, so that `preview` is of use. */
  readonly isLiveTable: boolean;
  /** The broker's own candles, where the feed has a way to them. */
  readonly history?: BarHistory | undefined;
  /** Whether the prices are made up; of rows that are piped in it is known from the first one on. */
  isSimulated(): boolean;
}

/** Makes the filter of one run. */
export type CreateFilter<Row> = (output: FilterOutput<Row>, surroundings: FilterSurroundings) => TickFilter;
