import type { Tick } from '../../market/tick.ts';
import type { ByteBuffer } from './byte-buffer.ts';

/** How times are printed: epoch seconds and milliseconds as they are, or ISO 8601 in IST. */
export type TimeFormat = 'epoch' | 'iso';
/** What `--format` takes. */
export const FORMATS = ['ndjson', 'csv', 'table'] as const;
export type Format = (typeof FORMATS)[number];
/** `raw` is `--raw`: values alone, separated by tabs, for a shell's variables. */
export type RowFormat = Format | 'raw';

/** Encodes ticks as rows of bytes. One encoder serves one output: it keeps the last row of each subscription. */
export interface RowEncoder {
  /**
   * A tick of this subscription that will not be printed now. The next `encode` of it must show what changed here, too.
   * Called for every tick that is filtered, conflated or dropped.
   */
  skip(tick: Tick): void;
  /** Appends one whole row, with its line end. */
  encode(tick: Tick, into: ByteBuffer): void;
  /**
   * Appends rows of the contract as this encoder prints them, without a tick for each. False when one of them is of another form:
   * then `into` means nothing. Left out where rows need ticks.
   */
  encodeRows?(rows: Uint8Array, into: ByteBuffer): boolean;
  /** Forgets a tick that ended; its id may be used again. */
  forget(tick: Tick): void;
  /** The line above the rows (the CSV header), or an empty string. */
  readonly header: string;
  /** Whether raw rows are appended as the bytes they are, so that many may be appended at once. */
  readonly copiesRows?: boolean;
}
