import { StreamCommand } from '../../lib/cli/stream/stream-command.ts';

export default class StreamSymbols extends StreamCommand {
  static override summary = 'full quotes of symbols, one row for each change';
  static override description =
    `Prints SymbolUpdate rows, and IndexUpdate rows for symbols that end in -INDEX: NDJSON in a pipe, a live table on a terminal, whose keys ? lists. ${StreamCommand.statuses}`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> NSE:SBIN-EQ NSE:INFY-EQ --feed sim',
    "<%= config.bin %> <%= command.id %> NSE:SBIN-EQ 'NSE:M&M-EQ' | jq -c '[.symbol, .ltp]'",
    '<%= config.bin %> <%= command.id %> --file watchlist.txt --format csv --fields symbol,ltp,volume --until 15:30 -o day.csv',
    '<%= config.bin %> <%= command.id %> NSE:NIFTY50-INDEX NSE:SBIN-EQ --snapshot --time iso',
  ];

  protected readonly kind = 'symbol';
}
