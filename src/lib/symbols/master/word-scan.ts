import type { StemRange } from './master-file.ts';
import { BEGIN, GOES_ON, MAY_GO_ON, WHOLE } from './search-text.ts';
import type { StringTable } from './string-table.ts';

/*
 * Where a word stands in the texts of a file. A scan goes through all texts at once with Buffer.indexOf: a loop over 160,000
 * rows in a process that has just started takes longer than a command may.
 */

/** How words match each stem or ending: a bit for each word. */
export interface Hits {
  readonly found: Uint32Array;
  /** It begins a word of the text. */
  readonly begins: Uint32Array;
  /** It is a word of the text. */
  readonly isWord: Uint32Array;
  /** It begins a field of the text. */
  readonly field: Uint32Array;
}

export function makeHits(length: number): Hits {
  const [found, begins, isWord, field] = [0, 0, 0, 0].map(() => new Uint32Array(length));
  return { found, begins, isWord, field } as Hits;
}

/** A word whose beginning is the end of a stem, and whose rest begins the ending of a row. The bit of the word, by stem and by ending. */
export interface Bridge {
  readonly bit: number;
  readonly stems: Hits;
  readonly endings: Hits;
}

/** What a place must be to count. A word of one letter has to begin a word. */
type Least = 'anywhere' | 'word' | 'field';

export function leastOf(word: string): Least {
  return [...word].length === 1 ? 'word' : 'anywhere';
}

/**
 * Marks each text of a range that has the word, and returns their numbers in order.
 * @param only look at these texts alone, by number in order; all when left out
 */
export function scanTexts(
  table: StringTable,
  word: string,
  bit: number,
  least: Least,
  hits: Hits,
  { from, to }: StemRange,
  only?: readonly number[],
): number[] {
  const { offsets } = table;
  const bytes = table.bytes.subarray(0, offsets[to]);
  const wanted = Buffer.from(word);
  const places: number[] = [];
  if (only !== undefined) {
    for (const index of only) {
      const begin = offsets[index] as number;
      const text = bytes.subarray(begin, offsets[index + 1]);
      for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
        if (mark(bytes, begin + at, wanted.length, index, bit, least, hits)) break;
      }
      if (((hits.found[index] as number) & bit) !== 0) places.push(index);
    }
    return places;
  }
  let index = from;
  const begin = offsets[from] as number;
  const note = (at: number): boolean => {
    while ((offsets[index + 1] as number) <= at) index++;
    const isBest = mark(bytes, at, wanted.length, index, bit, least, hits);
    if (((hits.found[index] as number) & bit) !== 0 && places.at(-1) !== index) places.push(index);
    return isBest;
  };
  if (wanted.length === 1) {
    // One letter is nearly everywhere: a call for each place would take longer than a look at each byte.
    const letter = wanted[0] as number;
    for (let at = begin; at < bytes.length; at++)
      if (bytes[at] === letter && !isInWord(bytes[at - 1] as number)) note(at);
    return places;
  }
  for (let at = bytes.indexOf(wanted, begin); at >= 0; ) {
    const isBest = note(at);
    at = bytes.indexOf(wanted, isBest ? (offsets[index + 1] as number) : at + 1);
  }
  return places;
}

/** The texts of a range in which a field begins with the word, in order. */
export function findFieldBegins(table: StringTable, word: string, { from, to }: StemRange): number[] {
  const { offsets } = table;
  const bytes = table.bytes.subarray(0, offsets[to]);
  const wanted = Buffer.from(`${String.fromCharCode(BEGIN)}${word}`);
  const found: number[] = [];
  let index = from;
  for (let at = bytes.indexOf(wanted, offsets[from]); at >= 0; at = bytes.indexOf(wanted, offsets[index + 1])) {
    while ((offsets[index + 1] as number) <= at) index++;
    found.push(index);
  }
  return found;
}

/** Returns whether nothing better can be in this text. */
function mark(
  bytes: Buffer,
  at: number,
  length: number,
  index: number,
  bit: number,
  least: Least,
  { found, begins, isWord, field }: Hits,
): boolean {
  const before = bytes[at - 1] as number;
  const beginsWord = !isInWord(before);
  if (least !== 'anywhere' && !(least === 'word' ? beginsWord : before === BEGIN)) return false;
  found[index] = (found[index] as number) | bit;
  if (!beginsWord) return false;
  begins[index] = (begins[index] as number) | bit;
  if (!isInWord(bytes[at + length] as number)) isWord[index] = (isWord[index] as number) | bit;
  if (before === BEGIN) field[index] = (field[index] as number) | bit;
  return ((isWord[index] as number) & (field[index] as number) & bit) !== 0;
}

