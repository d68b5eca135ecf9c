import { planRecords, printRecordFields } from '../lib/cli/command/print-records.ts';
import { SymbolCommand } from '../lib/cli/command/symbol-command.ts';
import { historyFlags } from '../lib/cli/history/history-flags.ts';
import { BAR } from '../lib/output/records/bar-record.ts';

export default class History extends SymbolCommand {
  static override summary = "print the broker's own candles of symbols";
  static override description =
    `Prints one row of type Bar for each candle, with "source":"history", sorted and each once, symbol after symbol. Rows appear as they come, also where a long range takes many calls. A bar that has not ended is never printed. The volume of an index is null, and so is vwap, which the broker does not give.

FYERS answers 100 days of minutes at once, 366 days of days, and keeps candles of seconds for 30 trading days. It allows an app 10 calls a second and 200 a minute: all commands of this user keep that limit together, and a command waits for its turn. After a refusal for the rate (429) the command ends with 6, and no command calls before the time that FYERS named; after two on one day history is asked for no more until midnight in India, since more than three block the app.

Ends with 3 when a symbol is unknown, with 4 when there is no token or it is refused, with 5 when the broker gives no usable answer.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> NSE:SBIN-EQ --interval 5m --from 2026-11-23',
    '<%= config.bin %> <%= command.id %> NSE:NIFTY50-INDEX --interval 1d --from 2025-01-01 -o nifty.csv',
    "<%= config.bin %> <%= command.id %> NSE:SBIN-EQ NSE:INFY-EQ --from 09:15 --to 10:00 | jq -c '[.symbol, .close]'",
    '<%= config.bin %> <%= command.id %> NSE:NIFTY26DECFUT --interval 1h --from 2026-11-02 --oi --time iso',
  ];
  static override flags = historyFlags;

  override async run(): Promise<number> {
    const { args, flags, sources } = await this.parseFlags(History);
    if (flags.fields?.includes('help')) return printRecordFields(BAR, this.program);
    const output = await planRecords(BAR, { flags, sources }, this.context);
    const given = await this.readSymbols(args, flags);
    const { printHistory } = await import('../lib/cli/history/history.ts');
    return printHistory(given, flags, output, this.context);
  }
}
