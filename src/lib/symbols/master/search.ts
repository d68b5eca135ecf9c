import { createExpiryCheck } from './expiry-rule.ts';
import { type MasterFile, RIGHT_NUMBERS } from './master-file.ts';
import { compareText } from './master-file-builder.ts';
import { findString } from './string-table.ts';
import { EXCHANGES, type Exchange, INSTRUMENT_TYPES, type SearchQuery } from './symbol-master.ts';
import {
  BEGINS_FIELD,
  BEGINS_WORD,
  bitsOf,
  IS_WORD,
  matchJoined,
  matchWord,
  mayMatch,
  type WordMatches,
} from './word-scan.ts';

/** A row that was found, and what it is sorted by. */
export interface FoundRow {
  readonly file: MasterFile;
  readonly row: number;
}

interface RankedRow extends FoundRow {
  /** Smaller is better: see `groupOf`. */
  readonly group: number;
}

/** What a query comes to, without the filters. */
interface Words {
  readonly words: readonly string[];
  /** All of them in one. */
  readonly joined: string;
  readonly exchange: Exchange | undefined;
}

/** How well a row matches; smaller is better. */
const EXACT_SYMBOL = 0;
const EXACT_NUMBER = 1;
const BEGINS = 2;
const WORDS_BEGIN = 3;
const ANYWHERE = 4;
const NO_MATCH = 5;

/** What a row is sorted by before its expiry has the place of a digit in its group. */
const RANKS = 5;

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
  hasContracts: (underlying: string) => boolean,
): FoundRow[] {
  const words = splitWords(query.text);
  const found = searchOnce(files, query, words, underlying, hasContracts);
  if (found.length > 0) return found;
  const cut = words.words.flatMap((word) => word.split(WORD_BORDER));
  if (cut.length === words.words.length) return found;
  return searchOnce(files, query, { ...words, words: cut }, underlying, hasContracts);
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
  hasContracts: (underlying: string) => boolean,
): FoundRow[] {
  if (words.words.length > MAX_WORDS) return [];
  const allowed = files.filter(({ exchange }) =>
    [query.exchange, words.exchange].every((wanted) => wanted === undefined || wanted === exchange),
  );
  const found = allowed.flatMap((file) => searchFile(file, query, words, underlying, hasContracts));
  return found.sort(compareFound).slice(0, query.limit);
}

/** The best rows of one file, not sorted: of each group at most as many as the query wants. */
function searchFile(
  file: MasterFile,
  query: SearchQuery,
  { words, joined }: Words,
  underlying: string | undefined,
  hasContracts: (underlying: string) => boolean,
): RankedRow[] {
  const passesStem = createStemFilter(file, query, underlying);
  const passesRow = createRowFilter(file, query);
  const exact = findExactRows(file, words, joined);
  const match = createMatcher(file, words);
  const { stemRows, rowEnding, stemRank, stemExpiry, stemUnderlying } = file;
  const counts = new Map<number, number>();
  const found: RankedRow[] = [];
  const contracts = new Map<number, boolean>();
  for (let stem = 0; stem < file.stems; stem++) {
    const isExactStem = exact.stems.has(stem);
    if (!isExactStem && !match.mayMatch(stem)) continue;
    if (!passesStem(stem)) continue;
    const rank = stemRank[stem] as number;
    const expiry = stemExpiry[stem] as number;
    const underlyingId = stemUnderlying[stem] as number;
    const isExpired = expiry !== 0 && expiry * 1000 <= query.nowMs;
    for (let row = stemRows[stem] as number; row < (stemRows[stem + 1] as number); row++) {
      const exactRank = isExactStem ? exact.rows.get(row) : undefined;
      const matched = exactRank === undefined ? match.row(stem, rowEnding[row] as number) : exactRank * 2;
      const quality = matched >> 1;
      if (quality >= NO_MATCH || !passesRow(row)) continue;
      const isCash = rank < 2;
      let isTraded = isCash && contracts.get(underlyingId);
      if (isTraded === undefined) {
        isTraded = hasContracts(file.underlyingAt(stem) ?? '');
        contracts.set(underlyingId, isTraded);
      }
      const order = [isExpired ? 1 : 0, quality, rank, matched & 1, isCash && !isTraded ? 1 : 0] as const;
      const group = (((order[0] * (NO_MATCH + 1) + order[1]) * RANKS + order[2]) * 2 + order[3]) * 2 + order[4];
      const count = counts.get(group) ?? 0;
      if (count >= query.limit) continue;
      counts.set(group, count + 1);
      found.push({ file, row, group });
    }
  }
  return found;
}