/** Letters, digits, `&`, the point of a strike, and the mark of a field that goes on. Other characters are between words. */
function isInWord(byte: number): boolean {
  return isDigitOrPoint(byte) || isLetter(byte) || byte === 0x26 || byte >= 0x80 || byte === GOES_ON;
}

/** Whether a word may be in an ending, which is a number and CE or PE. */
const ENDING_PART = /^[\d.]*(?:C|P|E|CE|PE)?$/;
const DIGIT = /\d/;

export function mayBeInEnding(word: string): boolean {
  return ENDING_PART.test(word);
}

/** Marks each ending that has the word. The strike, the right, and both together are words. Returns whether there is any. */
export function scanEndings({ offsets, bytes }: StringTable, word: string, bit: number, hits: Hits): boolean {
  if (!mayBeInEnding(word)) return false;
  const { found, begins, isWord } = hits;
  const wanted = Buffer.from(word);
  const isRight = word === 'CE' || word === 'PE';
  const beginsRight = word.startsWith('C') || word.startsWith('P');
  const endsInDigit = DIGIT.test(word.slice(-1));
  const least = leastOf(word);
  let index = 0;
  let any = false;
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) {
    while ((offsets[index + 1] as number) <= at) index++;
    const beginsStrike = bytes[at - 1] === BEGIN;
    if (!beginsStrike && !beginsRight && least !== 'anywhere') continue;
    any = true;
    found[index] = (found[index] as number) | bit;
    if (beginsStrike || beginsRight) begins[index] = (begins[index] as number) | bit;
    const after = bytes[at + wanted.length] as number;
    if (isRight || (beginsStrike && (after === WHOLE || (endsInDigit && isLetter(after))))) {
      isWord[index] = (isWord[index] as number) | bit;
    }
  }
  return any;
}

/** A number in front of an ending is part of a date: only a cut behind a letter, or behind digits behind a letter, is meant. */
const STEM_END = /[A-Z]/;
const ENDING_BEGIN = /^\d[\d.]*(?:C|P|CE|PE)?$/;

/** Each way to cut a word in two so that some stem ends with the first part and some ending begins with the second. */
export function findBridges(texts: StringTable, endings: StringTable, word: string, bit: number): Bridge[] {
  const bridges: Bridge[] = [];
  for (let cut = 1; cut < word.length; cut++) {
    const [head, rest] = [word.slice(0, cut), word.slice(cut)];
    if (!ENDING_BEGIN.test(rest) || !STEM_END.test(head)) continue;
    const endingHits = scanEndingBegins(endings, rest);
    const stemHits = endingHits && scanStemEnds(texts, head);
    if (endingHits && stemHits) bridges.push({ bit, stems: stemHits, endings: endingHits });
  }
  return bridges;
}

/** Marks, with 1, each ending that begins so. */
function scanEndingBegins({ offsets, bytes }: StringTable, rest: string): Hits | undefined {
  const wanted = Buffer.from(`${String.fromCharCode(BEGIN)}${rest}`);
  let at = bytes.indexOf(wanted);
  if (at < 0) return undefined;
  const hits = makeHits(offsets.length - 1);
  for (let index = 0; at >= 0; at = bytes.indexOf(wanted, at + 1)) {
    while ((offsets[index + 1] as number) <= at) index++;
    for (const column of [hits.found, hits.begins, hits.field]) column[index] = 1;
    if (bytes[at + wanted.length] === WHOLE) hits.isWord[index] = 1;
  }
  return hits;
}

/** Marks, with 1, each stem of which a field that may go on ends so. */
function scanStemEnds({ offsets, bytes }: StringTable, head: string): Hits | undefined {
  let hits: Hits | undefined;
  for (const end of [GOES_ON, MAY_GO_ON]) {
    const wanted = Buffer.from(`${head}${String.fromCharCode(end)}`);
    let index = 0;
    for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) {
      while ((offsets[index + 1] as number) <= at) index++;
      hits ??= makeHits(offsets.length - 1);
      const before = bytes[at - 1] as number;
      hits.found[index] = 1;
      if (isInWord(before)) continue;
      hits.begins[index] = 1;
      hits.isWord[index] = 1;
      if (before === BEGIN) hits.field[index] = 1;
    }
  }
  return hits;
}

const isDigitOrPoint = (byte: number): boolean => (byte >= 0x30 && byte <= 0x39) || byte === 0x2e;
const isLetter = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;
