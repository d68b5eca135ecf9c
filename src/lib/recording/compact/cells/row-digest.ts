import { crc32 } from 'node:zlib';
import { type CellBatch, type CellLayout, SYMBOL_CELL } from './cell-layout.ts';
import type { SymbolTable } from './symbol-table.ts';

const GOLDEN_RATIO = 0x9e3779b1;
const MIX = 0x85ebca6b;
const WORDS_PER_CELL = 2;
const FIRST_SYMBOLS = 1024;
/** A sum of 32-bit hashes below this is exact as a double. */
const SUM_LIMIT = 2 ** 52;

/** Rows whose cells stand column by column. */
export interface CellColumns {
  readonly rows: number;
  /** The values of the cells that stand at `at` in their rows, and more behind them. */
  column(at: number): Float64Array;
  /** The same memory as integers of 32 bits. */
  words(at: number): Uint32Array;
}

/**
 * How many rows of each symbol there were, and a checksum over all their values that does not depend on their order. A row's hash is a
 * sum, in which each half of a cell has a factor of its own, mixed: no step waits for the one before.
 */
export class RowDigest {
  readonly #width: number;
  /** Of each half of a cell: odd, so that each of its bits counts. The symbol has 0: it has its own sum. */
  readonly #factors: Int32Array;
  #counts: Float64Array = new Float64Array(FIRST_SYMBOLS);
  #sums: Float64Array = new Float64Array(FIRST_SYMBOLS);
  /** Symbols with a number below this may have rows. */
  #symbols = 0;
  rows = 0;

  constructor(layout: CellLayout) {
    this.#width = layout.width;
    this.#factors = Int32Array.from({ length: layout.width * WORDS_PER_CELL }, (_, word) =>
      Math.floor(word / WORDS_PER_CELL) === SYMBOL_CELL ? 0 : mix(word + 1) | 1,
    );
  }

  add({ cells, rows }: CellBatch): void {
    const width = this.#width;
    const factors = this.#factors;
    const rowWords = width * WORDS_PER_CELL;
    const words = new Int32Array(cells.buffer, cells.byteOffset, rows * rowWords);
    for (let row = 0, at = 0; row < rows; row++) {
      let hash = 0;
      for (let word = 0; word < rowWords; word++) {
        hash = (hash + Math.imul(words[at++] as number, factors[word] as number)) | 0;
      }
      this.#count(cells[row * width + SYMBOL_CELL] as number, mix(hash) >>> 0);
    }
    this.rows += rows;
  }

  /** The same of rows that stand column by column. */
  addColumns(group: CellColumns): void {
    const { rows } = group;
    const hashes = new Int32Array(rows);
    for (let cell = 0; cell < this.#width; cell++) {
      const low = this.#factors[cell * WORDS_PER_CELL] as number;
      const high = this.#factors[cell * WORDS_PER_CELL + 1] as number;
      const halves = group.words(cell);
      for (let row = 0, at = 0; row < rows; row++, at += WORDS_PER_CELL) {
        const sum = Math.imul(halves[at] as number, low) + Math.imul(halves[at + 1] as number, high);
        hashes[row] = (hashes[row] as number) + sum;
      }
    }
    const symbols = group.column(SYMBOL_CELL);
    for (let row = 0; row < rows; row++) this.#count(symbols[row] as number, mix(hashes[row] as number) >>> 0);
    this.rows += rows;
  }

  #count(symbol: number, hash: number): void {
    if (symbol >= this.#symbols) this.#grow(symbol + 1);
    (this.#counts[symbol] as number)++;
    const sum = (this.#sums[symbol] as number) + hash;
    this.#sums[symbol] = sum < SUM_LIMIT ? sum : sum - SUM_LIMIT;
  }

  #grow(symbols: number): void {
    this.#symbols = symbols;
    if (symbols <= this.#counts.length) return;
    const grow = (values: Float64Array): Float64Array => {
      const grown = new Float64Array(symbols * 2);
      grown.set(values);
      return grown;
    };
    this.#counts = grow(this.#counts);
    this.#sums = grow(this.#sums);
  }

  /** All of it in one number, the same for the same rows whatever numbers their symbols have. */
  summary(symbols: SymbolTable): number {
    const lines: string[] = [];
    for (let symbol = 0; symbol < this.#symbols; symbol++) {
      const count = this.#counts[symbol] as number;
      if (count > 0) lines.push(`${symbols.nameOf(symbol)} ${count} ${this.#sums[symbol]}\n`);
    }
    return crc32(lines.sort().join(''));
  }

  /** The numbers of the symbols whose rows are not the same in both. */
  differences(other: RowDigest): number[] {
    const found: number[] = [];
    for (let symbol = 0; symbol < Math.max(this.#symbols, other.#symbols); symbol++) {
      const isSame =
        (this.#counts[symbol] ?? 0) === (other.#counts[symbol] ?? 0) &&
        (this.#sums[symbol] ?? 0) === (other.#sums[symbol] ?? 0);
      if (!isSame) found.push(symbol);
    }
    return found;
  }
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), GOLDEN_RATIO);
  mixed = Math.imul(mixed ^ (mixed >>> 15), MIX);
  return mixed ^ (mixed >>> 13);
}
