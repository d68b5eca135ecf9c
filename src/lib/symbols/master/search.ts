import { DAY_MS, IST_OFFSET_MS } from '../../clock/ist.ts';
import { createExpiryCheck } from './expiry-rule.ts';
import { type MasterFile, RIGHT_NUMBERS, type StemRange } from './master-file.ts';
import { compareText, RANK } from './master-file-builder.ts';
import {
  BEGINS,
  EXACT_NUMBER,
  EXACT_SYMBOL,
  matchWords,
  NO_MATCH,
  TIERS,
  type Tier,
  type WordMatcher,
} from './match-words.ts';
import { translateSpoken } from './spoken-words.ts';
import { findSorted } from './string-table.ts';
import { type Exchange, INSTRUMENT_TYPES, type MasterFileName, type SearchQuery } from './symbol-master.ts';

/** A row that was found, and what it is sorted by. */
export interface FoundRow {
  readonly file: MasterFile;
  readonly row: number;
}

interface RankedRow extends FoundRow {
  /** Smaller is better: see `#groupOf`. */
  readonly group: number;
}

/** Marks, with 1, the underlyings of a file that have contracts. */
export type BusyUnderlyings = (file: MasterFile) => Uint8Array;

/** What a query comes to, without the filters. */
interface Words {
  readonly words: readonly string[];
  /** All of them in one. */
  readonly joined: string;
  readonly exchange: Exchange | undefined;
}

/** How many ranks a stem may have; futures and options are behind the cash market. */
const RANKS = Object.keys(RANK).length;
const GROUPS = 2 * NO_MATCH * RANKS * 2 * 2;
const NOT_RATED = -1;
/** So many stems are looked at before it is seen whether enough was found. */
const STEMS_AT_ONCE = 1_024;

/** No sensible query has more words. */
const MAX_WORDS = 20;
const EXCHANGE_PREFIX = /^(NSE|BSE|MCX):/;
/** Between letters and digits: `NIFTY24000CE` are three words. */
const WORD_BORDER = /(?<=[A-Z])(?=\d)|(?<=\d)(?=[A-Z])/;

/**
 * Rows that match a query, best first. Each word has to stand somewhere in symbol, name, underlying, ISIN, strike or right; or all
 * words, joined, in one of them without its blanks. When there is none, words are cut between letters and digits, then taken as people say them
 * (`call` for CE).
 * @param underlying the filter in the master's spelling
 */
export function searchFiles(
  files: readonly MasterFile[],
  query: SearchQuery,
  underlying: string | undefined,
  busyUnderlyings: BusyUnderlyings,
): FoundRow[] {
  const given = splitWords(query.text);
  const find = (words: readonly string[], joined: string): FoundRow[] =>
    searchOnce(files, query, { ...given, words, joined }, underlying, busyUnderlyings);
  const found = find(given.words, given.joined);
  if (found.length > 0) return found;
  const cut = given.words.flatMap((word) => word.split(WORD_BORDER));
  const byParts = cut.length === given.words.length ? [] : find(cut, given.joined);
  if (byParts.length > 0) return byParts;
  const translated = translateSpoken(cut);
  return translated === undefined ? [] : find(translated, translated.join(''));
}

/** Upper case; the exchange of a symbol becomes a filter. */
function splitWords(text: string): Words {
  const words: string[] = [];
  let exchange: Exchange | undefined;
  for (const given of text.toUpperCase().split(/[\s,]+/)) {
    const prefix = EXCHANGE_PREFIX.exec(given);
    if (prefix !== null) exchange = prefix[1] as Exchange;
    const word = given.replace(EXCHANGE_PREFIX, '');
    if (word !== '') words.push(word);
  }
  return { words, joined: words.join(''), exchange };
}

function searchOnce(
  files: readonly MasterFile[],
  query: SearchQuery,
  words: Words,
  underlying: string | undefined,
  busyUnderlyings: BusyUnderlyings,
): FoundRow[] {
  if (words.words.length > MAX_WORDS) return [];
  const allowed = [...files]
    .sort((one, other) => marketOf(one) - marketOf(other))
    .filter(({ exchange }) =>
      [query.exchange, words.exchange].every((wanted) => wanted === undefined || wanted === exchange),
    );
  const searches = allowed.map((file) => new FileSearch(file, query, words, underlying, busyUnderlyings));
  const found = (): RankedRow[] => searches.flatMap((search) => search.found);
  const isFull = (file: MasterFile, group: number): boolean =>
    found().filter((one) => isAhead(one, file, group)).length >= query.limit;
  // Several words are in few rows, as a rule: one look at all takes less time than two.
  const isBroad = words.words.length < 2 || searches[0]?.isBroad() === true;
  for (const tier of isBroad ? TIERS : (['all'] as const)) {
    for (let rank = 0; rank < RANKS; rank++) {
      for (const search of searches) search.addRank(rank, tier, isFull);
    }
  }
  return found().sort(compareFound).slice(0, query.limit);
}

