import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { MAX_TOPICS_PER_CONNECTION } from '../../hsm/wire.ts';
import type { Kind, Subscription } from '../../market/kinds.ts';
import { subscriptionFor, whyNoRows } from '../../market/symbol-kinds.ts';
import { WATCHLIST_MARK } from '../../symbols/watchlist-files.ts';
import { nameSome } from '../../text/join-words.ts';
import type { Environment } from '../program/program.ts';
import { readEntries, STDIN, type SymbolEntry, type SymbolSources } from './symbol-entries.ts';

/** How many symbols an error names. */
const MAX_NAMED = 3;

/** The symbols of a command line, each once. */
export interface GivenSymbols {
  readonly symbols: readonly string[];
  /** The place of a symbol in a list, as `watchlist.txt:3`; `undefined` for an argument. */
  placeOf(symbol: string): string | undefined;
}

/**
 * The symbols of a command line in their normal spelling: arguments first, `-` in its place, then the file; each once. Watchlists
 * are replaced by their symbols. Throws `MALFORMED_SYMBOL`, `INPUT_MISSING`, `NO_SYMBOLS`, `UNKNOWN_WATCHLIST`, `WATCHLIST_CIRCLE`; an
 * AbortError when `signal` fires.
 */
export async function readSymbols(sources: SymbolSources & { readonly env: Environment }): Promise<GivenSymbols> {
  const entries = await readEntries(sources);
  const places = await findPlaces(entries, sources);
  if (places.size === 0) throw noSymbols(sources, entries);
  return { symbols: [...places.keys()], placeOf: (symbol) => places.get(symbol) };
}

/** The symbols with the place of each. */
async function findPlaces(
  entries: readonly SymbolEntry[],
  access: { readonly env: Environment; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, string | undefined>> {
  // Watchlists are loaded only when one is named.
  if (entries.some(({ kind }) => kind === 'watchlist')) {
    const { expandWatchlists } = await import('./expand-watchlists.ts');
    return expandWatchlists(entries, access);
  }
  const places = new Map<string, string | undefined>();
  for (const { name, place } of entries) if (!places.has(name)) places.set(name, place);
  return places;
}

/** A symbol for a message, with its place when it comes from a list. */
export function nameWithPlace(symbol: string, placeOf: GivenSymbols['placeOf']): string {
  const place = placeOf(symbol);
  return place === undefined ? symbol : `${symbol} (${place})`;
}

/** The error of a command line that names no symbol, with what it names instead. */
export function noSymbols({ file, argv }: SymbolSources, entries: readonly SymbolEntry[]): TickpipeError {
  const [list] = entries.map(({ name }) => `${WATCHLIST_MARK}${name}`);
  const source = list ?? file ?? (argv.includes(STDIN) ? STDIN : undefined);
  if (source === undefined) return new TickpipeError('NO_SYMBOLS', 'no symbol was given');
  const name = source === STDIN ? 'stdin' : source;
  return new TickpipeError('NO_SYMBOLS', `${name} names no symbol`, { hint: 'write one a line, like NSE:SBIN-EQ' });
}

/**
 * The subscriptions for rows of this kind. For `symbol`, indices become subscriptions of their own kind. Throws `NOT_AN_INDEX` and
 * `INDEX_HAS_NO_DEPTH` with the names of the wrong symbols, `TOO_MANY_SYMBOLS` beyond the limit of a connection.
 */
export function subscriptionsOf(kind: Kind, given: GivenSymbols): Subscription[] {
  const { symbols } = given;
  refuseWithoutRows(kind, given);
  // Each symbol has its own topic, except for a few second names of indices.
  if (symbols.length > MAX_TOPICS_PER_CONNECTION) {
    throw new TickpipeError('TOO_MANY_SYMBOLS', `${symbols.length} symbols; at most ${MAX_TOPICS_PER_CONNECTION}`);
  }
  return symbols.map((symbol) => subscriptionFor(kind, symbol));
}

function refuseWithoutRows(kind: Kind, { symbols, placeOf }: GivenSymbols): void {
  const wrong = symbols.filter((symbol) => whyNoRows(kind, symbol) !== undefined);
  const [first] = wrong;
  const code = first === undefined ? undefined : whyNoRows(kind, first);
  if (code === undefined) return;
  const names = wrong.map((symbol) => nameWithPlace(symbol, placeOf));
  const what = code === 'NOT_AN_INDEX' ? 'not an index' : 'an index has no market depth';
  throw new TickpipeError(code, `${what}: ${nameSome(names, MAX_NAMED)}`);
}
