import type { Kind } from '../../market/kinds.ts';
import { FixedTexts } from './fixed-texts.ts';
import { readNumber } from './read-number.ts';
import { type RowShape, rowShape, type ValuePath } from './row-shape.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const CLOSING_BRACE = 0x7d;

/**
 * Reads some numbers of raw rows of one kind. It goes over a row only as far as the last of them, and checks what decides which number
 * is which: the type, and the key in front of each number. The form of the values that it passes is not checked: the rows are those of
 * a hub, or of a recording that was checked.
 */
export class RowProbe {
  readonly #texts: FixedTexts;
  /** Of each value up to the last that is wanted: where its number goes, -1 for nowhere. */
  readonly #targets: Int32Array;
  /** Of each value, whether the text in front of it is compared: 1 or 0. */
  readonly #isChecked: Uint8Array;
  #bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);

  /** @param paths of the numbers; each must be among the values of the kind's rows */
  constructor(kind: Kind, paths: readonly ValuePath[], shape: RowShape = rowShape(kind)) {
    const { texts, values } = shape;
    const places = paths.map((path) => values.findIndex((value) => value.path === path));
    if (places.includes(-1)) throw new RangeError(`rows of kind ${kind} lack one of ${paths.join(', ')}`);
    const length = Math.max(0, ...places.map((place) => place + 1));
    this.#targets = new Int32Array(length).fill(-1);
    for (const [target, place] of places.entries()) this.#targets[place] = target;
    this.#texts = new FixedTexts(texts.slice(0, length));
    // The levels of a book have the same keys: there the way to a number says which it is.
    const areUnique = places.every(
      (place) => texts.indexOf(texts[place] as string) === texts.lastIndexOf(texts[place] as string),
    );
    this.#isChecked = Uint8Array.from(this.#targets, (target, place) =>
      place === 0 || target >= 0 || !areUnique ? 1 : 0,
    );
  }

  /**
   * Puts the numbers of the row between `begin` and `end` into an array, in the order of `paths`; NaN for null. False when the row is of
   * another form: then the array means nothing.
   */
  read(bytes: Uint8Array, begin: number, end: number, into: Float64Array): boolean {
    if (bytes !== this.#bytes) this.#look(bytes);
    const view = this.#view;
    const targets = this.#targets;
    const { lengths, firstWords, offsets, words } = this.#texts;
    const isChecked = this.#isChecked;
    let at = begin;
    for (let place = 0; place < targets.length; place++) {
      const length = lengths[place] as number;
      if (at + length >= end) return false;
      if (isChecked[place] === 1) {
        const lastWord = firstWords[place + 1] as number;
        for (let word = firstWords[place] as number; word < lastWord; word++) {
          if (view.getInt32(at + (offsets[word] as number), true) !== words[word]) return false;
        }
      }
      at += length;
      const start = at;
      if (place === 0) {
        // The symbol, whose first text ends with a quote.
        while (at < end && bytes[at] !== QUOTE) at++;
        continue;
      }
      let byte = bytes[at] as number;
      while (byte !== COMMA && byte !== CLOSING_BRACE && at < end) byte = bytes[++at] as number;
      const target = targets[place] as number;
      if (target >= 0) into[target] = readNumber(bytes, start, at);
    }
    return true;
  }

  #look(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}
