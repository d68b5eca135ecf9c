import type { BarKind, BarRow } from './bar-row.ts';
import type { FormingBar, RowChange } from './forming-bar.ts';
import type { GapTimes } from './gap-times.ts';

/** What became of a row in a series of bars. `late`: its bar was printed before. */
export type Placement = 'placed' | 'late' | 'none';

/** Where a series brings its bars. */
export interface BarSink {
  /** A bar is complete. */
  close(series: BarSeries, bar: FormingBar): void;
  /** A bar that was complete has changed. */
  revise(series: BarSeries, bar: FormingBar): void;
}

/** The symbol of a series. */
export interface SeriesOwner {
  readonly symbol: string;
  readonly kind: BarKind;
  readonly gaps: GapTimes;
  /** Epoch milliseconds, of its last row. */
  readonly receivedAt: number;
}

/** The bars of one symbol and one interval. */
export interface BarSeries {
  readonly owner: SeriesOwner;
  readonly interval: string;
  /** When the next of its bars closes, epoch milliseconds by the clock of its rows; infinite without a bar. */
  readonly dueMs: number;
  /** In the order of their starts. More than one while late rows of the first are waited for. */
  readonly forming: readonly FormingBar[];
  /** A row with a trade. @param session the row's, epoch seconds */
  add(row: BarRow, change: RowChange, session: Session): Placement;
  /**
   * A row whose price is known and nothing else: it opens a bar, unless the time of the price is over.
   * @param nowMs the clock of the rows, epoch milliseconds
   */
  addPrice(row: BarRow, change: RowChange, session: Session, nowMs: number): void;
  /** A correction: the bar of this time was not seen as it is. @param time epoch seconds */
  spoil(time: number): void;
  /** There was a gap, which the owner's `gaps` has already. */
  gap(): void;
  /** Closes the bar that is due first. */
  closeNext(): void;
}

/** When it began and ends, epoch seconds. */
export interface Session {
  readonly from: number;
  readonly to: number;
}
