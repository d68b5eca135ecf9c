import type { CreateFilter } from '../../filters/tick-filter.ts';
import type { Kind } from '../../market/kinds.ts';
import type { RecordType } from '../../output/records/record-type.ts';
import type { FeedFlags, RowFlags, StreamFlags } from '../command/flag-groups.ts';
import type { CommandContext } from '../program/program.ts';
import type { PlannedOutput } from '../stream/output-plan.ts';

/** Where the ticks come from, for what the output depends on. */
export interface FilterSource {
  readonly isPiped: boolean;
  /** The source loses nothing by waiting, so it waits for a slow reader. */
  readonly waits: boolean;
}

/** What a command makes out of ticks. */
export interface FilterRequest<Row extends object> {
  /** The type of its rows, with the columns that this run adds (`withColumns`). */
  readonly type: RecordType;
  readonly create: CreateFilter<Row>;
  /** Rows of the same key replace each other while the reader is slow. */
  readonly keyOf: (row: Row) => string;
  /** A live table has one line for each key; else it shows the last rows. A table that is printed at the end has all rows. */
  readonly isTableByKey: boolean;
  /** What is subscribed of each symbol; `symbol` means an index's own rows, too. */
  readonly kind: Kind;
  /** Kinds of rows that are read of a pipe. */
  readonly kinds: readonly Kind[];
  /** The columns that are read of ticks: rows of a pipe must have them. */
  readonly needs: readonly string[];
  /** Types of rows that are read of a pipe besides ticks. */
  readonly records?: readonly string[] | undefined;
  /** Optional columns that CSV has in this run, because a flag can give them values. */
  readonly wanted?: readonly string[] | undefined;
  /** The output of rows that are not printed as rows, such as a picture of them. */
  readonly planOutput?: ((source: FilterSource, context: CommandContext) => PlannedOutput) | undefined;
}

export type FilterFlags = FeedFlags & RowFlags & StreamFlags & { readonly file?: string | undefined };
