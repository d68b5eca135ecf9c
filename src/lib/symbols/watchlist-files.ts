import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../errors/errno.ts';
import { isPlainName } from '../host/plain-name.ts';
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

export interface WatchlistNames {
  /** Sorted. */
  readonly names: readonly string[];
  /** Files beside them whose names are no names of watchlists. */
  readonly others: readonly string[];
}

/** The user's watchlists. Throws what the file system says; a missing folder has none. */
export async function listWatchlists(env: Env): Promise<WatchlistNames> {
  const files = await readdir(folderOf(env)).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  });
  const stems = files.filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length));
  const isHidden = (stem: string): boolean => stem.startsWith('.');
  return {
    names: stems.filter(isPlainName).sort(),
    others: stems.filter((stem) => !isPlainName(stem) && !isHidden(stem)).map((stem) => `${stem}${SUFFIX}`),
  };
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
