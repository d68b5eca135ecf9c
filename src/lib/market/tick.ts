import type { Column } from './columns.ts';
import type { Kind } from './kinds.ts';

/** Every slot changed: what a first snapshot or a new scale says. */
export const ALL_SLOTS = 0x7fffffff;

/** The numbers of a raw row, by column; null where it has none. */
export interface ColumnNumbers {
  numberOf(column: Column): number | null;
}

/**
 * The last values of one topic, as the decoder keeps them. A read-only view: it changes in place with the next message,
 * so whoever keeps values beyond a callback takes a copy (`toRow`).
 */
export interface TopicState {
  /** The topic's name on the wire, for example `sf|nse_cm|3045`. */
  readonly topic: string;
  /** Raw values by slot (slots.ts); meaningless where `known` has no bit. */
  readonly values: Int32Array;
  /** Bit n is set when slot n has had a value. */
  readonly known: number;
  /** Bit n is set when the last message changed slot n. After a first snapshot, or a new scale, it is `ALL_SLOTS`. */
  readonly changed: number;
  /** Price = raw / (multiplier x 10^precision), see price.ts. Multiplier 1 to 65,535, precision 0 to 9. */
  readonly multiplier: number;
  readonly precision: number;
  /** When the last message arrived, epoch milliseconds. */
  readonly receivedAt: number;
  /** The numbers of a raw row, which has no slots. */
  readonly columns?: ColumnNumbers | undefined;
}

/** One subscription's view of its topic. The object is the same for every tick of that subscription. */
export interface Tick {
  /** Small dense number, one for each subscription of a feed: encoders keep their row in an array by it. */
  readonly id: number;
  readonly kind: Kind;
  readonly symbol: string;
  /** Replaced after a reconnect: read it again at each tick. */
  readonly state: TopicState;
  /** The tick's NDJSON row in the contract's order, with its line end, where the source delivers it (a raw row). Valid until this tick's next row. */
  readonly row?: Uint8Array;
}

/** Raw rows one behind the other, in the order in which they came. Valid until the callback returns. */
export interface RowBatch {
  /** How many rows there are, at least one. */
  readonly count: number;
  /** All rows, each with its line end, and nothing else. */
  readonly bytes: Uint8Array;
  /** The tick of a row, by its place from 0 up. Its own `row` and `state` are of an earlier row, or of none. */
  tickAt(place: number): Tick;
  /** Of a row, by its place, the offset behind its line end. */
  endAt(place: number): number;
}
