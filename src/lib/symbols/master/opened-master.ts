import { findRowsStartingWith } from './completion.ts';
import type { MasterFile } from './master-file.ts';
import { findNearestRows } from './nearest.ts';
import { compareRows, type FoundRow, searchFiles } from './search.ts';
import { squeeze } from './search-text.ts';
import { findSorted, readString } from './string-table.ts';
import {
  type CachedMasterFile,
  EXCHANGES,
  type ListedInstrument,
  type SearchQuery,
  type SymbolMaster,
} from './symbol-master.ts';

const EXCHANGE_PREFIX = /^[A-Z_]*:/;
const SERIES = /-(?:INDEX|[A-Z0-9]{1,2})$/;
/** What an index or a share is called at its exchange, when a user gives its name alone. */
const USUAL_SERIES = ['INDEX', 'EQ', 'A'] as const;

/** Opens the files of a master for reading. */
export function openMaster(
  masterFiles: readonly MasterFile[],
  indexNames: ReadonlyMap<string, string> = new Map(),
): SymbolMaster {
  let known: ReadonlySet<string> | undefined;
  const withContracts = (): ReadonlySet<string> => {
    known ??= underlyingsOfContracts(masterFiles);
    return known;
  };
  const hasContracts = (underlying: string): boolean => withContracts().has(underlying);
  const busyByFile = new Map<MasterFile, Uint8Array>();
  const busyUnderlyings = (file: MasterFile): Uint8Array => {
    const marked = busyByFile.get(file);
    if (marked !== undefined) return marked;
    const table = file.table('underlyings');
    const busy = new Uint8Array(table.offsets.length);
    known ??= underlyingsOfContracts(masterFiles);
    for (const name of known) {
      const number = findSorted(table, name);
      if (number >= 0) busy[number] = 1;
    }
    busyByFile.set(file, busy);
    return busy;
  };

  function findFound(symbol: string): FoundRow | undefined {
    for (const file of masterFiles) {
      if (!symbol.startsWith(file.exchange)) continue;
      const row = file.findRow(symbol);
      if (row >= 0) return { file, row };
    }
    return undefined;
  }

  function find(symbol: string): ListedInstrument | undefined {
    const found = findFound(symbol);
    return found?.file.instrumentAt(found.row);
  }

  function underlyingOf(text: string): string | undefined {
    const upper = text.trim().replace(/\s+/g, ' ').toUpperCase();
    const named = underlyingOfRow(findFound(upper));
    if (named !== undefined) return named;
    const bare = squeeze(upper).replace(EXCHANGE_PREFIX, '').replace(SERIES, '');
    if (hasContracts(bare)) return bare;
    for (const exchange of EXCHANGES) {
      for (const series of USUAL_SERIES) {
        const underlying = underlyingOfRow(findFound(`${exchange}:${bare}-${series}`));
        if (underlying !== undefined) return underlying;
      }
    }
    return masterFiles.some((file) => findSorted(file.table('underlyings'), bare) >= 0) ? bare : undefined;
  }

  function contractsOf(underlying: string, nowMs: number): ListedInstrument[] {
    const found = masterFiles.flatMap((file) => [...contractRows(file, underlying, nowMs)]);
    return found.sort(compareContracts).map(({ file, row }) => file.instrumentAt(row));
  }

  function search(query: SearchQuery): ListedInstrument[] {
    const underlying = query.underlying === undefined ? undefined : underlyingOf(query.underlying);
    if (query.underlying !== undefined && underlying === undefined) return [];
    const found = searchFiles(masterFiles, query, underlying, busyUnderlyings);
    return found.map(({ file, row }) => file.instrumentAt(row));
  }

  function nearest(symbol: string, limit: number, nowMs: number): string[] {
    return findNearestRows(masterFiles, symbol, limit, nowMs, hasContracts).map(symbolOf);
  }

  function startingWith(prefix: string, limit: number, nowMs: number): string[] {
    const wanted = prefix.trimStart().toUpperCase();
    return findRowsStartingWith(masterFiles, wanted, limit, nowMs, compareRanked).map(symbolOf);
  }

  return {
    files: masterFiles.map(describeFile),
    size: masterFiles.reduce((size, file) => size + file.rows, 0),
    find,
    indexName: (symbol) => indexNames.get(symbol),
    search,
    underlyingOf,
    underlyingsStartingWith: (prefix) => [...withContracts()].filter((name) => name.startsWith(prefix)),
    contractsOf,
    nearest,
    startingWith,
  };
}

function describeFile({ facts }: MasterFile): CachedMasterFile {
  const { name, rows, skippedRows, checkedAtMs, fetchedAtMs } = facts;
  return { name, rows, skippedRows, checkedAtMs, fetchedAtMs };
}

const symbolOf = ({ file, row }: FoundRow): string => file.symbolAt(row);

function underlyingOfRow(found: FoundRow | undefined): string | undefined {
  return found && (found.file.underlyingAt(found.file.stemOf(found.row)) ?? undefined);
}

function underlyingsOfContracts(files: readonly MasterFile[]): Set<string> {
  const names = new Set<string>();
  for (const file of files) {
    const numbers = new Set<number>();
    for (let stem = 0; stem < file.stems; stem++) {
      if (file.stemExpiry[stem] !== 0) numbers.add(file.stemUnderlying[stem] as number);
    }
    for (const number of numbers) names.add(readString(file.table('underlyings'), number));
  }
  return names;
}

function* contractRows(file: MasterFile, underlying: string, nowMs: number): Generator<FoundRow> {
  const number = findSorted(file.table('underlyings'), underlying);
  if (number < 0) return;
  for (let stem = 0; stem < file.stems; stem++) {
    if (file.stemUnderlying[stem] !== number || (file.stemExpiry[stem] as number) * 1000 <= nowMs) continue;
    for (let row = file.stemRows[stem] as number; row < (file.stemRows[stem + 1] as number); row++) yield { file, row };
  }
}

/** Futures before options, then near expiries first. */
function compareContracts(one: FoundRow, other: FoundRow): number {
  return typeNumber(one) - typeNumber(other) || compareRows(one, other);
}

function typeNumber({ file, row }: FoundRow): number {
  return file.stemType[file.stemOf(row)] as number;
}

function compareRanked(one: FoundRow, other: FoundRow): number {
  return rankNumber(one) - rankNumber(other) || compareRows(one, other);
}

function rankNumber({ file, row }: FoundRow): number {
  return file.stemRank[file.stemOf(row)] as number;
}
