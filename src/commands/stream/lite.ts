import { StreamCommand } from '../../lib/cli/stream/stream-command.ts';

export default class StreamLite extends StreamCommand {
  static override summary = 'last prices only, one row for each change of price';
  static override description =
    `Prints LiteUpdate rows: the least data for the most symbols. ${StreamCommand.statuses}`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> NSE:SBIN-EQ NSE:NIFTY50-INDEX --feed sim',
    "<%= config.bin %> <%= command.id %> --file watchlist.txt | jq -r '[.symbol, .ltp] | @tsv'",
  ];

  protected readonly kind = 'lite';
}
