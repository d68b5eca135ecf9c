import { BaseCommand } from '../../lib/cli/command/base-command.ts';
import { printText } from '../../lib/cli/command/print-records.ts';
import { readWatchlistName } from '../../lib/cli/command/symbol-entries.ts';
import { watchlistArgument } from '../../lib/cli/config/watchlist-argument.ts';
import { EXIT } from '../../lib/errors/catalogue.ts';

export default class WatchlistShow extends BaseCommand {
  static override summary = 'print the symbols of a watchlist';
  static override description =
    'Prints one symbol a line, each once, also those of the watchlists that it names. Ends with 3 when there is no watchlist of that name.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> banks',
    '<%= config.bin %> <%= command.id %> banks | grep -v SBIN | <%= config.bin %> stream symbols -',
  ];
  static override args = { name: watchlistArgument };

  override async run(): Promise<number> {
    const { args } = await this.parseFlags(WatchlistShow);
    const { readWatchlistSymbols } = await import('../../lib/cli/config/change-watchlist.ts');
    const symbols = await readWatchlistSymbols(readWatchlistName(args.name), this.context);
    await printText(symbols.map((symbol) => `${symbol}\n`).join(''), this.program);
    return EXIT.done;
  }
}
