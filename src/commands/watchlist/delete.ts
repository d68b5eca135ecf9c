import { BaseCommand } from '../../lib/cli/command/base-command.ts';
import { readWatchlistName } from '../../lib/cli/command/symbol-entries.ts';
import { watchlistArgument } from '../../lib/cli/config/watchlist-argument.ts';
import { EXIT } from '../../lib/errors/catalogue.ts';

export default class WatchlistDelete extends BaseCommand {
  static override summary = 'delete a watchlist';
  static override description =
    'Removes its file, without a question. Warns when another watchlist still names it. Ends with 3 when there is no watchlist of that name.';
  static override examples = ['<%= config.bin %> <%= command.id %> banks'];
  static override args = { name: watchlistArgument };

  override async run(): Promise<number> {
    const { args } = await this.parseFlags(WatchlistDelete);
    const { deleteWatchlist } = await import('../../lib/cli/config/change-watchlist.ts');
    await deleteWatchlist(readWatchlistName(args.name), this.context);
    return EXIT.done;
  }
}
