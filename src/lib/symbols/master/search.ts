import { DAY_MS, IST_OFFSET_MS } from '../../clock/ist.ts';
import { createExpiryCheck } from './expiry-rule.ts';
import { type MasterFile, RIGHT_NUMBERS } from './master-file.ts';
import { compareText, RANK } from './master-file-builder.ts';
import { EXACT_NUMBER, EXACT_SYMBOL, matchWords, NO_MATCH } from './match-words.ts';
import { findSorted } from './string-table.ts';
import { type Exchange, INSTRUMENT_TYPES, type MasterFileName, type SearchQuery } from './symbol-master.ts';

/** A row that was found, and what it is sorted by. */
export interface FoundRow {
  readonly file: MasterFile;
  readonly row: number;
}

interface RankedRow extends FoundRow {
  /** Smaller is better: see `groupOf`. */
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

/** No sensible query has more words. */
const MAX_WORDS = 20;
const EXCHANGE_PREFIX = /^(NSE|BSE|MCX):/;
/** Between letters and digits: `NIFTY24000CE` are three words. */
const WORD_BORDER = /(?<=[A-Z])(?=\d)|(?<=\d)(?=[A-Z])/;

/**
 * Rows that match a query, best first. Each word has to stand somewhere in symbol, name, underlying, ISIN, strike or right; or all
 * words, joined, in one of them without its blanks. When there is none, words are cut between letters and digits.
 * @param underlying the filter in the master's spelling
 */
export function searchFiles(
  files: readonly MasterFile[],
  query: SearchQuery,
  underlying: string | undefined,
  busyUnderlyings: BusyUnderlyings,
): FoundRow[] {
  const words = splitWords(query.text);
  const found = searchOnce(files, query, words, underlying, busyUnderlyings);
  if (found.length > 0) return found;
  const cut = words.words.flatMap((word) => word.split(WORD_BORDER));
  if (cut.length === words.words.length) return found;
  return searchOnce(files, query, { ...words, words: cut }, underlying, busyUnderlyings);
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
  const allowed = files.filter(({ exchange }) =>
    [query.exchange, words.exchange].every((wanted) => wanted === undefined || wanted === exchange),
  );
  const found = allowed.flatMap((file) => searchFile(file, query, words, underlying, busyUnderlyings));
  return found.sort(compareFound).slice(0, query.limit);
}

/** The best rows of one file, not sorted: of each group at most as many as the query wants. */
function searchFile(
  file: MasterFile,
  query: SearchQuery,
  { words, joined }: Words,
  underlying: string | undefined,
  busyUnderlyings: BusyUnderlyings,
): RankedRow[] {
  const passesStem = createStemFilter(file, query, underlying);
  const passesRow = createRowFilter(file, query);
  const { stemRows, rowEnding, stemRank, stemExpiry, stemUnderlying } = file;
  let busy: Uint8Array | undefined;
  const counts = new Uint32Array(GROUPS);
  const found: RankedRow[] = [];
  const add = (stem: number, row: number, rating: number): void => {
    if (!passesRow(row)) return;
    const quality = rating >> 1;
    const rank = stemRank[stem] as number;
    const expiry = stemExpiry[stem] as number;
    const isExpired = expiry !== 0 && expiry * 1000 <= query.nowMs;
    const group = ((((isExpired ? 1 : 0) * NO_MATCH + quality) * RANKS + rank) * 2 + (rating & 1)) * 2;
    addTo(rank < RANK.future ? chooseBusy(group, stem) : group, row);
  };
  /** Shares and indices without contracts are in the group behind. Both may be full already. */
  const chooseBusy = (group: number, stem: number): number => {
    const isFull = (counts[group] as number) >= query.limit && (counts[group + 1] as number) >= query.limit;
    busy ??= busyUnderlyings(file);
    return isFull || busy[stemUnderlying[stem] as number] === 1 ? group : group + 1;
  };
  const addTo = (group: number, row: number): void => {
    const count = counts[group] as number;
    if (count >= query.limit) return;
    counts[group] = count + 1;
    found.push({ file, row, group });
  };
  const exact = findExactRows(file, words, joined);
  // In the order of the file, as all others.
  for (const [row, quality] of [...exact].sort(([one], [other]) => one - other)) {
    const stem = file.stemOf(row);
    if (passesStem(stem)) add(stem, row, quality * 2);
  }
  const matcher = matchWords(file, words);
  if (matcher === undefined) return found;
  for (const stem of matcher.stems) {
    if (!passesStem(stem)) continue;
    const end = stemRows[stem + 1] as number;
    for (let row = stemRows[stem] as number; row < end; row++) {
      const rating = matcher.rate(stem, rowEnding[row] as number);
      if (rating < NO_MATCH * 2 && !exact.has(row)) add(stem, row, rating);
    }
  }
  return found;
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

/** Near expiries first, then by market, underlying, and the order of a file. */
export function compareRows({ file: a, row: one }: FoundRow, { file: b, row: other }: FoundRow): number {
  if (a === b) return one - other;
  const [stem, otherStem] = [a.stemOf(one), b.stemOf(other)];
  return (
    dayOf(a.stemExpiry[stem] as number) - dayOf(b.stemExpiry[otherStem] as number) ||
    MARKET_ORDER.indexOf(a.facts.name) - MARKET_ORDER.indexOf(b.facts.name) ||
    compareText(a.underlyingAt(stem) ?? '', b.underlyingAt(otherStem) ?? '') ||
    compareText(a.facts.name, b.facts.name)
  );
}

/** The number of the day in India: markets close their contracts of one day at different hours. @param seconds since 1970 */
function dayOf(seconds: number): number {
  return Math.floor((seconds * 1000 + IST_OFFSET_MS) / DAY_MS);
}
