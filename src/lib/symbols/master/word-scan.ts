import { type InitialBits, locateInitial } from './initials.ts';
import type { MasterFile, StemRange } from './master-file.ts';
import { BEGIN, GOES_ON, isInWord, isLetter, MAY_GO_ON, WHOLE } from './search-text.ts';
import { intersect, numbersIn } from './sorted-numbers.ts';
import type { StringTable } from './string-table.ts';

/*
 * Where a word stands in the texts of a file. A scan goes through the texts of many stems at once with Buffer.indexOf, which stops
 * only where the word is. A letter is nearly everywhere: it is found by the columns of initials.ts.
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

/** A word whose beginning is the end of a stem, and whose rest begins the ending of a row. The bits of the word, by stem and by ending. */
export interface Bridge {
  readonly bits: number;
  readonly stems: Hits;
  readonly endings: Hits;
}

/** What a place must be to count. A word of one letter has to begin a word. */
type Least = 'anywhere' | 'word';

function leastOf(word: string): Least {
  return [...word].length === 1 ? 'word' : 'anywhere';
}

/** A list with a smaller share of the texts is looked at text by text. */
const MAX_LISTED_SHARE = 1 / 8;

/**
 * Marks each stem of a range that has the word, and returns their numbers in order.
 * @param only stems that may be looked at alone, by number in order; all when left out
 */
export function scanStems(
  file: MasterFile,
  word: string,
  bits: number,
  hits: Hits,
  range: StemRange,
  only?: readonly number[],
): number[] {
  const initial = locateInitial(file.initials, word);
  if (initial !== undefined) return markInitial(initial, bits, hits, only ?? numbersIn(range));
  return scanTexts(file.table('searchText'), word, bits, leastOf(word), hits, range, only);
}

function markInitial(
  { begins, isWord, field }: InitialBits,
  bits: number,
  hits: Hits,
  stems: readonly number[],
): number[] {
  const places: number[] = [];
  const has = ([column, shift]: readonly [Uint32Array, number], stem: number): boolean =>
    (((column[stem] as number) >>> shift) & 1) === 1;
  for (const stem of stems) {
    if (!has(begins, stem)) continue;
    places.push(stem);
    hits.found[stem] = (hits.found[stem] as number) | bits;
    hits.begins[stem] = (hits.begins[stem] as number) | bits;
    if (has(isWord, stem)) hits.isWord[stem] = (hits.isWord[stem] as number) | bits;
    if (has(field, stem)) hits.field[stem] = (hits.field[stem] as number) | bits;
  }
  return places;
}

/** The same in one table of texts. */
export function scanTexts(
  table: StringTable,
  word: string,
  bits: number,
  least: Least,
  hits: Hits,
  range: StemRange,
  only?: readonly number[],
): number[] {
  const isListed = only !== undefined && only.length < (range.to - range.from) * MAX_LISTED_SHARE;
  if (isListed) return scanEach(table, Buffer.from(word), bits, least, hits, only);
  return scanAll(table, word, bits, least, hits, range);
}

/** Looks at each byte of some texts. */
function scanEach(
  { offsets, bytes }: StringTable,
  wanted: Buffer,
  bits: number,
  least: Least,
  hits: Hits,
  texts: readonly number[],
): number[] {
  const places: number[] = [];
  const first = wanted[0] as number;
  const { length } = wanted;
  for (const index of texts) {
    const last = (offsets[index + 1] as number) - length;
    for (let at = offsets[index] as number; at < last; at++) {
      if (bytes[at] === first && isAt(bytes, at, wanted) && mark(bytes, at, length, index, bits, least, hits)) break;
    }
    if (((hits.found[index] as number) & bits) !== 0) places.push(index);
  }
  return places;
}

function isAt(bytes: Buffer, at: number, wanted: Buffer): boolean {
  for (let place = 1; place < wanted.length; place++) if (bytes[at + place] !== wanted[place]) return false;
  return true;
}

/** Goes through all texts of a range at once. */
function scanAll(
  table: StringTable,
  word: string,
  bits: number,
  least: Least,
  hits: Hits,
  { from, to }: StemRange,
): number[] {
  const { offsets, bytes } = table;
  const find = createFinder(table, word, from, to);
  const length = Buffer.byteLength(word);
  const places: number[] = [];
  let index = from;
  for (let at = find(offsets[from] as number); at >= 0; ) {
    while ((offsets[index + 1] as number) <= at) index++;
    const isBest = mark(bytes, at, length, index, bits, least, hits);
    if (((hits.found[index] as number) & bits) !== 0 && places.at(-1) !== index) places.push(index);
    at = find(isBest ? (offsets[index + 1] as number) : at + 1);
  }
  return places;
}

