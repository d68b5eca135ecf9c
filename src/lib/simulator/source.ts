import type { SnapshotNames } from '../hsm/data-frame.ts';
import type { TopicKind } from '../market/kinds.ts';

/** What one topic shows now: raw values by slot, which is also the order of the wire. They change in place. */
export interface Source {
  readonly kind: TopicKind;
  readonly names: SnapshotNames;
  readonly values: Int32Array;
  readonly mover: Mover;
}

/** Something whose price moves. Its sources change with it. */
export interface Mover {
  readonly symbol: string;
  /** False for what never changes: asking it to step is no tick. */
  readonly moves: boolean;
  readonly sources: readonly Source[];
  /**
   * The next state. Calls `changed` for this mover, and for every other that had to move with it.
   * @param nowSeconds epoch seconds by the exchange
   */
  step(nowSeconds: number, changed: (mover: Mover) => void): void;
}
