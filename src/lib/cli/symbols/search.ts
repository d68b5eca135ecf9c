import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { ListedInstrument, SearchQuery, SymbolMaster } from '../../symbols/master/symbol-master.ts';
import { describeSuggestions, knownToMaster, suggestSymbols } from '../command/suggest-symbols.ts';
import type { CommandContext } from '../program/program.ts';
import { filesOf, openSymbolMaster } from './open-master.ts';
import { type SymbolRow, toSymbolRow } from './symbol-row.ts';

/** How many names the hint of a search without a match has. */
const MAX_SUGGESTED = 3;
/** Shorter words are like too many names. */
const MIN_WORD = 3;

/** What `symbols search` looks for. */
export type SearchRequest = Omit<SearchQuery, 'text' | 'nowMs'> & { readonly words: readonly string[] };

export interface SearchResult {
  /** Ranked, at most as many as the limit. */
  readonly found: readonly ListedInstrument[];
  /** There are more than the limit. */
  readonly hasMore: boolean;
}

/** The rows of the instruments that match, the best first. Says on a terminal when there are more. Throws as `searchMaster`. */
export async function search(request: SearchRequest, context: CommandContext): Promise<SymbolRow[]> {
  refuseNothing(request);
  const master = await openSymbolMaster(filesOf(request.exchange), context);
  const { found, hasMore } = searchMaster(master, request, context.program.clock.now());
  if (hasMore) context.reporter.info(`more than ${found.length} match; --limit shows more`, { event: 'more' });
  return found.map((listed) => toSymbolRow(listed, master.indexName(listed.symbol)));
}

/** Throws `USAGE` without words and filters, before anything is fetched. */
function refuseNothing(request: SearchRequest): void {
  const { words } = request;
  if (words.some((word) => word.trim() !== '') || isFiltered(request)) return;
  throw new TickpipeError('USAGE', 'nothing to search for', {
    hint: 'give some words, as in tickpipe symbols search state bank, or a filter such as --underlying NIFTY',
  });
}

function isFiltered({ words: _words, limit: _limit, ...filters }: SearchRequest): boolean {
  return Object.values(filters).some((value) => value !== undefined);
}

/** The instruments that match, the best first. Throws `NO_MATCH` with the nearest names. */
export function searchMaster(master: SymbolMaster, request: SearchRequest, nowMs: number): SearchResult {
  const { words, limit, ...filters } = request;
  const text = words.join(' ').trim();
  const found = master.search({ ...filters, text, limit: limit + 1, nowMs });
  if (found.length === 0) throw noMatch(master, text, nowMs, isFiltered(request));
  return { found: found.slice(0, limit), hasMore: found.length > limit };
}

function noMatch(master: SymbolMaster, text: string, nowMs: number, filtered: boolean): TickpipeError {
  const quoted = JSON.stringify(text.slice(0, 100));
  // What the words alone would find is none of what was asked for.
  const isByFilters = filtered && (text === '' || master.search({ text, limit: 1, nowMs }).length > 0);
  if (isByFilters) {
    const and = text === '' ? '' : ` and matches ${quoted}`;
    return new TickpipeError('NO_MATCH', `no instrument passes the filters${and}`);
  }
  const message = `no instrument matches ${quoted}`;
  const hint = describeSuggestions(suggestForWords(master, text, nowMs));
  return new TickpipeError('NO_MATCH', message, { hint });
}

/** What was meant by all words together, else by each of them. */
function suggestForWords(master: SymbolMaster, text: string, nowMs: number): string[] {
  const known = [knownToMaster(master, nowMs)];
  const whole = suggestSymbols(text, known, MAX_SUGGESTED);
  if (whole.length > 0) return whole;
  const words = text.split(/\s+/).filter((word) => word.length >= MIN_WORD);
  if (words.length < 2) return [];
  return [...new Set(words.flatMap((word) => suggestSymbols(word, known, 1)))].slice(0, MAX_SUGGESTED);
}
