import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../errors/errno.ts';
import { findNames, listNamedFiles, type NamedFiles } from '../host/named-files.ts';
import { configDirectory } from '../host/user-directories.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What a watchlist's name begins with where a symbol is expected. */
export const WATCHLIST_MARK = '@';
const SUFFIX = '.txt';

/** The file of a watchlist; it may be missing. @param name a checked name, `readPlainName` */
export function watchlistFileOf(env: Env, name: string): string {
  return path.join(folderOf(env), `${name}${SUFFIX}`);
}

/** The same for messages: `watchlists/bank.txt`. */
export function nameWatchlistFile(name: string): string {
  return `watchlists/${name}${SUFFIX}`;
}

/** The user's watchlists. Throws what the file system says; a missing folder has none. */
export function listWatchlists(env: Env): NamedFiles {
  try {
    return listNamedFiles(folderOf(env), SUFFIX);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { names: [], others: [] };
    throw error;
  }
}

/** Their names alone; none where they cannot be read. */
export function findWatchlists(env: Env): readonly string[] {
  return findNames(folderOf(env), SUFFIX);
}

/** Whether a watchlist is there, even as a link to nothing, or where it cannot be looked for. */
export async function isWatchlist(env: Env, name: string): Promise<boolean> {
  try {
    await lstat(watchlistFileOf(env, name));
    return true;
  } catch (error) {
    const code = errnoOf(error);
    // What reads the list next says what is wrong with the place.
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}

function folderOf(env: Env): string {
  return path.join(configDirectory(env), 'watchlists');
}