/** The texts of a range in which a field begins with the word, in order. */
export function findFieldBegins(table: StringTable, word: string, { from, to }: StemRange): number[] {
  const { offsets } = table;
  const find = createFinder(table, `${String.fromCharCode(BEGIN)}${word}`, from, to);
  const found: number[] = [];
  let index = from;
  for (let at = find(offsets[from] as number); at >= 0; at = find(offsets[index + 1] as number)) {
    while ((offsets[index + 1] as number) <= at) index++;
    found.push(index);
  }
  return found;
}

/** What `isInWord` says, for an expression. */
const IN_WORD = '[\\x010-9.A-Z&\\x80-\\xff]';

/** The stems of a range that have the word as a word, in order. An expression is machine code at once for texts as long as these. */
export function findWord(file: MasterFile, word: string, { from, to }: StemRange): number[] {
  const initial = locateInitial(file.initials, word);
  if (initial !== undefined) {
    const [column, shift] = initial.isWord;
    return numbersIn({ from, to }).filter((stem) => (((column[stem] as number) >>> shift) & 1) === 1);
  }
  const { offsets, bytes } = file.table('searchText');
  const begin = offsets[from] as number;
  const text = bytes.toString('latin1', begin, offsets[to]);
  const wanted = Buffer.from(word)
    .toString('latin1')
    .replaceAll(/[^0-9A-Z\x80-\xff]/g, '\\$&');
  const found: number[] = [];
  let index = from;
  for (const { index: at } of text.matchAll(new RegExp(`(?<!${IN_WORD})${wanted}(?!${IN_WORD})`, 'g'))) {
    while ((offsets[index + 1] as number) <= begin + at) index++;
    if (found.at(-1) !== index) found.push(index);
  }
  return found;
}

/** How often a word is looked for in the bytes of a range before the bytes become a string. */
const MAX_BYTE_CALLS = 16;

/**
 * Finds a word in the texts of a range, from a byte on; -1 when there is none. Where the word is found often, the bytes become a string of as many
 * characters: a call of its indexOf takes a quarter of the time of Buffer's.
 */
function createFinder({ offsets, bytes }: StringTable, word: string, from: number, to: number): (at: number) => number {
  const begin = offsets[from] as number;
  const end = offsets[to] as number;
  const range = bytes.subarray(0, end);
  const wanted = Buffer.from(word);
  const wantedText = wanted.toString('latin1');
  let calls = 0;
  let text: string | undefined;
  return (at) => {
    calls++;
    if (calls <= MAX_BYTE_CALLS) return range.indexOf(wanted, at);
    text ??= bytes.toString('latin1', begin, end);
    const place = text.indexOf(wantedText, at - begin);
    return place < 0 ? place : begin + place;
  };
}

/** Marks each of these texts of the range that has a field which begins with the word. */
export function scanFields(
  table: StringTable,
  word: string,
  bit: number,
  fields: Uint32Array,
  range: StemRange,
  texts: readonly number[],
): void {
  for (const index of intersect(texts, findFieldBegins(table, word, range)))
    fields[index] = (fields[index] as number) | bit;
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
  if (least === 'word' && !beginsWord) return false;
  found[index] = (found[index] as number) | bit;
  if (!beginsWord) return false;
  begins[index] = (begins[index] as number) | bit;
  if (!isInWord(bytes[at + length] as number)) isWord[index] = (isWord[index] as number) | bit;
  if (before === BEGIN) field[index] = (field[index] as number) | bit;
  return ((isWord[index] as number) & (field[index] as number) & bit) !== 0;
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
export function findBridges(texts: StringTable, endings: StringTable, word: string, bits: number): Bridge[] {
  const bridges: Bridge[] = [];
  for (let cut = 1; cut < word.length; cut++) {
    const [head, rest] = [word.slice(0, cut), word.slice(cut)];
    if (!ENDING_BEGIN.test(rest) || !STEM_END.test(head)) continue;
    const endingHits = scanEndingBegins(endings, rest);
    const stemHits = endingHits && scanStemEnds(texts, head);
    if (endingHits && stemHits) bridges.push({ bits, stems: stemHits, endings: endingHits });
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
