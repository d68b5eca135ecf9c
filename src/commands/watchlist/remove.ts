import { sourceFlags } from '../../lib/cli/command/flags.ts';
import { SymbolCommand } from '../../lib/cli/command/symbol-command.ts';
import { readWatchlistName } from '../../lib/cli/command/symbol-entries.ts';
import { watchlistArgument } from '../../lib/cli/config/watchlist-argument.ts';

export default class WatchlistRemove extends SymbolCommand {
  static override summary = 'remove symbols from a watchlist';
  static override description =
    '@OTHER removes the name of another watchlist. Comments and order of the list stay; a list without symbols stays, too. Ends with 3 when the list does not have one of the symbols, or when there is no such list.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> banks NSE:SBIN-EQ',
    '<%= config.bin %> <%= command.id %> all @banks',
  ];
  static override args = { name: watchlistArgument, ...SymbolCommand.args };
  static override flags = { file: sourceFlags.file };

  override async run(): Promise<number> {
    const { args, flags } = await this.parseFlags(WatchlistRemove);
    const name = readWatchlistName(args.name);
    const entries = await this.readEntries(args, flags);
    const { removeFromWatchlist } = await import('../../lib/cli/config/change-watchlist.ts');
    return removeFromWatchlist(name, entries, this.context);
  }
}
