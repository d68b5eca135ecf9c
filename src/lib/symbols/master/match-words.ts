import type { MasterFile, StemRange } from './master-file.ts';
import { intersect, numbersIn, unite } from './sorted-numbers.ts';
import { findSorted } from './string-table.ts';
import {
  type Bridge,
  findBridges,
  findFieldBegins,
  findWord,
  type Hits,
  makeHits,
  mayBeInEnding,
  scanEndings,
  scanFields,
  scanStems,
  scanTexts,
} from './word-scan.ts';

/** How well a row matches; smaller is better. */
export const EXACT_SYMBOL = 0;
export const EXACT_NUMBER = 1;
export const BEGINS = 2;
const WORDS_BEGIN = 3;
const ANYWHERE = 4;
export const NO_MATCH = 5;

/** The qualities that words may give, the best first: stems are looked at once for each. */
export const TIERS = [BEGINS, WORDS_BEGIN] as const;
export type Tier = (typeof TIERS)[number] | 'all';

/** How the words of a query match the rows of a file. */
export interface WordMatcher {
  /** A class for each ending: rows of one stem with endings of one class have the same rating. */
  readonly endingClasses: ArrayLike<number>;
  readonly classes: number;
  /**
   * Stems of which a row may match, in the order of the file: for the tier `BEGINS` those of which a row may be so good,
   * else all.
   */
  stemsIn(range: StemRange, tier: Tier): readonly number[];
  /** The best rating that a row of a tier can have. */
  bestOf(tier: Tier): number;
  /** Twice the quality of a row, and 1 more when its underlying is none of the words. The stem is one that `stemsIn` named. */
  rate(stem: number, ending: number): number;
}

/**
 * A matcher for one file.
 * @param words in upper case, at most 31
 */
export function matchWords(file: MasterFile, words: readonly string[]): WordMatcher {
  if (words.length > 0) return new FileMatch(file, words);
  return {
    endingClasses: new Uint8Array(file.endingRight.length),
    classes: 1,
    stemsIn: (range, tier) => (tier === BEGINS ? [] : numbersIn(range)),
    bestOf: () => ANYWHERE * 2,
    rate: () => ANYWHERE * 2,
  };
}

/** A word of a query; a word that is given twice is one term. */
interface Term {
  readonly word: string;
  /** A bit for each place in the query. */
  readonly bits: number;
  readonly bridges: readonly Bridge[];
}

/** Larger than any mark: a query has at most 20 words, a bit each. */
const KEY_STEP = 2 ** 21;

class FileMatch implements WordMatcher {
  readonly endingClasses: ArrayLike<number>;
  readonly classes: number;
  readonly #file: MasterFile;
  /** Long words first: they are in fewer texts. Those that may be in endings are in nearly all, and come last. */
  readonly #terms: readonly Term[];
  /** The first words, joined: one, two, and so on. */
  readonly #joins: readonly string[];
  readonly #count: number;
  readonly #lastWord: string;
  /** A bit for each word. */
  readonly #all: number;
  /** Words that are the name of the file's exchange match all its rows, beside other words. */
  readonly #everywhere: number;
  /** Words that some ending has. */
  readonly #inEndings: number;
  readonly #words: Hits;
  readonly #endings: Hits;
  readonly #bridges: readonly Bridge[];
  /** As `#joins`: bit 0 for one word, bit 1 for two, and so on, in the texts without blanks. */
  readonly #joined: Hits;
  readonly #joinedBridges: readonly Bridge[];
  /** The underlyings that a word is, or the first words joined are. */
  readonly #underlyings: ReadonlySet<number>;

