import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { configDirectory } from '../../host/user-directories.ts';
import { readSymbolMaster } from '../../symbols/master/read-cache.ts';
import type { Environment } from '../program/program.ts';
import { locateConfigFile } from '../settings/config-file.ts';
import type { CompletionSources } from './complete.ts';
import { completeSymbol, completeUnderlying } from './listed-symbols.ts';

const LIST_SUFFIX = '.txt';

/** What completion finds on this machine. The symbol master is read when a symbol is completed, and only from the cache. */
export function openLocalSources(env: Environment, nowMs: number): CompletionSources {
  const search = (complete: typeof completeSymbol) => (typed: string) =>
    silently(() => {
      const master = readSymbolMaster({ env });
      return master ? complete(master, typed, nowMs) : [];
    }, []);
  return {
    watchlists: () => listWatchlists(env),
    profiles: () => listProfiles(env),
    symbols: search(completeSymbol),
    underlyings: search(completeUnderlying),
    paths: listPaths,
  };
}

/** The names of the user's watchlists, sorted; none when they cannot be read. */
export function listWatchlists(env: Environment): readonly string[] {
  const names = silently(() => readdirSync(path.join(configDirectory(env), 'watchlists')), []);
  return names
    .filter((name) => name.endsWith(LIST_SUFFIX) && !name.startsWith('.'))
    .map((name) => name.slice(0, -LIST_SUFFIX.length))
    .sort();
}

/** The names of the profiles in the configuration file; none when it cannot be read. */
export function listProfiles(env: Environment): readonly string[] {
  return silently(() => {
    const config: unknown = JSON.parse(readFileSync(locateConfigFile(env).file, 'utf8'));
    const profiles = isRecord(config) ? config['profiles'] : undefined;
    return isRecord(profiles) ? Object.keys(profiles) : [];
  }, []);
}

/** The files and folders whose path begins with a text; folders end with a slash. Hidden ones only when the dot was typed. */
export function listPaths(prefix: string): readonly string[] {
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

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
