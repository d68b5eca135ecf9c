import { BaseCommand } from '../../lib/cli/command/base-command.ts';
import { printText } from '../../lib/cli/command/print-records.ts';
import { EXIT } from '../../lib/errors/catalogue.ts';

export default class WatchlistList extends BaseCommand {
  static override summary = 'print the names of the watchlists';
  static override description =
    'Prints one name a line. A watchlist is a text file watchlists/NAME.txt beside the configuration file, with one symbol a line and comments after #. @NAME stands for its symbols wherever a command takes symbols.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    'for name in $(<%= config.bin %> <%= command.id %>); do <%= config.bin %> quote "@$name" -o "$name.csv"; done',
  ];

  override async run(): Promise<number> {
    await this.parseFlags(WatchlistList);
    const { listNames } = await import('../../lib/cli/config/change-watchlist.ts');
    const names = listNames(this.context);
    await printText(names.map((name) => `${name}\n`).join(''), this.program);
    return EXIT.done;
  }
}
