import { StreamCommand } from '../../lib/cli/stream/stream-command.ts';

export default class StreamDepth extends StreamCommand {
  static override summary = 'order books of five levels, one row for each change';
  static override description =
    `Prints DepthUpdate rows: NDJSON in a pipe, a live ladder on a terminal. CSV and --fields have a column for each number, such as bid_price_1. An index has no market depth. ${StreamCommand.statuses}`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> NSE:SBIN-EQ --feed sim',
    "<%= config.bin %> <%= command.id %> NSE:SBIN-EQ | jq -c '[.bid[0].price, .ask[0].price, .spread]'",
    '<%= config.bin %> <%= command.id %> NSE:SBIN-EQ --fields symbol,bid_price_1,ask_price_1,imbalance --changed imbalance',
  ];

  protected readonly kind = 'depth';
}
