/** Strings one after the other in one piece of memory, by number. */
export interface StringTable {
  /** Where each begins, and where the last one ends. */
  readonly offsets: Uint32Array;
  /** UTF-8. */
  readonly bytes: Buffer;
}

export function readString({ offsets, bytes }: StringTable, index: number): string {
  return bytes.toString('utf8', offsets[index], offsets[index + 1]);
}

/** The number of a string; -1 when the table does not have it. */
export function findString({ offsets, bytes }: StringTable, text: string): number {
  const wanted = Buffer.from(text);
  if (wanted.length === 0) return -1;
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) {
    const index = indexAt(offsets, at);
    if (offsets[index] === at && offsets[index + 1] === at + wanted.length) return index;
  }
  return -1;
}

/** Which string a byte belongs to. */
function indexAt(offsets: Uint32Array, at: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] as number) <= at) low = middle;
    else high = middle;
  }
  return low;
}

export function buildStringTable(strings: readonly string[]): StringTable {
  const offsets = new Uint32Array(strings.length + 1);
  let length = 0;
  for (const [index, text] of strings.entries()) {
    length += Buffer.byteLength(text);
    offsets[index + 1] = length;
  }
  return { offsets, bytes: Buffer.from(strings.join('')) };
}

/** Gives each different string a number, in the order in which they come. */
export class StringNumbers {
  readonly #numbers = new Map<string, number>();

  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  get strings(): string[] {
    return [...this.#numbers.keys()];
  }
}
