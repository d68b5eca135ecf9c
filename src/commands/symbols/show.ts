import { recordFlags, sourceFlags } from '../../lib/cli/command/flags.ts';
import { planRecords, printRecordFields } from '../../lib/cli/command/print-records.ts';
import { SymbolCommand } from '../../lib/cli/command/symbol-command.ts';
import { namesFlag, withNames } from '../../lib/cli/symbols/names.ts';
import { SYMBOL } from '../../lib/output/records/symbol-records.ts';

export default class SymbolsShow extends SymbolCommand {
  static override summary = 'print what the symbol master says of symbols';
  static override description =
    "Prints one row for each symbol, in the order given: name, ISIN, expiry, strike, lot and tick size, trading hours, and the topic on the data socket. The files of FYERS' symbol master are fetched when they are missing, and at most once a day. Ends with 3 when a symbol is unknown.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> NSE:SBIN-EQ NSE:NIFTY50-INDEX',
    'lot=$(<%= config.bin %> <%= command.id %> MCX:CRUDEOIL26DECFUT --fields lot_size --raw)',
    '<%= config.bin %> <%= command.id %> --file watchlist.txt --format csv -o watchlist.csv',
  ];
  static override flags = { file: sourceFlags.file, names: namesFlag, ...recordFlags };

  override async run(): Promise<number> {
    const { args, flags, sources } = await this.parseFlags(SymbolsShow);
    if (flags.fields?.includes('help')) return printRecordFields(SYMBOL, this.program);
    const output = await planRecords(SYMBOL, withNames({ flags, sources }), this.context);
    const given = await this.readSymbols(args, flags);
    const { show } = await import('../../lib/cli/symbols/show.ts');
    return show(given, output, this.context);
  }
}