/** Whether a row that was found is better than any of this group, or of one behind it, that a file still has. */
function isAhead({ file, row, group }: RankedRow, later: MasterFile, best: number): boolean {
  if (group !== best || file === later) return group <= best;
  return file.stemExpiry[file.stemOf(row)] === 0 && marketOf(file) < marketOf(later);
}

/** The search of one file, rank by rank: of each group it keeps at most as many rows as the query wants. */
class FileSearch {
  readonly found: RankedRow[] = [];
  readonly #file: MasterFile;
  readonly #query: SearchQuery;
  readonly #words: Words;
  readonly #busyUnderlyings: BusyUnderlyings;
  readonly #passesStem: (stem: number) => boolean;
  readonly #passesRow: (row: number) => boolean;
  readonly #exact: ReadonlyMap<number, number>;
  readonly #counts = new Uint32Array(GROUPS);
  #matcher: WordMatcher | undefined;

  constructor(
    file: MasterFile,
    query: SearchQuery,
    words: Words,
    underlying: string | undefined,
    busyUnderlyings: BusyUnderlyings,
  ) {
    this.#file = file;
    this.#query = query;
    this.#words = words;
    this.#busyUnderlyings = busyUnderlyings;
    this.#passesStem = createStemFilter(file, query, underlying);
    this.#passesRow = createRowFilter(file, query);
    this.#exact = findExactRows(file, words.words, words.joined);
    // In the order of the file, as all others.
    for (const [row, quality] of [...this.#exact].sort(([one], [other]) => one - other)) {
      const stem = file.stemOf(row);
      if (this.#passesStem(stem)) this.#add(row, this.#groupOf(stem, quality * 2), true);
    }
  }

  /** Whether so much matches among the first stems of the file that looking for the best first spares looking at most. */
  isBroad(): boolean {
    const { from, to } = this.#file.stemsOfRank(RANK.main);
    if (from === to) return false;
    this.#matcher ??= matchWords(this.#file, this.#words.words);
    return this.#matcher.stemsIn({ from, to: Math.min(from + STEMS_AT_ONCE, to) }, 'all').length >= this.#query.limit;
  }

  /** Adds what matches in the stems of one rank, piece by piece, until nothing better can come. */
  addRank(rank: number, tier: Tier, isFull: (file: MasterFile, group: number) => boolean): void {
    const { from, to } = this.#file.stemsOfRank(rank);
    if (from === to) return;
    this.#matcher ??= matchWords(this.#file, this.#words.words);
    const best = groupNumber(false, this.#matcher.bestOf(tier), rank);
    for (let at = from; at < to && !isFull(this.#file, best); at += STEMS_AT_ONCE) {
      this.#addRange(this.#matcher, { from: at, to: Math.min(at + STEMS_AT_ONCE, to) }, tier);
    }
  }

  #addRange(matcher: WordMatcher, range: StemRange, tier: Tier): void {
    const { stemRows, rowEnding } = this.#file;
    const { endingClasses } = matcher;
    const groups = new Int32Array(matcher.classes);
    for (const stem of matcher.stemsIn(range, tier)) {
      if (!this.#passesStem(stem)) continue;
      groups.fill(NOT_RATED);
      const end = stemRows[stem + 1] as number;
      for (let row = stemRows[stem] as number; row < end; row++) {
        const ending = rowEnding[row] as number;
        const endingClass = endingClasses[ending] as number;
        if (groups[endingClass] === NOT_RATED) {
          const rating = matcher.rate(stem, ending);
          // Rows of one group have to come in the order of the file: each is added in one tier alone.
          const isInTier = tier === 'all' || rating >> 1 <= BEGINS === (tier === BEGINS);
          groups[endingClass] = isInTier ? this.#groupOf(stem, rating) : GROUPS;
        }
        const group = groups[endingClass] as number;
        if (group < GROUPS) this.#add(row, group);
      }
    }
  }

  /** Where all rows of a stem with one rating are in the order; `GROUPS` for those that do not match. */
  #groupOf(stem: number, rating: number): number {
    if (rating >= NO_MATCH * 2) return GROUPS;
    const { limit, nowMs } = this.#query;
    const { stemRank, stemExpiry, stemUnderlying } = this.#file;
    const rank = stemRank[stem] as number;
    const expiry = stemExpiry[stem] as number;
    const isExpired = expiry !== 0 && expiry * 1000 <= nowMs;
    const group = groupNumber(isExpired, rating, rank);
    if (rank >= RANK.future) return group;
    // Shares and indices without contracts are in the group behind. Both may be full already.
    const isFull = (this.#counts[group] as number) >= limit && (this.#counts[group + 1] as number) >= limit;
    return isFull || this.#busyUnderlyings(this.#file)[stemUnderlying[stem] as number] === 1 ? group : group + 1;
  }

  #add(row: number, group: number, isExact = false): void {
    const count = this.#counts[group] as number;
    if (count >= this.#query.limit || !this.#passesRow(row)) return;
    if (!isExact && this.#exact.has(row)) return;
    this.#counts[group] = count + 1;
    this.found.push({ file: this.#file, row, group });
  }
}

function groupNumber(isExpired: boolean, rating: number, rank: number): number {
  const quality = rating >> 1;
  return (((Number(isExpired) * NO_MATCH + quality) * RANKS + rank) * 2 + (rating & 1)) * 2;
}

/** Rows whose symbol, ISIN or exchange token is what was given, with their quality. */
function findExactRows(file: MasterFile, words: readonly string[], joined: string): ReadonlyMap<number, number> {
  const rows = new Map<number, number>();
  if (words.length > 0) {
    for (const row of file.rowsOfToken(joined)) rows.set(row, EXACT_NUMBER);
    for (const stem of file.stemsOfIsin(joined)) {
      for (let row = file.stemRows[stem] as number; row < (file.stemRows[stem + 1] as number); row++) {
        rows.set(row, EXACT_NUMBER);
      }
    }
    for (const name of [joined, words.join(' ')]) {
      const row = file.findRow(`${file.exchange}:${name}`);
      if (row >= 0) rows.set(row, EXACT_SYMBOL);
    }
  }
  return rows;
}

function createStemFilter(
  file: MasterFile,
  query: SearchQuery,
  underlying: string | undefined,
): (stem: number) => boolean {
  const type = query.type === undefined ? undefined : INSTRUMENT_TYPES.indexOf(query.type);
  const underlyingId = underlying === undefined ? undefined : findSorted(file.table('underlyings'), underlying);
  const expires = query.expiry === undefined ? undefined : createExpiryCheck(file, query.expiry, query.nowMs);
  return (stem) =>
    (type === undefined || file.stemType[stem] === type) &&
    (underlyingId === undefined || file.stemUnderlying[stem] === underlyingId) &&
    (expires === undefined || expires(stem));
}

function createRowFilter(
  { rowEnding, endingStrike, endingRight }: MasterFile,
  query: SearchQuery,
): (row: number) => boolean {
  const { strike, right } = query;
  const rightNumber = right === undefined ? undefined : RIGHT_NUMBERS[right];
  return (row) => {
    const ending = rowEnding[row] as number;
    return (
      (strike === undefined || endingStrike[ending] === strike) &&
      (rightNumber === undefined || endingRight[ending] === rightNumber)
    );
  };
}

function compareFound(one: RankedRow, other: RankedRow): number {
  return one.group - other.group || compareRows(one, other);
}

/** Markets in the order in which people mean them. NSE's commodities are hardly traded: `crude` is MCX's. */
const MARKET_ORDER: readonly MasterFileName[] = [
  'NSE_CM',
  'NSE_FO',
  'NSE_CD',
  'BSE_CM',
  'BSE_FO',
  'MCX_COM',
  'NSE_COM',
];

const marketOf = ({ facts }: MasterFile): number => MARKET_ORDER.indexOf(facts.name);

/** Near expiries first, then by market, underlying, and the order of a file. */
export function compareRows({ file: a, row: one }: FoundRow, { file: b, row: other }: FoundRow): number {
  if (a === b) return one - other;
  const [stem, otherStem] = [a.stemOf(one), b.stemOf(other)];
  return (
    dayOf(a.stemExpiry[stem] as number) - dayOf(b.stemExpiry[otherStem] as number) ||
    marketOf(a) - marketOf(b) ||
    compareText(a.underlyingAt(stem) ?? '', b.underlyingAt(otherStem) ?? '') ||
    compareText(a.facts.name, b.facts.name)
  );
}

/** The number of the day in India: markets close their contracts of one day at different hours. @param seconds since 1970 */
function dayOf(seconds: number): number {
  return Math.floor((seconds * 1000 + IST_OFFSET_MS) / DAY_MS);
}
