const HASH_LOW = 0x9e3779b1;
const HASH_HIGH = 0x85ebca6b;
const WORDS_PER_DOUBLE = 2;

/** The different values of a column, and which of them each row has. Used again for the next column. */
export class ValueDictionary {
  /** The different values, in the order in which they came. */
  readonly values: Float64Array;
  size = 0;
  /** Of each row that has a value, its place among `values`; room for seven more, as they are packed by eights. */
  readonly codes: Uint32Array;
  /** Rows that have a value. */
  present = 0;
  /** Of each row, 1 when it has a value; complete only when one has none. */
  readonly levels: Uint32Array;
  readonly #slots: Int32Array;
  readonly #shift: number;

  /** @param maxRows in a column */
  constructor(maxRows: number) {
    const bits = Math.max(4, Math.ceil(Math.log2(maxRows)) + 1);
    this.values = new Float64Array(maxRows);
    this.codes = new Uint32Array(maxRows + 7);
    this.levels = new Uint32Array(maxRows + 7);
    this.#slots = new Int32Array(1 << bits);
    this.#shift = 32 - bits;
  }

  /**
   * Numbers the values of a column; NaN, which stands for null, has no number. False when there are more than `maxSize` different
   * ones: then only `levels` and `present` are of use.
   * @param words the memory of `values`
   */
  build(values: Float64Array, words: Uint32Array, rows: number, maxSize: number): boolean {
    const { codes, levels } = this;
    const slots = this.#slots.fill(0);
    const mask = slots.length - 1;
    const found = this.values;
    let isFull = false;
    let size = 0;
    let present = 0;
    let last = Number.NaN;
    let code = 0;
    for (let row = 0; row < rows; row++) {
      const value = values[row] as number;
      if (value === last) {
        if (present < row) levels[row] = 1;
        codes[present++] = code;
        continue;
      }
      if (Number.isNaN(value)) {
        if (present === row) levels.fill(1, 0, row);
        levels[row] = 0;
        continue;
      }
      if (present < row) levels[row] = 1;
      last = value;
      if (!isFull) {
        const low = words[row * WORDS_PER_DOUBLE] as number;
        const high = words[row * WORDS_PER_DOUBLE + 1] as number;
        let hash = Math.imul(low, HASH_LOW) ^ Math.imul(high, HASH_HIGH);
        hash = Math.imul(hash ^ (hash >>> 15), HASH_LOW);
        for (let slot = hash >>> this.#shift; ; slot = (slot + 1) & mask) {
          code = (slots[slot] as number) - 1;
          if (code < 0) {
            if (size >= maxSize) {
              isFull = true;
              break;
            }
            found[size++] = value;
            slots[slot] = size;
            code = size - 1;
            break;
          }
          if (found[code] === value) break;
        }
      }
      codes[present++] = code;
    }
    this.size = size;
    this.present = present;
    return !isFull;
  }
}
