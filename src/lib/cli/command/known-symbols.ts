import type { MalformedSymbol } from '../../market/symbols.ts';
import { looksCutAtAmpersand } from '../../market/symbols.ts';
import type { SymbolMaster } from '../../symbols/master/symbol-master.ts';
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
 * however old. For a simulated feed: the master of the simulator, when the environment names it, and what each simulator has.
 */
async function readKnownSymbols(isSimulated: boolean, context: CommandContext): Promise<KnownSymbols[]> {
  const { knownToMaster, ListedSymbols } = await import('./suggest-symbols.ts');
  const master = await readCachedMaster(isSimulated, context);
  const mastered = master === undefined ? [] : [knownToMaster(master, context.program.clock.now())];
  if (isSimulated) {
    const { Universe } = await import('../../simulator/universe.ts');
    return [...mastered, new ListedSymbols(new Universe().symbols)];
  }
  const { listIndexSymbols } = await import('../../symbols/index-names.ts');
  return [...mastered, new ListedSymbols(listIndexSymbols())];
}

/** Of a simulated feed only the simulator's master. A cache that cannot be read is none. */
async function readCachedMaster(
  isSimulated: boolean,
  { program: { env }, reporter }: CommandContext,
): Promise<SymbolMaster | undefined> {
  try {
    const { readSymbolMaster } = await import('../../symbols/master/read-cache.ts');
    const { isFyersMaster } = await import('../../symbols/master/master-url.ts');
    return isSimulated && isFyersMaster(env) ? undefined : readSymbolMaster({ env });
  } catch (error) {
    reporter.detail(`no suggestions from the symbol master: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** What was most likely meant by each of some unknown symbols, the best first; of the first few only. Never throws. */
export async function suggestForUnknown(
  symbols: readonly string[],
  isSimulated: boolean,
  context: CommandContext,
): Promise<ReadonlyMap<string, readonly string[]>> {
  try {
    const { suggestSymbols } = await import('./suggest-symbols.ts');
    const known = await readKnownSymbols(isSimulated, context);
    const limit = symbols.length === 1 ? MAX_SUGGESTED : 1;
    const found = symbols
      .slice(0, MAX_SUGGESTED)
      .map((symbol) => [symbol, suggestSymbols(symbol, known, limit)] as const);
    return new Map(found.filter(([, suggestions]) => suggestions.length > 0));
  } catch (error) {
    context.reporter.detail(
      `no suggestions for unknown symbols: ${error instanceof Error ? error.message : String(error)}`,
    );
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
