import type { MasterFile } from './master-file.ts';
import type { FoundRow } from './search.ts';
import { BEGIN } from './search-text.ts';
import { readString } from './string-table.ts';

/** The rows of one file whose symbols begin with a prefix, with their exchange or without it, in the order of the file. */
export function* rowsStartingWith(file: MasterFile, prefix: string, nowMs: number): Generator<FoundRow> {
  const withExchange = `${file.exchange}:`;
  if (withExchange.startsWith(prefix)) {
    for (let stem = 0; stem < file.stems; stem++) yield* rowsOfStem(file, stem, '', nowMs);
    return;
  }
  const name = prefix.startsWith(withExchange) ? prefix.slice(withExchange.length) : prefix;
  if (name.includes(':')) return;
  const { offsets, bytes } = file.table('searchText');
  const wanted = Buffer.from(`${String.fromCharCode(BEGIN)}${name}`);
  const symbols = file.table('symbols');
  for (let stem = 0; stem < file.stems; stem++) {
    const at = offsets[stem] as number;
    // The symbol is the first field.
    if (bytes.compare(wanted, 0, wanted.length, at, at + wanted.length) === 0) yield* rowsOfStem(file, stem, '', nowMs);
    else if (file.stemType[stem] === OPTION && bytes[at + 1] === wanted[1]) {
      const head = readString(symbols, stem).slice(withExchange.length);
      if (name.startsWith(head)) yield* rowsOfStem(file, stem, name.slice(head.length), nowMs);
    }
  }
}

const OPTION = 3;

function* rowsOfStem(file: MasterFile, stem: number, ending: string, nowMs: number): Generator<FoundRow> {
  const expiry = file.stemExpiry[stem] as number;
  if (expiry !== 0 && expiry * 1000 <= nowMs) return;
  for (let row = file.stemRows[stem] as number; row < (file.stemRows[stem + 1] as number); row++) {
    if (ending === '' || readString(file.table('endings'), file.rowEnding[row] as number).startsWith(ending)) {
      yield { file, row };
    }
  }
}
