import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isPlainName } from '../../host/plain-name.ts';
import { listLogins } from '../../host/user-directories.ts';
import { useSymbolMaster } from '../../symbols/master/read-cache.ts';
import { EXCHANGES } from '../../symbols/master/symbol-master.ts';
import { findWatchlists, watchlistFileOf } from '../../symbols/watchlist-files.ts';
import { isJsonObject, parseJsonObject } from '../../text/json-object.ts';
import type { Environment } from '../program/program.ts';
import { locateConfigFile } from '../settings/config-file.ts';
import type { CompletionSources } from './complete.ts';
import { completeSymbol, completeUnderlying } from './listed-symbols.ts';

const MAX_FILE_BYTES = 1024 * 1024;

/**
 * What completion finds on this machine. The symbol master is read when a symbol is completed, and only from the cache.
 * @param withNames whether the shell shows the names of instruments beside their symbols
 */
export function openLocalSources(env: Environment, nowMs: number, withNames: boolean): CompletionSources {
  const search = (complete: typeof completeSymbol) => (typed: string) =>
    silently(() => {
      const exchange = EXCHANGES.find((name) => typed.toUpperCase().startsWith(`${name}:`));
      return useSymbolMaster({ env, exchange }, (master) => complete(master, typed, nowMs, withNames)) ?? [];
    }, []);
  return {
    watchlists: () => findWatchlists(env),
    listedIn: (name) => readListedSymbols(env, name),
    profiles: () => listProfiles(env),
    symbols: search(completeSymbol),
    underlyings: search(completeUnderlying),
    paths: listPaths,
  };
}

/** What stands in a watchlist, each once: symbols, and other watchlists. */
function readListedSymbols(env: Environment, name: string): readonly string[] {
  if (!isPlainName(name)) return [];
  const text = silently(() => readSmallFile(watchlistFileOf(env, name)), '');
  return [...new Set(text.split(/[\r\n,]+/).flatMap((line) => line.replace(/#.*/, '').trim() || []))];
}

/** The names of the profiles in the configuration file, and of those that have a login. */
function listProfiles(env: Environment): readonly string[] {
  const inFile = silently(() => {
    const profiles = parseJsonObject(readSmallFile(locateConfigFile(env).file))?.['profiles'];
    return isJsonObject(profiles) ? Object.keys(profiles) : [];
  }, []);
  return [...new Set([...inFile, ...listLogins(env)])];
}

/** Throws for what is no file, such as a pipe that nobody writes to, and for one that is large. */
function readSmallFile(file: string): string {
  const stat = statSync(file);
  if (!stat.isFile() || stat.size > MAX_FILE_BYTES) throw new Error('not a small file');
  return readFileSync(file, 'utf8');
}

/** The files and folders whose path begins with a text; folders end with a slash. Hidden ones only when the dot was typed. */
function listPaths(prefix: string): readonly string[] {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const begin = prefix.slice(folder.length);
  return silently(() => readdirSync(folder || '.', { withFileTypes: true }), [])
    .filter(({ name }) => name.startsWith(begin) && (begin !== '' || !name.startsWith('.')))
    .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
    .sort();
}

/** Completion is never in the way: whatever goes wrong, there is just nothing to offer. */
function silently<T>(read: () => T, fallback: T): T {
  try {
    return read();
  } catch {
    return fallback;
  }
}
