import type { Tick } from '../../market/tick.ts';

/** Decides by the values of a tick whether it is a row. */
export interface RowFilter {
  matches(tick: Tick): boolean;
  /**
   * The same of a raw row of this tick, which the tick has not taken over: its line is in `bytes` from `begin` to `end`. Undefined when
   * only `matches` can decide, because the row is of another form.
   */
  matchesRow(tick: Tick, bytes: Uint8Array, begin: number, end: number): boolean | undefined;
}
