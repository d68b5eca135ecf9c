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

/** The number of a string in a table whose strings are in order; -1 when it does not have it, and for an empty one. */
export function findSorted(table: StringTable, text: string): number {
  if (text === '') return -1;
  let low = 0;
  let high = table.offsets.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (readString(table, middle) < text) low = middle + 1;
    else high = middle;
  }
  return low < table.offsets.length - 1 && readString(table, low) === text ? low : -1;
}

/** All numbers of a string. */
export function findStrings({ offsets, bytes }: StringTable, text: string): number[] {
  const found: number[] = [];
  if (text === '') return found;
  const wanted = Buffer.from(`${END}${text}${END}`);
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) {
    found.push(indexAt(offsets, at + END.length));
  }
  return found;
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

const FIRST_BYTES = 4_096;
/** Of one character, at most. */
const UTF8_BYTES = 3;

/** A table while it grows. */
export class StringTableBuilder {
  #bytes = Buffer.alloc(FIRST_BYTES);
  readonly #offsets: number[] = [END.length];

  add(text: string): void {
    const begin = this.#offsets.at(-1) as number;
    const needed = begin + text.length * UTF8_BYTES + END.length;
    if (needed > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * needed);
    // The memory is zero: the NUL behind the text is there.
    const length = this.#bytes.write(text, begin);
    this.#offsets.push(begin + length + END.length);
  }

  read(index: number): string {
    return this.#bytes.toString('utf8', this.#offsets[index], (this.#offsets[index + 1] as number) - END.length);
  }

  finish(): StringTable {
    return { offsets: Uint32Array.from(this.#offsets), bytes: this.#bytes.subarray(0, this.#offsets.at(-1)) };
  }
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