  constructor(file: MasterFile, words: readonly string[]) {
    this.#file = file;
    this.#count = words.length;
    this.#lastWord = words.at(-1) as string;
    this.#all = 2 ** words.length - 1;
    this.#words = makeHits(file.stems);
    this.#endings = makeHits(file.endingRight.length);
    this.#joined = makeHits(file.stems);
    const bitsOf = (wanted: string): number =>
      words.reduce((bits, word, at) => bits | (word === wanted ? 2 ** at : 0), 0);
    this.#everywhere = words.length > 1 ? bitsOf(file.exchange) : 0;
    this.#joins = words.map((_, at) => words.slice(0, at + 1).join(''));
    const endings = file.table('endingText');
    const texts = file.table('searchText');
    this.#terms = [...new Set(words)]
      .sort((one, other) => Number(mayBeInEnding(one)) - Number(mayBeInEnding(other)) || other.length - one.length)
      .map((word) => {
        const bits = bitsOf(word);
        return { word, bits, bridges: findBridges(texts, endings, word, bits) };
      });
    this.#inEndings = this.#terms.reduce(
      (all, { word, bits }) => all | (scanEndings(endings, word, bits, this.#endings) ? bits : 0),
      0,
    );
    this.#bridges = this.#terms.flatMap(({ bridges }) => bridges);
    const squeezed = file.table('squeezedText');
    this.#joinedBridges = this.#joins.flatMap((joined, at) => findBridges(squeezed, endings, joined, 2 ** at));
    const names = [...new Set([...words, ...this.#joins])];
    this.#underlyings = new Set(
      names.map((name) => findSorted(file.table('underlyings'), name)).filter((number) => number >= 0),
    );
    const marks = [...this.#bridges, ...this.#joinedBridges].map((bridge) => bridge.endings);
    [this.endingClasses, this.classes] = classify([this.#endings, ...marks], file.endingRight.length);
  }

  bestOf(tier: Tier): number {
    // Where a word is the underlying, a field begins with it.
    const quality = tier === 'all' ? BEGINS : tier;
    return quality === BEGINS && this.#underlyings.size > 0 ? quality * 2 : quality * 2 + 1;
  }

  stemsIn(range: StemRange, tier: Tier): readonly number[] {
    const allowed = tier === BEGINS ? this.#mayBegin(range) : undefined;
    if (allowed?.length === 0) return [];
    const byWords = this.#scanWords(range, allowed);
    const stems = this.#scanWhole(range, allowed, byWords);
    if (stems.length > byWords.length) this.#scanAgain(range, stems);
    if (stems.length > 0) this.#scanJoins(range, stems);
    return stems;
  }

  /** No other stems can have the quality `BEGINS`: of several words the last is a word there, or a field begins with all of them. */
  #mayBegin(range: StemRange): readonly number[] {
    const texts = this.#file.table('squeezedText');
    const isLastNeeded = this.#count > 1 && ((this.#inEndings | this.#everywhere) & (2 ** (this.#count - 1))) === 0;
    const places = isLastNeeded
      ? [findWord(this.#file, this.#lastWord, range), findFieldBegins(texts, this.#joins.at(-1) as string, range)]
      : this.#terms.map(({ word }) => findFieldBegins(texts, word, range));
    const bridges = [...this.#bridges, ...this.#joinedBridges];
    return mergePlaces(places.reduce<readonly number[]>(unite, []), bridges, range);
  }

  /** Returns the stems, of those allowed, of which some row may have all words. */
  #scanWords(range: StemRange, allowed: readonly number[] | undefined): readonly number[] {
    let candidates = allowed;
    for (const { word, bits, bridges } of this.#terms) {
      const places = scanStems(this.#file, word, bits, this.#words, range, candidates);
      if (((this.#inEndings | this.#everywhere) & bits) !== 0) continue;
      const having = mergePlaces(places, bridges, range);
      candidates = candidates === undefined ? having : intersect(candidates, having);
      if (candidates.length === 0) return [];
    }
    return candidates ?? numbersIn(range);
  }

  /** Adds the stems, of those allowed, that have all words joined; the order of the file is kept. */
  #scanWhole(range: StemRange, allowed: readonly number[] | undefined, byWords: readonly number[]): readonly number[] {
    const joined = this.#joins.at(-1) as string;
    const bit = 2 ** (this.#count - 1);
    if ([...joined].length > 1) {
      const places = scanTexts(this.#file.table('squeezedText'), joined, bit, 'anywhere', this.#joined, range, allowed);
      const bridges = this.#joinedBridges.filter(({ bits }) => bits === bit);
      const having = mergePlaces(places, bridges, range);
      return unite(byWords, allowed === undefined ? having : intersect(allowed, having));
    }
    // One letter counts where it begins a field, and there it is found already.
    for (const column of ['found', 'field'] as const) {
      for (const stem of byWords) this.#joined[column][stem] = this.#words.field[stem] as number;
    }
    return byWords;
  }

  /** Each word once more, in stems that were no candidates any more when its turn came. */
  #scanAgain(range: StemRange, stems: readonly number[]): void {
    for (const { word, bits } of this.#terms) scanStems(this.#file, word, bits, this.#words, range, stems);
  }

  /** The first words alone, in the stems that may match. */
  #scanJoins(range: StemRange, stems: readonly number[]): void {
    const texts = this.#file.table('squeezedText');
    for (const [at, joined] of this.#joins.slice(0, -1).entries()) {
      scanFields(texts, joined, 2 ** at, this.#joined.field, range, stems);
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
  let all = 0;
  for (const { bits, stems, endings } of bridges) {
    if (stems[column][stem] === 1 && endings[column][ending] === 1) all |= bits;
  }
  return all;
}

/** A class for each ending: those that are marked in the same way are in the same. Returns how many classes there are, too. */
function classify(marks: readonly Hits[], endings: number): [classes: Uint32Array, count: number] {
  const classes = new Uint32Array(endings);
  let count = 1;
  for (const column of marks.flatMap(({ found, begins, isWord, field }) => [found, begins, isWord, field])) {
    // Most endings have no mark, and stay where they are. The others get a class by the class so far and the mark.
    const numbers = new Map<number, number>();
    for (let ending = 0; ending < endings; ending++) {
      const mark = column[ending] as number;
      if (mark === 0) continue;
      const key = (classes[ending] as number) * KEY_STEP + mark;
      let number = numbers.get(key);
      if (number === undefined) {
        number = count++;
        numbers.set(key, number);
      }
      classes[ending] = number;
    }
  }
  return [classes, count];
}

/** Adds the stems of bridges that are in the range. */
function mergePlaces(
  places: readonly number[],
  bridges: readonly Bridge[],
  { from, to }: StemRange,
): readonly number[] {
  if (bridges.length === 0) return places;
  const all = new Set(places);
  for (const { stems } of bridges) for (let stem = from; stem < to; stem++) if (stems.found[stem] === 1) all.add(stem);
  return [...all].sort((one, other) => one - other);
}
