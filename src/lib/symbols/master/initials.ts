import { BEGIN, isInWord } from './search-text.ts';

/*
 * The letters and digits that begin words of a text, as bits. Half of all texts have a word that begins with a given letter: a search that
 * stopped at each of these places would take most of its time there, in a process that has just started.
 */

const LETTERS = 26;
const DIGITS = 10;
const A = 0x41;
const ZERO = 0x30;

/** Of one text, or as columns of many. A bit for each letter in the first three; `digits` has three times ten bits in the same order. */
export interface Initials<T> {
  /** It begins a word. */
  readonly begins: T;
  /** It is a word. */
  readonly isWord: T;
  /** It begins a field. */
  readonly field: T;
  readonly digits: T;
}

/** @param text fields with their marks, as in search-text.ts */
export function readInitials(text: string): Initials<number> {
  let [begins, isWord, field, digits] = [0, 0, 0, 0];
  let before = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (!isInWord(before)) {
      const isAlone = !isInWord(text.charCodeAt(at + 1));
      const letter = code - A;
      const digit = code - ZERO;
      if (letter >= 0 && letter < LETTERS) {
        begins |= 1 << letter;
        if (isAlone) isWord |= 1 << letter;
        if (before === BEGIN) field |= 1 << letter;
      } else if (digit >= 0 && digit < DIGITS) {
        digits |= 1 << digit;
        if (isAlone) digits |= 1 << (DIGITS + digit);
        if (before === BEGIN) digits |= 1 << (2 * DIGITS + digit);
      }
    }
    before = code;
  }
  return { begins, isWord, field, digits };
}

/** Where the three bits of a letter or digit stand. */
export interface InitialBits {
  readonly begins: readonly [column: Uint32Array, shift: number];
  readonly isWord: readonly [column: Uint32Array, shift: number];
  readonly field: readonly [column: Uint32Array, shift: number];
}

/** `undefined` for a word that is no letter or digit. */
export function locateInitial(
  { begins, isWord, field, digits }: Initials<Uint32Array>,
  word: string,
): InitialBits | undefined {
  if (word.length !== 1) return undefined;
  const letter = word.charCodeAt(0) - A;
  const digit = word.charCodeAt(0) - ZERO;
  if (letter >= 0 && letter < LETTERS) {
    return { begins: [begins, letter], isWord: [isWord, letter], field: [field, letter] };
  }
  if (digit < 0 || digit >= DIGITS) return undefined;
  return { begins: [digits, digit], isWord: [digits, DIGITS + digit], field: [digits, 2 * DIGITS + digit] };
}
