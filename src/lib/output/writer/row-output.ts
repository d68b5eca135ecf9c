import type { Subscription } from '../../market/kinds.ts';
import type { Tick } from '../../market/tick.ts';
import type { ControlRow } from '../rows/control-rows.ts';
import type { WriterEnd, WriterEndOptions } from './output-writer.ts';

/** What the pipeline drives: rows of bytes, or a table. Ticks come in stream order. */
export interface RowOutput {
  /** This tick is a row. False when it becomes none after all, and so does not count. */
  tick(tick: Tick): boolean;
  /** A tick that is not a row now: filtered, conflated or dropped. The next row of it must show what changed here, too. */
  skip(tick: Tick): void;
  /** These may give rows from now on, where what has none yet is shown, too. */
  expect?(subscriptions: readonly Subscription[]): void;
  /** These give no more rows, where old ones would still be shown. */
  forget?(subscriptions: readonly Subscription[]): void;
  /** A row about the stream itself, where the format has such rows. False when there was no room for it. */
  control?(row: ControlRow): boolean;
  /** Writes out what is left. Calling again may only make it less patient. Throws `OUTPUT_FAILED`. */
  end(options: WriterEndOptions): Promise<WriterEnd>;
}
