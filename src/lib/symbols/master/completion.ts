import type { MasterFile } from './master-file.ts';
import type { FoundRow } from './search.ts';
import { BEGIN } from './search-text.ts';
import { readString } from './string-table.ts';

/** Rows whose symbols begin with a prefix, of one exchange, and with the same character after it. */
interface Branch {
  readonly rows: FoundRow[];
}

/** What begins with a prefix: the branches, and how many rows they have in all. */
interface Found {
  readonly branches: Map<string, Branch>;
  count: number;
}

/**
 * The rows whose symbols begin with a prefix, with their exchange or without it. Where there are more than `limit`, some of each
 * exchange and of each character that may follow: what a shell types is what all that it is given begin with, and this must be true
 * of all that there are. So there can be a few more than `limit`.
 * @param compare the order of the rows that are given
 */
export function findRowsStartingWith(
  files: readonly MasterFile[],
  prefix: string,
  limit: number,
  nowMs: number,
  compare: (one: FoundRow, other: FoundRow) => number,
): FoundRow[] {
  const found: Found = { branches: new Map(), count: 0 };
  for (const file of files) addRows(found, file, prefix, limit, nowMs);
  const branches = [...found.branches.values()].map(({ rows }) => rows.sort(compare));
  if (found.count <= limit) return branches.flat().sort(compare);
  const taken: FoundRow[] = [];
  for (let place = 0; place === 0 || taken.length < limit; place++) {
    const next = branches.flatMap((rows) => rows[place] ?? []);
    if (next.length === 0) break;
    taken.push(...(place === 0 ? next : next.slice(0, limit - taken.length)));
  }
  return taken.sort(compare);
}

function addRows(found: Found, file: MasterFile, prefix: string, limit: number, nowMs: number): void {
  const withExchange = `${file.exchange}:`;
  const isExchange = withExchange.startsWith(prefix);
  const name = isExchange ? '' : prefix.startsWith(withExchange) ? prefix.slice(withExchange.length) : prefix;
  if (name.includes(':')) return;
  const stems = name === '' || file.hasEndings ? allStems(file) : stemsBeginningWith(file, name);
  const { offsets, bytes } = file.table('searchText');
  // The symbol is the first field.
  const wanted = Buffer.from(`${String.fromCharCode(BEGIN)}${name}`);
  const { length } = wanted;
  for (const stem of stems) {
    const at = offsets[stem] as number;
    let equal = 1;
    while (equal < length && bytes[at + equal] === wanted[equal]) equal++;
    const isHead = equal === length && (bytes[at + length] as number) >= FIRST_CHARACTER;
    // The rest of the name is to be found in the endings.
    const isEnding = !isHead && equal > 1 && (bytes[at + equal] as number) < FIRST_CHARACTER;
    if (!isHead && !isEnding) continue;
    const expiry = file.stemExpiry[stem] as number;
    if (expiry !== 0 && expiry * 1000 <= nowMs) continue;
    if (isHead) addStem(found, file, stem, bytes[at + length] as number, limit);
    else addEndings(found, file, stem, name.slice(equal - 1), limit);
  }
}

function* allStems({ stems }: MasterFile): Generator<number> {
  for (let stem = 0; stem < stems; stem++) yield stem;
}

/** Finds the stems by their text, as the machine finds bytes: a process that has just started runs a loop over all of them slowly. */
function* stemsBeginningWith(file: MasterFile, name: string): Generator<number> {
  const { offsets, bytes } = file.table('searchText');
  const wanted = Buffer.from(`\0${String.fromCharCode(BEGIN)}${name}`);
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) yield numberAt(offsets, at + 1);
}

/** The number of the string that begins at a place. */
function numberAt(offsets: Uint32Array, place: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((offsets[middle] as number) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** All rows of a stem. @param next the character in their symbols that follows the prefix */
function addStem(found: Found, file: MasterFile, stem: number, next: number, limit: number): void {
  const begin = file.stemRows[stem] as number;
  const end = file.stemRows[stem + 1] as number;
  found.count += end - begin;
  const { rows } = branchOf(found, file, next);
  for (let row = begin; row < end && rows.length < limit; row++) rows.push({ file, row });
}

/** What ends a field is smaller: see search-text.ts. */
const FIRST_CHARACTER = 0x20;

/** The rows of a stem whose endings begin with a text; an instrument that is no option has one row, whose ending is empty. */
function addEndings(found: Found, file: MasterFile, stem: number, text: string, limit: number): void {
  const end = file.stemRows[stem + 1] as number;
  for (let row = file.stemRows[stem] as number; row < end; row++) {
    const ending = readString(file.table('endings'), file.rowEnding[row] as number);
    if (!ending.startsWith(text)) continue;
    found.count++;
    const { rows } = branchOf(found, file, ending.charCodeAt(text.length) || 0);
    if (rows.length < limit) rows.push({ file, row });
  }
}

function branchOf({ branches }: Found, { exchange }: MasterFile, next: number): Branch {
  const key = `${exchange} ${next}`;
  let branch = branches.get(key);
  if (branch === undefined) {
    branch = { rows: [] };
    branches.set(key, branch);
  }
  return branch;
}