interface Matcher {
  /** Whether any row of the stem may match. */
  mayMatch(stem: number): boolean;
  /** Twice the quality of a row, and 1 more when its underlying is none of the words. */
  row(stem: number, ending: number): number;
}

/** Words that are the name of the row's exchange match it, beside others. */
function isExchangeWord(word: string, file: MasterFile, words: readonly string[]): boolean {
  return words.length > 1 && word === file.exchange;
}

function createMatcher(file: MasterFile, words: readonly string[]): Matcher {
  if (words.length === 0) return { mayMatch: () => true, row: () => ANYWHERE * 2 };
  const byExchange = words.map((word) => isExchangeWord(word, file, words));
  const matches = words.map((word) => matchWord(file, word));
  /** The first words, joined: one, two, and so on. */
  const joins = words.map((_, at) => words.slice(0, at + 1).join(''));
  const leads = joins.map((joined) => matchJoined(file, joined));
  const underlyings = new Set([...words, ...joins].map((text) => findString(file.table('underlyings'), text)));
  const whole = leads.at(-1) as WordMatches;
  const bits = new Uint8Array(words.length);
  return {
    mayMatch: (stem) => mayMatch(whole, stem) || matches.every((match, at) => byExchange[at] || mayMatch(match, stem)),
    row(stem, ending) {
      let all = BEGINS_WORD | IS_WORD;
      let isEvery = true;
      for (let at = 0; at < matches.length; at++) {
        const found = bitsOf(matches[at] as WordMatches, stem, ending) | (byExchange[at] ? BEGINS_WORD | IS_WORD : 0);
        bits[at] = found;
        if (found === 0) isEvery = false;
        all &= found;
      }
      if (!isEvery && bitsOf(whole, stem, ending) === 0) return NO_MATCH * 2;
      const isOther = underlyings.has(file.stemUnderlying[stem] as number) ? 0 : 1;
      if (isOther === 0 && (all & IS_WORD) !== 0) return BEGINS * 2;
      // From the last word back, as long as the words behind are words of the row.
      for (let at = words.length - 1; at >= 0; at--) {
        if ((bitsOf(leads[at] as WordMatches, stem, ending) & BEGINS_FIELD) !== 0) return BEGINS * 2 + isOther;
        if (((bits[at] as number) & IS_WORD) === 0) break;
      }
      return (isEvery && (all & BEGINS_WORD) !== 0 ? WORDS_BEGIN : ANYWHERE) * 2 + isOther;
    },
  };
}

interface ExactRows {
  readonly rows: ReadonlyMap<number, number>;
  readonly stems: ReadonlySet<number>;
}

/** Rows whose symbol, ISIN or exchange token is what was given. */
function findExactRows(file: MasterFile, words: readonly string[], joined: string): ExactRows {
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
  return { rows, stems: new Set([...rows.keys()].map((row) => file.stemOf(row))) };
}

function createStemFilter(
  file: MasterFile,
  query: SearchQuery,
  underlying: string | undefined,
): (stem: number) => boolean {
  const type = query.type === undefined ? undefined : INSTRUMENT_TYPES.indexOf(query.type);
  const underlyingId = underlying === undefined ? undefined : findString(file.table('underlyings'), underlying);
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

/** Near expiries first, then by exchange, underlying, and the order of a file. */
export function compareRows({ file: a, row: one }: FoundRow, { file: b, row: other }: FoundRow): number {
  if (a === b) return one - other;
  const [stem, otherStem] = [a.stemOf(one), b.stemOf(other)];
  return (
    (a.stemExpiry[stem] as number) - (b.stemExpiry[otherStem] as number) ||
    EXCHANGES.indexOf(a.exchange) - EXCHANGES.indexOf(b.exchange) ||
    compareText(a.underlyingAt(stem) ?? '', b.underlyingAt(otherStem) ?? '') ||
    compareText(a.facts.name, b.facts.name)
  );
}
