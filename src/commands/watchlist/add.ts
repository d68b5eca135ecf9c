import { sourceFlags } from '../../lib/cli/command/flags.ts';
import { SymbolCommand } from '../../lib/cli/command/symbol-command.ts';
import { readWatchlistName } from '../../lib/cli/command/symbol-entries.ts';
import { watchlistArgument } from '../../lib/cli/config/watchlist-argument.ts';

export default class WatchlistAdd extends SymbolCommand {
  static override summary = 'add symbols to a watchlist';
  static override description =
    'Makes the watchlist when it is missing. Symbols that it has already are not added again. @OTHER adds the name of another watchlist, so that later changes of that one count, too. Comments and order of the list stay.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> banks NSE:SBIN-EQ NSE:HDFCBANK-EQ',
    '<%= config.bin %> <%= command.id %> all @banks NSE:NIFTY50-INDEX',
    '<%= config.bin %> <%= command.id %> holdings --file holdings.csv',
    '<%= config.bin %> symbols search bank --kind equity --names | <%= config.bin %> <%= command.id %> banks -',
  ];
  static override args = { name: watchlistArgument, ...SymbolCommand.args };
  static override flags = { file: sourceFlags.file };

  override async run(): Promise<number> {
    const { args, flags } = await this.parseFlags(WatchlistAdd);
    const name = readWatchlistName(args.name);
    const entries = await this.readEntries(args, flags);
    const { addToWatchlist } = await import('../../lib/cli/config/change-watchlist.ts');
    return addToWatchlist(name, entries, this.context);
  }
}
