import type { MasterFile } from './master-file.ts';
import { findSorted } from './string-table.ts';
import {
  type Bridge,
  findBridges,
  type Hits,
  leastOf,
  makeHits,
  mayBeInEnding,
  scanEndings,
  scanTexts,
} from './word-scan.ts';

/** How well a row matches; smaller is better. */
export const EXACT_SYMBOL = 0;
export const EXACT_NUMBER = 1;
const BEGINS = 2;
const WORDS_BEGIN = 3;
const ANYWHERE = 4;
export const NO_MATCH = 5;

/** With more texts to look at, one scan through all of them is faster. */
const MAX_SINGLE_LOOKS = 1_000;

/** How the words of a query match the rows of a file. */
export interface WordMatcher {
  /** Stems of which a row may match, in the order of the file. */
  readonly stems: Iterable<number>;
  /** Twice the quality of a row, and 1 more when its underlying is none of the words. */
  rate(stem: number, ending: number): number;
}

/**
 * A matcher for one file; `undefined` when no row of it matches.
 * @param words in upper case, at most 31
 */
export function matchWords(file: MasterFile, words: readonly string[]): WordMatcher | undefined {
  if (words.length === 0) return { stems: numbersBelow(file.stems), rate: () => ANYWHERE * 2 };
  const match = new FileMatch(file, words);
  return match.stems.length === 0 ? undefined : match;
}

function numbersBelow(count: number): Iterable<number> {
  return new Uint32Array(count).keys();
}

class FileMatch implements WordMatcher {
  readonly stems: number[];
  readonly #file: MasterFile;
  readonly #count: number;
  /** A bit for each word. */
  readonly #all: number;
  /** Words that are the name of the file's exchange match all its rows, beside other words. */
  readonly #everywhere: number;
  readonly #words: Hits;
  readonly #endings: Hits;
  readonly #bridges: Bridge[] = [];
  /** The first words, joined: bit 0 for one, bit 1 for two, and so on, in the texts without blanks. */
  readonly #joined: Hits;
  readonly #joinedBridges: Bridge[] = [];
  /** The underlyings that a word is, or the first words joined are. */
  readonly #underlyings: ReadonlySet<number>;

  constructor(file: MasterFile, words: readonly string[]) {
    this.#file = file;
    this.#count = words.length;
    this.#all = 2 ** words.length - 1;
    this.#words = makeHits(file.stems);
    this.#endings = makeHits(file.endingRight.length);
    this.#joined = makeHits(file.stems);
    const isExchange = (word: string): boolean => words.length > 1 && word === file.exchange;
    this.#everywhere = words.reduce((bits, word, at) => bits | (isExchange(word) ? 2 ** at : 0), 0);
    const joins = words.map((_, at) => words.slice(0, at + 1).join(''));
    const byWords = this.#scanWords(words);
    this.stems = this.#scanWhole(joins.at(-1) as string, byWords);
    if (this.stems.length > 0) this.#scanJoins(joins.slice(0, -1));
    const names = this.stems.length === 0 ? [] : [...new Set([...words, ...joins])];
    this.#underlyings = new Set(names.map((name) => findSorted(file.table('underlyings'), name)));
  }

