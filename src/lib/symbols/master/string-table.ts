/** Strings one after the other in one piece of memory, by number. */
export interface StringTable {
  /** Where each begins, and where one more would begin. */
  readonly offsets: Uint32Array;
  /** UTF-8, a NUL in front of the first string and behind each. */
  readonly bytes: Buffer;
}

/** No string has this character. */
const END = '\0';

export function readString({ offsets, bytes }: StringTable, index: number): string {
  return bytes.toString('utf8', offsets[index], (offsets[index + 1] as number) - 1);
}

/** The number of a string; -1 when the table does not have it. */
export function findString({ offsets, bytes }: StringTable, text: string): number {
  const at = bytes.indexOf(`${END}${text}${END}`);
  return at < 0 || text === '' ? -1 : indexAt(offsets, at + 1);
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
  let length = END.length;
  for (const [index, text] of strings.entries()) {
    offsets[index] = length;
    length += Buffer.byteLength(text) + END.length;
  }
  offsets[strings.length] = length;
  return { offsets, bytes: Buffer.from(`${END}${strings.map((text) => `${text}${END}`).join('')}`) };
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
