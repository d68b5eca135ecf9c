import type { Tick } from '../../market/tick.ts';
import { CellWriter } from './cell-writer.ts';

/** Writes one column's value of rows that came finished. A class of its own: to ask each tick which it is costs a sixth of the rate. */
export class FinishedCellWriter extends CellWriter {
  override prepare(tick: Tick): number {
    const { columns } = tick.state;
    if (this.numeric === undefined || columns === undefined) return super.prepare(tick);
    return this.prepareNumber(columns.numberOf(this.numeric));
  }
}