  /** Returns the stems of which some row may have all words. */
  #scanWords(words: readonly string[]): readonly number[] {
    const file = this.#file;
    const texts = file.table('searchText');
    const endingTexts = file.table('endingText');
    let candidates: number[] | undefined;
    // Long words first: they are in fewer texts. Those that may be in endings are in nearly all.
    const order = [...words.keys()].sort(
      (one, other) =>
        Number(mayBeInEnding(words[one] as string)) - Number(mayBeInEnding(words[other] as string)) ||
        (words[other] as string).length - (words[one] as string).length,
    );
    for (const at of order) {
      const word = words[at] as string;
      const bit = 2 ** at;
      const only = candidates !== undefined && candidates.length <= MAX_SINGLE_LOOKS ? candidates : undefined;
      const places = scanTexts(texts, word, bit, leastOf(word), this.#words, only);
      const isInEndings = scanEndings(endingTexts, word, bit, this.#endings);
      const bridges = findBridges(texts, endingTexts, word, bit);
      this.#bridges.push(...bridges);
      if (isInEndings || (this.#everywhere & bit) !== 0) continue;
      const having = mergePlaces(places, bridges);
      candidates = candidates === undefined ? having : intersect(candidates, having);
      if (candidates.length === 0) return [];
    }
    return candidates ?? [...numbersBelow(file.stems)];
  }

  /** Adds the stems that have all words joined; the order of the file is kept. */
  #scanWhole(joined: string, byWords: readonly number[]): number[] {
    const texts = this.#file.table('squeezedText');
    const bit = 2 ** (this.#count - 1);
    const bridges = findBridges(texts, this.#file.table('endingText'), joined, bit);
    this.#joinedBridges.push(...bridges);
    if ([...joined].length > 1) {
      const places = scanTexts(texts, joined, bit, 'anywhere', this.#joined);
      return unite(byWords, mergePlaces(places, bridges));
    }
    // One letter counts where it begins a field, and there it is found already.
    for (const column of ['found', 'field'] as const) this.#joined[column].set(this.#words.field);
    return [...byWords];
  }

  /** The first words alone, in the stems that may match. */
  #scanJoins(joins: readonly string[]): void {
    const texts = this.#file.table('squeezedText');
    const only = this.stems.length <= MAX_SINGLE_LOOKS ? this.stems : undefined;
    for (const [at, joined] of joins.entries()) {
      scanTexts(texts, joined, 2 ** at, 'field', this.#joined, only);
      this.#joinedBridges.push(...findBridges(texts, this.#file.table('endingText'), joined, 2 ** at));
    }
  }

  rate(stem: number, ending: number): number {
    const [words, endings, all] = [this.#words, this.#endings, this.#all];
    let found = (words.found[stem] as number) | (endings.found[ending] as number) | this.#everywhere;
    if (found !== all) found |= bridged(this.#bridges, 'found', stem, ending);
    const isEvery = found === all;
    if (!isEvery && !this.#hasWhole(stem, ending)) return NO_MATCH * 2;
    let isWord = (words.isWord[stem] as number) | (endings.isWord[ending] as number) | this.#everywhere;
    isWord |= bridged(this.#bridges, 'isWord', stem, ending);
    const isOther = this.#underlyings.has(this.#file.stemUnderlying[stem] as number) ? 0 : 1;
    if (isOther === 0 && isWord === all) return BEGINS * 2;
    const field = (this.#joined.field[stem] as number) | bridged(this.#joinedBridges, 'field', stem, ending);
    // From the last word back, as long as the words behind are words of the row.
    for (let at = this.#count - 1; at >= 0; at--) {
      if ((field & (2 ** at)) !== 0) return BEGINS * 2 + isOther;
      if ((isWord & (2 ** at)) === 0) break;
    }
    if (!isEvery) return ANYWHERE * 2 + isOther;
    let begins = (words.begins[stem] as number) | (endings.begins[ending] as number) | this.#everywhere;
    if (begins !== all) begins |= bridged(this.#bridges, 'begins', stem, ending);
    return (begins === all ? WORDS_BEGIN : ANYWHERE) * 2 + isOther;
  }

  #hasWhole(stem: number, ending: number): boolean {
    const bit = 2 ** (this.#count - 1);
    const found = (this.#joined.found[stem] as number) | bridged(this.#joinedBridges, 'found', stem, ending);
    return (found & bit) !== 0;
  }
}

function bridged(bridges: readonly Bridge[], column: keyof Hits, stem: number, ending: number): number {
  let bits = 0;
  for (const { bit, stems, endings } of bridges) {
    if (stems[column][stem] === 1 && endings[column][ending] === 1) bits |= bit;
  }
  return bits;
}

/** Adds the stems of bridges. */
function mergePlaces(places: number[], bridges: readonly Bridge[]): number[] {
  if (bridges.length === 0) return places;
  const all = new Set(places);
  for (const { stems } of bridges) for (const [stem, hit] of stems.found.entries()) if (hit === 1) all.add(stem);
  return [...all].sort((one, other) => one - other);
}

/** Of two lists in ascending order, what is in both. */
function intersect(some: readonly number[], others: readonly number[]): number[] {
  const both: number[] = [];
  let at = 0;
  for (const number of some) {
    while (at < others.length && (others[at] as number) < number) at++;
    if (others[at] === number) both.push(number);
  }
  return both;
}

/** Of two lists in ascending order, what is in either. */
function unite(some: readonly number[], others: readonly number[]): number[] {
  if (some.length === 0) return [...others];
  if (others.length === 0) return [...some];
  const either: number[] = [];
  let at = 0;
  for (const number of some) {
    while (at < others.length && (others[at] as number) < number) either.push(others[at++] as number);
    if (others[at] === number) at++;
    either.push(number);
  }
  return either.concat(others.slice(at));
}
