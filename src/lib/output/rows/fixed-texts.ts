/** One comparison. */
export const WORD_BYTES = 4;

/**
 * Texts that are compared with the bytes of a row, a word of four bytes at a time. Where the length of a text is no multiple of four,
 * its last word overlaps the one before.
 */
export class FixedTexts {
  readonly lengths: Int32Array;
  /** Of each text, the place of its first word; one more place for the end of the last. */
  readonly firstWords: Int32Array;
  readonly offsets: Int32Array;
  readonly words: Int32Array;
  /** Of a text that is shorter than a word. */
  readonly #short: Uint8Array | undefined;

  constructor(texts: readonly string[]) {
    const offsets: number[] = [];
    const words: number[] = [];
    const firstWords: number[] = [0];
    for (const text of texts) {
      for (let at = 0; at + WORD_BYTES <= text.length; at += WORD_BYTES) {
        offsets.push(at);
        words.push(wordOf(text.slice(at)));
      }
      const isRagged = text.length % WORD_BYTES !== 0 && text.length > WORD_BYTES;
      if (isRagged) {
        offsets.push(text.length - WORD_BYTES);
        words.push(wordOf(text.slice(-WORD_BYTES)));
      }
      firstWords.push(words.length);
    }
    this.lengths = Int32Array.from(texts, ({ length }) => length);
    this.firstWords = Int32Array.from(firstWords);
    this.offsets = Int32Array.from(offsets);
    this.words = Int32Array.from(words);
    const [only = ''] = texts;
    this.#short = only.length < WORD_BYTES ? Buffer.from(only, 'latin1') : undefined;
  }

  /** Where the only text ends if it stands at `at`, else -1. */
  skip(view: DataView, at: number, end: number): number {
    const after = at + (this.lengths[0] as number);
    if (after > end) return -1;
    const short = this.#short;
    if (short) {
      for (let place = 0; place < short.length; place++) if (view.getUint8(at + place) !== short[place]) return -1;
      return after;
    }
    for (let word = 0; word < this.words.length; word++) {
      if (view.getInt32(at + (this.offsets[word] as number), true) !== this.words[word]) return -1;
    }
    return after;
  }
}

/** Four ASCII characters as the integer that they are in memory. */
export function wordOf(text: string): number {
  return Buffer.from(text, 'latin1').readInt32LE(0);
}
