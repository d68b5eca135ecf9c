import { countEdits } from '../../text/edit-distance.ts';
import { baseOf, countBits, letterBits } from './letter-bits.ts';
import type { MasterFile } from './master-file.ts';
import { RANK } from './master-file-builder.ts';
import { compareRows, type FoundRow } from './search.ts';
import { squeeze } from './search-text.ts';
import { findSorted, readString } from './string-table.ts';
import { INSTRUMENT_TYPES } from './symbol-master.ts';

/** With more edits than this it is another name. */
const MAX_EDITS = 2;
/** Of contracts of the same underlying, which differ in their expiry. */
const MAX_CONTRACT_EDITS = 8;
/** A name that begins so may be a shortened one. */
const MIN_SHORTENED = 3;
const MAX_CHARACTERS = 60;

const WRONG_EXCHANGE = 1;
const WRONG_SERIES = 1;
const PER_EDIT = 4;
const SHORTENED = 5;
/** A contract with another strike, and one with another expiry. */
const WRONG_STRIKE = 6;

const INDEX = INSTRUMENT_TYPES.indexOf('index');
const EXCHANGE_PREFIX = /^([A-Z_]*):/;
const SERIES = /-[A-Z0-9]{1,5}$/;
const OPTION_ENDING = /^(\d+(?:\.\d+)?)(CE|PE)$/;
const LOOKS_LIKE_CONTRACT = /\d.*(?:FUT|CE|PE)$/;

/** A symbol as it was typed. */
interface Typed {
  readonly exchange: string | undefined;
  /** Without the exchange. */
  readonly name: string;
  /** Without the series, too. */
  readonly base: string;
}

interface Candidate extends FoundRow {
  /** Smaller is better. */
  readonly score: number;
}

function readTyped(text: string): Typed {
  const whole = squeeze(text.replace(/\s/g, ' ')).slice(0, MAX_CHARACTERS);
  const exchange = EXCHANGE_PREFIX.exec(whole)?.[1];
  const name = whole.replace(EXCHANGE_PREFIX, '');
  return { exchange, name, base: name.replace(SERIES, '') };
}

/** The rows whose symbols a user may have meant by a wrong one, best first. */
export function findNearestRows(
  files: readonly MasterFile[],
  text: string,
  limit: number,
  nowMs: number,
  hasContracts: (underlying: string) => boolean,
): FoundRow[] {
  const typed = readTyped(text);
  if (typed.name === '') return [];
  const candidates = files.flatMap((file) =>
    LOOKS_LIKE_CONTRACT.test(typed.name)
      ? [...sameName(file, typed), ...findContracts(file, typed, nowMs, limit)]
      : [...sameName(file, typed), ...findCash(file, typed, hasContracts)],
  );
  const best = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const symbol = candidate.file.symbolAt(candidate.row);
    const known = best.get(symbol);
    if (!isEnded(candidate, nowMs) && (known === undefined || candidate.score < known.score))
      best.set(symbol, candidate);
  }
  return [...best.values()].sort((one, other) => one.score - other.score || compareRows(one, other)).slice(0, limit);
}

function isEnded({ file, row }: FoundRow, nowMs: number): boolean {
  const expiry = file.stemExpiry[file.stemOf(row)] as number;
  return expiry !== 0 && expiry * 1000 <= nowMs;
}

/** The same name at any exchange: the exchange was forgotten, or it is another program's name for it. */
function sameName(file: MasterFile, { exchange, name }: Typed): Candidate[] {
  const row = file.findRow(`${file.exchange}:${name}`);
  return row < 0 ? [] : [{ file, row, score: exchange === file.exchange ? 0 : WRONG_EXCHANGE }];
}

/** Shares and indices whose symbol or underlying is like the name. */
function findCash(file: MasterFile, typed: Typed, hasContracts: (underlying: string) => boolean): Candidate[] {
  const { base, name, exchange } = typed;
  const allowed = Math.min(MAX_EDITS, Math.floor(base.length / 3));
  const mayBeLike = createLikenessCheck(file, base, allowed);
  const found: Candidate[] = [];
  for (let stem = 0; stem < file.stems; stem++) {
    const rank = file.stemRank[stem] as number;
    if (rank === RANK.future || rank === RANK.option) break;
    if (!mayBeLike(stem)) continue;
    const symbol = readString(file.table('symbols'), stem);
    const itsName = symbol.slice(file.exchange.length + 1);
    const itsBase = baseOf(symbol);
    const underlying = file.underlyingAt(stem) ?? itsBase;
    let edits = Math.min(editsBetween(base, itsBase, allowed), editsBetween(base, underlying, allowed));
    if (!Number.isFinite(edits)) continue;
    // A share that people trade was meant rather than another.
    if (edits > 0 && !hasContracts(underlying)) edits += 1;
    const hasSeries = itsName.length > itsBase.length && name.endsWith(itsName.slice(itsName.lastIndexOf('-')));
    const score =
      edits +
      rank +
      (exchange === undefined || exchange === file.exchange ? 0 : WRONG_EXCHANGE) +
      (hasSeries || name === base ? 0 : WRONG_SERIES);
    found.push({ file, row: file.stemRows[stem] as number, score });
  }
  return found;
}

