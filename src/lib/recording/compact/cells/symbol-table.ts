/** More than all the exchanges list together: a file with more is not a recording of ticks. */
export const MAX_SYMBOLS = 1_000_000;

/** Printable ASCII, as every symbol of the contract; in it the order of texts is that of their bytes. */
const USABLE = /^[ -~]{1,100}$/;

/** Gives each symbol a number, in the order they come. */
export class SymbolTable {
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];
  #ranks = new Uint32Array(0);

  get size(): number {
    return this.#names.length;
  }

  /** The number of a symbol, a new one for a new symbol; undefined for an invalid symbol, or for one too many. */
  add(symbol: string): number | undefined {
    const known = this.#numbers.get(symbol);
    if (known !== undefined) return known;
    if (this.size >= MAX_SYMBOLS || !USABLE.test(symbol)) return undefined;
    this.#names.push(symbol);
    this.#numbers.set(symbol, this.size - 1);
    return this.size - 1;
  }

  /** The number of a symbol that was added. */
  find(symbol: string): number | undefined {
    return this.#numbers.get(symbol);
  }

  nameOf(number: number): string {
    return this.#names[number] as string;
  }

  /** The place of each symbol, by its number, in the sorted order of all. Symbols added later do not change the order of the others. */
  ranks(): Uint32Array {
    if (this.#ranks.length !== this.size) {
      const order = this.#names.map((_, number) => number);
      order.sort((a, b) => (this.nameOf(a) < this.nameOf(b) ? -1 : 1));
      this.#ranks = new Uint32Array(this.size);
      for (let rank = 0; rank < order.length; rank++) this.#ranks[order[rank] as number] = rank;
    }
    return this.#ranks;
  }
}
