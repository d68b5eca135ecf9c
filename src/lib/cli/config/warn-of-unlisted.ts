import { isFyersMaster } from '../../symbols/master/master-url.ts';
import { readSymbolMaster } from '../../symbols/master/read-cache.ts';
import { MASTER_FILES, type SymbolMaster } from '../../symbols/master/symbol-master.ts';
import { nameSome } from '../../text/join-words.ts';
import { suggestForUnknown } from '../command/known-symbols.ts';
import { describeMeant } from '../feed/feed-messages.ts';
import type { CommandContext } from '../program/program.ts';

/**
 * Warns of symbols that the cached symbol master does not have, with what was probably meant. Without a cached master it says
 * nothing, and so it does of exchanges whose files are not all there.
 */
export async function warnOfUnlisted(symbols: readonly string[], context: CommandContext): Promise<void> {
  const { env } = context.program;
  const master = readSymbolMaster({ env });
  if (master === undefined) return;
  const unlisted = symbols.filter((symbol) => hasExchangeOf(symbol, master) && master.find(symbol) === undefined);
  if (unlisted.length === 0) return;
  const meant = describeMeant(unlisted, await suggestForUnknown(unlisted, !isFyersMaster(env), context));
  const verb = unlisted.length === 1 ? 'is' : 'are';
  const message = `${nameSome(unlisted)} ${verb} not in the symbol master`;
  context.reporter.warn(meant === undefined ? message : `${message}; ${meant}`, {
    event: 'unlisted',
    symbols: unlisted,
  });
}

function hasExchangeOf(symbol: string, { files }: SymbolMaster): boolean {
  const prefix = `${symbol.slice(0, symbol.indexOf(':'))}_`;
  return MASTER_FILES.filter((name) => name.startsWith(prefix)).every((name) =>
    files.some((file) => file.name === name),
  );
}
