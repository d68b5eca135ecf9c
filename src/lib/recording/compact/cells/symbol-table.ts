/** More than all the exchanges list together: a file with more is not a recording of ticks. */
export const MAX_SYMBOLS = 1_000_000;

/** Printable ASCII, as every symbol of the contract; in it the order of texts is that of their bytes. */
const USABLE = /^[ -~]{1,100}$/;

const FIRST_SLOTS = 1024;
const HASH_SEED = 0x811c9dc5;
const HASH_PRIME = 0x01000193;
const HASH_SHIFT = 15;

/** Gives each symbol a number, in the order they come. */
export class SymbolTable {
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];
  #ranks = new Uint32Array(0);
  /** By hash, the number of a symbol and one; half of them are empty. */
  #slots = new Uint32Array(FIRST_SLOTS);
  /** Of each symbol, its hash and its bytes. */
  readonly #hashes: number[] = [];
  readonly #bytes: Uint8Array[] = [];

  get size(): number {
    return this.#names.length;
  }

  /** The number of a symbol, a new one for a new symbol; undefined for an invalid symbol, or for one too many. */
  add(symbol: string): number | undefined {
    const known = this.#numbers.get(symbol);
    if (known !== undefined) return known;
    if (this.size >= MAX_SYMBOLS || !USABLE.test(symbol)) return undefined;
    const number = this.size;
    const bytes = new Uint8Array(Buffer.from(symbol, 'latin1'));
    this.#names.push(symbol);
    this.#numbers.set(symbol, number);
    this.#bytes.push(bytes);
    this.#hashes.push(hashOf(bytes, 0, bytes.length));
    if (this.size * 2 > this.#slots.length) this.#grow();
    else this.#enter(number);
    return number;
  }

  /** The same for a symbol that stands in bytes: of one that is known, no text is made. */
  addBytes(bytes: Uint8Array, begin: number, end: number): number | undefined {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const hash = hashOf(bytes, begin, end);
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = (slots[slot] as number) - 1;
      if (number < 0) return this.add(Buffer.from(bytes.subarray(begin, end)).toString('latin1'));
      if (this.#hashes[number] === hash && isEqual(this.#bytes[number] as Uint8Array, bytes, begin, end)) return number;
    }
  }

  #enter(number: number): void {
    const slots = this.#slots;
    let slot = (this.#hashes[number] as number) & (slots.length - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
    slots[slot] = number + 1;
  }

  #grow(): void {
    this.#slots = new Uint32Array(this.#slots.length * 4);
    for (let number = 0; number < this.size; number++) this.#enter(number);
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

function hashOf(bytes: Uint8Array, begin: number, end: number): number {
  let hash = HASH_SEED;
  for (let at = begin; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), HASH_PRIME);
  return (hash ^ (hash >>> HASH_SHIFT)) >>> 0;
}

function isEqual(symbol: Uint8Array, bytes: Uint8Array, begin: number, end: number): boolean {
  const { length } = symbol;
  if (end - begin !== length) return false;
  for (let at = 0; at < length; at++) if (symbol[at] !== bytes[begin + at]) return false;
  return true;
}
