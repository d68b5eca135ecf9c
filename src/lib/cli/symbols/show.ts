import { EXIT } from '../../errors/catalogue.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { SYMBOL } from '../../output/records/symbol-records.ts';
import {
  EXCHANGES,
  type ListedInstrument,
  type MasterFileName,
  type SymbolMaster,
} from '../../symbols/master/symbol-master.ts';
import type { RecordOutput } from '../command/print-records.ts';
import { knownToMaster, suggestSymbols } from '../command/suggest-symbols.ts';
import type { GivenSymbols } from '../command/symbol-arguments.ts';
import { describeMeant, describeUnknown } from '../feed/feed-messages.ts';
import type { CommandContext } from '../program/program.ts';
import { filesOf, openSymbolMaster } from './open-master.ts';
import { toSymbolRow } from './symbol-row.ts';

/** Suggestions are made for so many unknown symbols. */
const MAX_SUGGESTED = 3;

/** What the master has of some symbols, in their order. */
export interface Shown {
  readonly found: readonly ListedInstrument[];
  /** The message that names the unknown ones; `undefined` when all are known. */
  readonly shortfall: { readonly message: string; readonly symbols: readonly string[] } | undefined;
}

/** Throws `UNKNOWN_SYMBOL` when the master knows none of them. */
export function lookUpSymbols(master: SymbolMaster, { symbols, placeOf }: GivenSymbols, nowMs: number): Shown {
  const found: ListedInstrument[] = [];
  const unknown: string[] = [];
  for (const symbol of symbols) {
    const listed = master.find(symbol);
    if (listed === undefined) unknown.push(symbol);
    else found.push(listed);
  }
  if (unknown.length === 0) return { found, shortfall: undefined };
  const known = [knownToMaster(master, nowMs)];
  const limit = unknown.length === 1 ? MAX_SUGGESTED : 1;
  const suggested = unknown.slice(0, MAX_SUGGESTED).map((one) => [one, suggestSymbols(one, known, limit)] as const);
  const meant = describeMeant(unknown, new Map(suggested.filter(([, symbols]) => symbols.length > 0)));
  const what = describeUnknown(unknown, placeOf);
  if (found.length === 0) {
    const hint = meant ?? 'tickpipe symbols search finds what there is';
    throw new TickpipeError('UNKNOWN_SYMBOL', what, { hint });
  }
  return { found, shortfall: { message: meant === undefined ? what : `${what}; ${meant}`, symbols: unknown } };
}

/** Prints the row of each symbol. Resolves to the status: 3 when some are unknown. Throws as `lookUpSymbols`. */
export async function show(
  given: GivenSymbols,
  output: RecordOutput<typeof SYMBOL>,
  context: CommandContext,
): Promise<number> {
  const master = await openSymbolMaster(filesOfSymbols(given.symbols), context);
  const { found, shortfall } = lookUpSymbols(master, given, context.program.clock.now());
  await output.print(found.map((listed) => toSymbolRow(listed, master.indexName(listed.symbol))));
  if (shortfall === undefined) return EXIT.done;
  const { message, symbols } = shortfall;
  context.reporter.shortfall(message, { event: 'unknown', symbols, code: 'UNKNOWN_SYMBOL' });
  return EXIT.partly;
}

/** Only the files of the exchanges that the symbols name. */
function filesOfSymbols(symbols: readonly string[]): MasterFileName[] {
  const exchanges = EXCHANGES.filter((exchange) => symbols.some((symbol) => symbol.startsWith(`${exchange}:`)));
  return exchanges.flatMap((exchange) => filesOf(exchange) ?? []);
}
