import type { RowBlock } from './row-block.ts';
import { RowScanners } from './row-scanner.ts';

const FIRST_CAPACITY = 1_024;

/** Collects the rows that scanners find one behind the other. The arrays of one block are those of the next. */
export class RowBlockBuilder {
  readonly #scanners: RowScanners;
  #ends = new Int32Array(FIRST_CAPACITY);
  #times = new Float64Array(FIRST_CAPACITY);
  #rows = 0;
  #begin = 0;
  #kinds = 0;

  constructor(scanners = new RowScanners()) {
    this.#scanners = scanners;
  }

  /** Adds the row that stands at `begin`. Returns the offset behind its line end, or -1 when there is none. */
  add(bytes: Uint8Array, begin: number, end: number): number {
    const scanner = this.#scanners.find(bytes, begin);
    if (scanner === undefined) return -1;
    const rowEnd = scanner.scan(bytes, begin, end);
    if (rowEnd < 0) return -1;
    if (this.#rows === 0) this.#begin = begin;
    else if (this.#rows === this.#ends.length) this.#grow();
    this.#ends[this.#rows] = rowEnd - this.#begin;
    this.#times[this.#rows] = scanner.number(scanner.timePlace);
    this.#rows++;
    this.#kinds |= scanner.kindBit;
    return rowEnd;
  }

  /** The rows that were added since the last call. @param bytes of these rows and of no others */
  take(bytes: Buffer): RowBlock {
    const block = { bytes, rows: this.#rows, ends: this.#ends, times: this.#times, kinds: this.#kinds };
    this.#rows = 0;
    this.#kinds = 0;
    return block;
  }

  #grow(): void {
    const ends = new Int32Array(this.#rows * 2);
    ends.set(this.#ends);
    this.#ends = ends;
    const times = new Float64Array(this.#rows * 2);
    times.set(this.#times);
    this.#times = times;
  }
}
