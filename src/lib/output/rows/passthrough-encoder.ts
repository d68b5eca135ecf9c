import type { Tick } from '../../market/tick.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import type { RowEncoder } from './encoder.ts';

/** Copies raw rows as the bytes they are; all other ticks are encoded. */
export class PassthroughEncoder implements RowEncoder {
  readonly header: string;
  readonly copiesRows = true;
  readonly #encoder: RowEncoder;

  /** @param encoder of the same rows: NDJSON, all fields, times as epoch numbers */
  constructor(encoder: RowEncoder) {
    this.#encoder = encoder;
    this.header = encoder.header;
  }

  skip(tick: Tick): void {
    if (tick.row === undefined) this.#encoder.skip(tick);
  }

  encode(tick: Tick, into: ByteBuffer): void {
    const { row } = tick;
    if (row === undefined) {
      this.#encoder.encode(tick, into);
      return;
    }
    into.reserve(row.length);
    into.bytes.set(row, into.length);
    into.length += row.length;
  }

  forget(tick: Tick): void {
    this.#encoder.forget(tick);
  }
}
