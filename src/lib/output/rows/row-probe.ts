import type { Kind } from '../../market/kinds.ts';
import { createByteSet } from '../../text/byte-set.ts';
import { FixedTexts } from './fixed-texts.ts';
import { readNumber } from './read-number.ts';
import { type RowShape, rowShape, type ValuePath } from './row-shape.ts';

const LINE_END = 0x0a;
const COLON = 0x3a;
const LETTER_E = 0x65;
/** No number and no symbol has one of these. */
const BEHIND_VALUE = createByteSet(',}"\n');
/** `}` and the line end. */
const END_BYTES = 2;

/**
 * Reads some numbers of raw rows of one kind. It goes over a row only as far as it has to, from the front and from the end, and checks what
 * decides which number is which: the type, and the key in front of each number. The form of other values is not checked: the rows are
 * those of a hub, or of a recording that was checked.
 */
export class RowProbe {
  readonly #texts: FixedTexts;
  /** Of each value, the length of the text in front of it. */
  readonly #lengths: Int32Array;
  /** The values that are read from the front and from the end, each list in the order of the way. Places among the values of a row. */
  readonly #fromFront: Int32Array;
  readonly #fromEnd: Int32Array;
  /** Of each value, where its number goes; -1 for nowhere. */
  readonly #targets: Int32Array;
  readonly #valueCount: number;
  readonly #markBytes: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);

  /** @param paths of the numbers; each must be among the values of the kind's rows */
  constructor(kind: Kind, paths: readonly ValuePath[], shape: RowShape = rowShape(kind)) {
    const { texts, values } = shape;
    const places = paths.map((path) => values.findIndex((value) => value.path === path));
    if (places.includes(-1)) throw new RangeError(`rows of kind ${kind} lack one of ${paths.join(', ')}`);
    this.#valueCount = values.length;
    this.#markBytes = shape.simulatedEnd.length - shape.end.length;
    this.#targets = new Int32Array(values.length).fill(-1);
    for (const [target, place] of places.entries()) this.#targets[place] = target;
    this.#texts = new FixedTexts(texts);
    this.#lengths = this.#texts.lengths;
    // The levels of a book have the same keys: there the way to a number says which it is, and each key on it is checked.
    const isUnique = (place: number): boolean => texts.filter((text) => text === texts[place]).length === 1;
    const wanted = places.every(isUnique)
      ? [...new Set(places)].sort((a, b) => a - b)
      : values.map((_, place) => place);
    // At the place where the two ways together are shortest.
    const steps = [...wanted, values.length].map((place, split) => (wanted[split - 1] ?? 0) + values.length - place);
    const split = steps.indexOf(Math.min(...steps));
    this.#fromFront = Int32Array.from(wanted.slice(0, split).filter((place) => place > 0));
    this.#fromEnd = Int32Array.from(wanted.slice(split).reverse());
  }

  /**
   * Puts the numbers of the row between `begin` and `end` into an array, in the order of `paths`; NaN for null. False when the row is of
   * another form: then the array means nothing.
   */
  read(bytes: Uint8Array, begin: number, end: number, into: Float64Array): boolean {
    if (bytes !== this.#bytes) this.#look(bytes);
    // So that no loop over values runs on behind the end.
    if (bytes[end - 1] !== LINE_END) return false;
    const front = begin + (this.#lengths[0] as number);
    if (front >= end || !this.#hasText(0, begin)) return false;
    return this.#readFromFront(bytes, front, end, into) && this.#readFromEnd(bytes, front, end, into);
  }

  /** @param front where the symbol begins */
  #readFromFront(bytes: Uint8Array, front: number, end: number, into: Float64Array): boolean {
    const lengths = this.#lengths;
    const wanted = this.#fromFront;
    let at = front;
    let place = 1;
    for (let step = 0; step < wanted.length; step++) {
      const target = wanted[step] as number;
      // Over the value that was reached, then over the values in between, each with the text in front of it.
      while (BEHIND_VALUE[bytes[at] as number] === 0) at++;
      for (; place < target; place++) {
        at += lengths[place] as number;
        while (BEHIND_VALUE[bytes[at] as number] === 0) at++;
      }
      const start = at + (lengths[target] as number);
      if (start >= end || !this.#hasText(target, at)) return false;
      at = start;
      while (BEHIND_VALUE[bytes[at] as number] === 0) at++;
      const number = this.#targets[target] as number;
      if (number >= 0) into[number] = readNumber(bytes, start, at);
      place = target + 1;
    }
    return true;
  }

  #readFromEnd(bytes: Uint8Array, front: number, end: number, into: Float64Array): boolean {
    const lengths = this.#lengths;
    const wanted = this.#fromEnd;
    let after = end - END_BYTES;
    if (bytes[after - 1] === LETTER_E) after -= this.#markBytes;
    let place = this.#valueCount - 1;
    for (let step = 0; step < wanted.length; step++) {
      const target = wanted[step] as number;
      let at = after;
      for (; place >= target; place--) {
        at = after;
        while (at > front && bytes[at - 1] !== COLON) at--;
        if (at === front) return false;
        if (place > target) after = at - (lengths[place] as number);
      }
      // In a row with other columns, what was passed over may have ended elsewhere.
      let stop = at;
      while (BEHIND_VALUE[bytes[stop] as number] === 0) stop++;
      if (stop !== after) return false;
      const textAt = at - (lengths[target] as number);
      if (textAt < front || !this.#hasText(target, textAt)) return false;
      const number = this.#targets[target] as number;
      if (number >= 0) into[number] = readNumber(bytes, at, after);
      after = textAt;
    }
    return true;
  }

  /** Whether the text in front of a value stands at an offset. */
  #hasText(place: number, at: number): boolean {
    const view = this.#view;
    const { firstWords, offsets, words } = this.#texts;
    const lastWord = firstWords[place + 1] as number;
    for (let word = firstWords[place] as number; word < lastWord; word++) {
      if (view.getInt32(at + (offsets[word] as number), true) !== words[word]) return false;
    }
    return true;
  }

  #look(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}