/**
 * A quick look that sorts out nearly all of 25,000 names: an edit adds or removes one letter at most, so names whose letters
 * differ in more cannot be like each other. Indices pass: their underlying may be like the name while their symbol is not.
 */
function createLikenessCheck(file: MasterFile, base: string, allowed: number): (stem: number) => boolean {
  const { stemType, stemLetters, stemBaseLength } = file;
  const letters = letterBits(base);
  return (stem) => {
    if (stemType[stem] === INDEX) return true;
    const longer = (stemBaseLength[stem] as number) - base.length;
    if (longer < -allowed) return false;
    const its = stemLetters[stem] as number;
    // A longer name may be the whole of a shortened one: then it has all letters of that.
    return longer > allowed ? (letters & ~its) === 0 : countBits(letters ^ its) <= 2 * allowed;
  };
}

/** As a score; infinite for another name. */
function editsBetween(typed: string, name: string, allowed: number): number {
  if (typed === name) return 0;
  const edits = countEdits(typed, name, allowed);
  if (edits <= allowed) return edits * PER_EDIT;
  const isShortened = typed.length >= MIN_SHORTENED && name.startsWith(typed);
  return isShortened ? SHORTENED + (name.length - typed.length) / MAX_CHARACTERS : Number.POSITIVE_INFINITY;
}

/** Contracts of the same underlying, and those of which only a letter or two are wrong. */
function findContracts(file: MasterFile, { exchange, name }: Typed, nowMs: number, limit: number): Candidate[] {
  const own = ownUnderlying(file, name);
  const found: Candidate[] = [];
  const isFuture = name.endsWith('FUT');
  const type = INSTRUMENT_TYPES.indexOf(isFuture ? 'future' : 'option');
  const wrongExchange = exchange === undefined || exchange === file.exchange ? 0 : WRONG_EXCHANGE;
  for (let stem = 0; stem < file.stems; stem++) {
    if (file.stemType[stem] !== type || (file.stemExpiry[stem] as number) * 1000 <= nowMs) continue;
    const head = readString(file.table('symbols'), stem).slice(file.exchange.length + 1);
    const allowed = file.stemUnderlying[stem] === own ? MAX_CONTRACT_EDITS : MAX_EDITS;
    if (isFuture) {
      const edits = countEdits(name, head, allowed);
      if (edits <= allowed)
        found.push({ file, row: file.stemRows[stem] as number, score: edits * PER_EDIT + wrongExchange });
    } else {
      found.push(...findOptions(file, stem, head, name, allowed, wrongExchange, limit));
    }
  }
  return found;
}

/** The longest underlying that the name begins with; -1 for none. */
function ownUnderlying(file: MasterFile, name: string): number {
  for (let length = name.length - 1; length > 0; length--) {
    const number = findSorted(file.table('underlyings'), name.slice(0, length));
    if (number >= 0) return number;
  }
  return -1;
}

/** Options of one stem: the same strike where there is one, else the strikes beside it. */
function findOptions(
  file: MasterFile,
  stem: number,
  head: string,
  name: string,
  allowed: number,
  wrongExchange: number,
  limit: number,
): Candidate[] {
  let best: Candidate[] = [];
  let least = Number.POSITIVE_INFINITY;
  // How many characters the typing error has added to the head, or taken from it.
  for (let shift = -allowed; shift <= allowed; shift++) {
    const ending = OPTION_ENDING.exec(name.slice(head.length + shift));
    if (ending === null) continue;
    const edits = countEdits(name.slice(0, head.length + shift), head, allowed);
    if (edits > allowed || edits >= least) continue;
    const rows = nearestStrikes(file, stem, Number(ending[1]), ending[2] as string, limit);
    if (rows.length === 0) continue;
    least = edits;
    best = rows.map(({ row, distance }) => ({
      file,
      row,
      score: edits * PER_EDIT + wrongExchange + (distance === 0 ? 0 : WRONG_STRIKE + distance),
    }));
  }
  return best;
}

/** Rows of a stem with this right, nearest strike first. `distance` is a part of the strike: 0 for the strike itself. */
function nearestStrikes(
  file: MasterFile,
  stem: number,
  strike: number,
  right: string,
  limit: number,
): { readonly row: number; readonly distance: number }[] {
  const rows: { row: number; distance: number }[] = [];
  for (let row = file.stemRows[stem] as number; row < (file.stemRows[stem + 1] as number); row++) {
    const ending = file.rowEnding[row] as number;
    const text = readString(file.table('endings'), ending);
    if (!text.endsWith(right)) continue;
    const distance = Math.abs((file.endingStrike[ending] as number) - strike) / Math.max(strike, 1);
    // More than a tenth away it is another contract.
    if (distance <= 0.1) rows.push({ row, distance });
  }
  return rows.sort((one, other) => one.distance - other.distance).slice(0, limit);
}
