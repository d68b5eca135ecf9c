import type { RowBatch } from '../../market/tick.ts';
import { ByteBuffer } from '../rows/byte-buffer.ts';
import type { RowFilter } from '../rows/row-filter.ts';

/** Some rows of a batch, one behind the other. */
export type Selection = Pick<RowBatch, 'count' | 'bytes'>;

/** Selects the rows of batches that match, without a tick taking them over. */
export class SelectedRows {
  readonly #where: RowFilter;
  readonly #rows = new ByteBuffer(0);

  constructor(where: RowFilter) {
    this.#where = where;
  }

  /**
   * The rows that match, the first `most` of them; undefined when they have to come one by one. Valid until the next call. Rows that
   * follow each other are copied at once.
   */
  select(batch: RowBatch, most: number): Selection | undefined {
    const { bytes } = batch;
    const into = this.#rows;
    into.length = 0;
    let count = 0;
    let begin = 0;
    /** Where the rows begin that match and are not copied yet; -1 when the last one did not match. */
    let runAt = -1;
    for (let place = 0; place < batch.count && count < most; place++) {
      const end = batch.endAt(place);
      const isMatch = this.#where.matchesRow(batch, place, begin);
      if (isMatch === undefined) return undefined;
      if (isMatch) {
        count++;
        if (runAt < 0) runAt = begin;
      } else if (runAt >= 0) {
        append(bytes, runAt, begin, into);
        runAt = -1;
      }
      begin = end;
    }
    // All of them match: nothing is copied.
    if (runAt === 0 && count === batch.count) return batch;
    if (runAt >= 0) append(bytes, runAt, begin, into);
    return { count, bytes: into.bytes.subarray(0, into.length) };
  }
}

function append(bytes: Uint8Array, begin: number, end: number, into: ByteBuffer): void {
  into.reserve(end - begin);
  into.bytes.set(new Uint8Array(bytes.buffer, bytes.byteOffset + begin, end - begin), into.length);
  into.length += end - begin;
}
