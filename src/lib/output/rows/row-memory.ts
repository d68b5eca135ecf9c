import { ArrayPool } from '../../memory/array-pool.ts';

/** Rows are as long as they are, in steps of so much: a row that grows seldom needs another place. */
const STEP_BYTES = 64;

/** The memory of all rows of an encoder. */
export class RowMemory {
  readonly bytes = new ArrayPool(Uint8Array, STEP_BYTES);
  readonly ends = new ArrayPool(Int32Array);
  #draft = new Uint8Array(0);

  /** Room for a row whose length is not known yet. Valid until the next call. */
  draft(maxBytes: number): Uint8Array {
    if (this.#draft.length < maxBytes) this.#draft = new Uint8Array(maxBytes);
    return this.#draft;
  }
}
