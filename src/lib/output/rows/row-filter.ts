import type { RowBatch, Tick } from '../../market/tick.ts';

/** Decides by the values of a tick whether it is a row. */
export interface RowFilter {
  matches(tick: Tick): boolean;
  /**
   * The same of a row of a batch, which its tick has not taken over. Undefined when only `matches` can decide, because the row is of
   * another form.
   * @param begin where the row begins in the bytes of the batch
   */
  matchesRow(batch: RowBatch, place: number, begin: number): boolean | undefined;
}
