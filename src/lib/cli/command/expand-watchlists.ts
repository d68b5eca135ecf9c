import { TickpipeError } from '../../errors/tickpipe-error.ts';
import {
  findWatchlists,
  isWatchlist,
  nameWatchlistFile,
  WATCHLIST_MARK,
  watchlistFileOf,
} from '../../symbols/watchlist-files.ts';
import { findNearest } from '../../text/nearest.ts';
import type { Environment } from '../program/program.ts';
import { atPlace, readListFile, type SymbolEntry } from './symbol-entries.ts';

/** Where watchlists are, and how long they are waited for. */
export interface WatchlistAccess {
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/**
 * Puts the symbols of watchlists in the place of their names, also those of watchlists in watchlists; each symbol once, with its
 * place. Throws `UNKNOWN_WATCHLIST`, `WATCHLIST_CIRCLE` and what reading a list throws, with the place.
 * @param within the watchlists that are being read, the outermost first
 */
export async function expandWatchlists(
  entries: readonly SymbolEntry[],
  access: WatchlistAccess,
  within: readonly string[] = [],
): Promise<Map<string, string | undefined>> {
  const places = new Map<string, string | undefined>();
  const done = new Set<string>();
  const add = async (some: readonly SymbolEntry[], trail: readonly string[]): Promise<void> => {
    for (const { kind, name, place } of some) {
      if (kind === 'symbol') {
        if (!places.has(name)) places.set(name, place);
      } else if (trail.includes(name)) {
        throw withPlace(circle([...trail.slice(trail.indexOf(name)), name]), place);
      } else if (!done.has(name)) {
        await add(await readWatchlist(name, place, access), [...trail, name]);
        // Its symbols are there already, whoever else names it.
        done.add(name);
      }
    }
  };
  await add(entries, within);
  return places;
}

/** The entries of one watchlist. Throws `UNKNOWN_WATCHLIST` with the place where it is named, and as `readListFile`. */
export async function readWatchlist(
  name: string,
  place: string | undefined,
  { env, signal }: WatchlistAccess,
): Promise<SymbolEntry[]> {
  if (!(await isWatchlist(env, name))) throw withPlace(unknownWatchlist(name, env), place);
  // A pipe among the watchlists would hold each command that looks through them.
  return readListFile(watchlistFileOf(env, name), nameWatchlistFile(name), { signal, filesOnly: true });
}

/** An error that names the nearest watchlist. */
export function unknownWatchlist(name: string, env: Environment): TickpipeError {
  const nearest = findNearest(name, findWatchlists(env));
  const hint = nearest && `did you mean ${WATCHLIST_MARK}${nearest}?`;
  return new TickpipeError('UNKNOWN_WATCHLIST', `there is no watchlist ${WATCHLIST_MARK}${name}`, { hint });
}

function circle(names: readonly string[]): TickpipeError {
  const way = names.map((name) => `${WATCHLIST_MARK}${name}`).join(' -> ');
  return new TickpipeError('WATCHLIST_CIRCLE', `watchlists name each other in a circle: ${way}`);
}

function withPlace(error: TickpipeError, place: string | undefined): TickpipeError {
  return place === undefined ? error : atPlace(place, error);
}
