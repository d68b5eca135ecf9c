/*
 * A hash table with open addresses that finds a row by its symbol: a slot has a row + 1, or 0 when it is free. The symbols
 * themselves are elsewhere. At most half of the slots are taken, so that most look-ups end at the first.
 */

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const FIRST_SLOTS = 1_024;

/** FNV-1a over the characters of a text. */
function hashText(text: string): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  return hash >>> 0;
}

/** The slot of a symbol; a free one when the table does not have it. @param symbolAt of a row */
export function findSlot(slots: Uint32Array, symbol: string, symbolAt: (row: number) => string): number {
  const mask = slots.length - 1;
  for (let slot = hashText(symbol) & mask; ; slot = (slot + 1) & mask) {
    const entry = slots[slot] as number;
    if (entry === 0 || symbolAt(entry - 1) === symbol) return slot;
  }
}

/** The table while it grows. */
export class SymbolSlots {
  readonly #symbolAt: (row: number) => string;
  #slots = new Uint32Array(FIRST_SLOTS);
  #count = 0;

  /** @param symbolAt of a row that was added */
  constructor(symbolAt: (row: number) => string) {
    this.#symbolAt = symbolAt;
  }

  /** Returns false, and changes nothing, when a row has this symbol already. */
  add(symbol: string, row: number): boolean {
    if (2 * (this.#count + 1) > this.#slots.length) this.#grow();
    const slot = findSlot(this.#slots, symbol, this.#symbolAt);
    if (this.#slots[slot] !== 0) return false;
    this.#slots[slot] = row + 1;
    this.#count++;
    return true;
  }

  /** The table for rows in another order. @param order the old number of each new row */
  renumber(order: Uint32Array): Uint32Array {
    const places = new Uint32Array(order.length);
    for (const [place, row] of order.entries()) places[row] = place;
    return this.#slots.map((entry) => (entry === 0 ? 0 : (places[entry - 1] as number) + 1));
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(2 * old.length);
    const mask = this.#slots.length - 1;
    for (const entry of old) {
      if (entry === 0) continue;
      let slot = hashText(this.#symbolAt(entry - 1)) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = entry;
    }
  }
}
