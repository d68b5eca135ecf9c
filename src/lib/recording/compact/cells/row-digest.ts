import { crc32 } from 'node:zlib';
import { type CellLayout, type RowBatch, SYMBOL_CELL } from './cell-layout.ts';
import type { SymbolTable } from './symbol-table.ts';

const HASH_SEED = 0x811c9dc5;
const HASH_PRIME = 0x01000193;
const HASH_SHIFT = 13;
/** A sum of 32-bit hashes below this is exact as a double. */
const SUM_LIMIT = 2 ** 52;

/** How many rows of each symbol there were, and a checksum over all their values that does not depend on their order. */
export class RowDigest {
  readonly #layout: CellLayout;
  readonly #counts: number[] = [];
  readonly #sums: number[] = [];
  rows = 0;

  constructor(layout: CellLayout) {
    this.#layout = layout;
  }

  add({ cells, rows }: RowBatch): void {
    const { width } = this.#layout;
    const words = new Uint32Array(cells.buffer, cells.byteOffset, cells.length * 2);
    for (let row = 0; row < rows; row++) {
      const symbol = cells[row * width + SYMBOL_CELL] as number;
      const end = (row + 1) * width * 2;
      let hash = HASH_SEED;
      for (let at = (row * width + SYMBOL_CELL + 1) * 2; at < end; at++) {
        hash = Math.imul(hash ^ (words[at] as number), HASH_PRIME);
        hash ^= hash >>> HASH_SHIFT;
      }
      this.#counts[symbol] = (this.#counts[symbol] ?? 0) + 1;
      this.#sums[symbol] = ((this.#sums[symbol] ?? 0) + (hash >>> 0)) % SUM_LIMIT;
    }
    this.rows += rows;
  }

  /** All of it in one number, the same for the same rows whatever numbers their symbols have. */
  summary(symbols: SymbolTable): number {
    const lines = this.#counts.map((count, symbol) => `${symbols.nameOf(symbol)} ${count} ${this.#sums[symbol]}\n`);
    return crc32(lines.sort().join(''));
  }

  /** The numbers of the symbols whose rows are not the same in both. */
  differences(other: RowDigest): number[] {
    const found: number[] = [];
    for (let symbol = 0; symbol < Math.max(this.#counts.length, other.#counts.length); symbol++) {
      const isSame =
        (this.#counts[symbol] ?? 0) === (other.#counts[symbol] ?? 0) &&
        (this.#sums[symbol] ?? 0) === (other.#sums[symbol] ?? 0);
      if (!isSame) found.push(symbol);
    }
    return found;
  }
}
