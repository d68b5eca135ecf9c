import { quoteFlags } from '../lib/cli/command/flags.ts';
import { RowCommand } from '../lib/cli/stream/stream-command.ts';

export default class Quote extends RowCommand {
  static override summary = 'print one row of each symbol, in the order given';
  static override description =
    'Prints one SymbolUpdate or IndexUpdate row for each symbol, then ends: with 0, with 3 when a symbol is unknown or some rows are missing, with 124 when no row came in time.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> NSE:SBIN-EQ NSE:NIFTY50-INDEX --feed sim',
    'price=$(<%= config.bin %> <%= command.id %> NSE:SBIN-EQ --max-age 5m --fields ltp --raw)',
    '<%= config.bin %> <%= command.id %> --file watchlist.txt --format csv -o snapshot.csv',
  ];
  static override flags = quoteFlags;

  override async run(): Promise<number> {
    const given = await this.parseFlags(Quote);
    return this.printRows('symbol', { ...given, flags: { ...given.flags, snapshot: true }, inOrder: true });
  }
}
