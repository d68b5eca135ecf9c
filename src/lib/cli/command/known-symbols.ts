import type { MalformedSymbol } from '../../market/symbols.ts';
import { looksCutAtAmpersand } from '../../market/symbols.ts';
import type { CommandContext } from '../program/program.ts';
import type { KnownSymbols } from './suggest-symbols.ts';

/** How many symbols a hint names. */
const MAX_SUGGESTED = 3;
/** A share or a contract without its exchange. */
const BARE_NAME = /^[A-Z0-9&-]{1,30}$/;
/** A contract, an index, or a share with its series. */
const WHOLE_NAME = /-(?:INDEX|EQ)$|\d(?:CE|PE)$|FUT$/;

/**
 * The symbols that exist, as far as is known here without a network: FYERS' index names, and the symbol master when it is cached,
 * however old. For a simulated feed: what the simulator has.
 */
async function readKnownSymbols(isSimulated: boolean): Promise<KnownSymbols[]> {
  const { ListedSymbols } = await import('./suggest-symbols.ts');
  if (isSimulated) {
    const { Universe } = await import('../../simulator/universe.ts');
    return [new ListedSymbols(new Universe().symbols)];
  }
  const { listIndexSymbols } = await import('../../symbols/index-names.ts');
  return [new ListedSymbols(listIndexSymbols())];
}

/** What was most likely meant by each of some unknown symbols, the best first; of the first few only. Never throws. */
export async function suggestForUnknown(
  symbols: readonly string[],
  isSimulated: boolean,
  { reporter }: CommandContext,
): Promise<ReadonlyMap<string, readonly string[]>> {
  try {
    const { suggestSymbols } = await import('./suggest-symbols.ts');
    const known = await readKnownSymbols(isSimulated);
    const limit = symbols.length === 1 ? MAX_SUGGESTED : 1;
    const found = symbols
      .slice(0, MAX_SUGGESTED)
      .map((symbol) => [symbol, suggestSymbols(symbol, known, limit)] as const);
    return new Map(found.filter(([, suggestions]) => suggestions.length > 0));
  } catch (error) {
    reporter.detail(`no suggestions for unknown symbols: ${error instanceof Error ? error.message : String(error)}`);
    return new Map();
  }
}

/** The same error with the symbols that were most likely meant as its hint. Never throws. */
export async function explainMalformed(
  error: MalformedSymbol,
  isSimulated: boolean,
  context: CommandContext,
): Promise<MalformedSymbol> {
  const text = error.text.trim().toUpperCase();
  // Its hint says how to quote it: what was cut off is not known.
  if (looksCutAtAmpersand(text)) return error;
  const { describeSuggestions } = await import('./suggest-symbols.ts');
  const suggestions = (await suggestForUnknown([error.text], isSimulated, context)).get(error.text) ?? [];
  const hint = describeSuggestions(suggestions) ?? describeBareName(text);
  return hint === undefined ? error : error.withHint(hint);
}

function describeBareName(name: string): string | undefined {
  if (!BARE_NAME.test(name)) return undefined;
  if (WHOLE_NAME.test(name)) return `write it with its exchange, as in NSE:${name}`;
  return `write it with its exchange and series, as in NSE:${name}-EQ`;
}
