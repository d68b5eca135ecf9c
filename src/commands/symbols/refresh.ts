import { BaseCommand } from '../../lib/cli/command/base-command.ts';
import { recordFlags } from '../../lib/cli/command/flags.ts';
import { planRecords, printRecordFields } from '../../lib/cli/command/print-records.ts';
import { exchangeFlag } from '../../lib/cli/symbols/search-flags.ts';
import { MASTER_FILE } from '../../lib/output/records/symbol-records.ts';

export default class SymbolsRefresh extends BaseCommand {
  static override summary = 'ask for new files of the symbol master now';
  static override description =
    "Asks for each file of FYERS' symbol master, also for one that was confirmed today, and fetches what is new. Prints a row for each file: file, status, rows, checked_at. The status is updated, unchanged, kept or missing. Ends with 3 when some files could not be asked for, with 5 when none could. Other commands ask by themselves, once a day.";
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --exchange MCX',
    '30 8 * * 1-5  <%= config.bin %> <%= command.id %> --quiet > /dev/null',
  ];
  static override flags = { exchange: exchangeFlag('only the files of this exchange'), ...recordFlags };

  override async run(): Promise<number> {
    const { flags, sources } = await this.parseFlags(SymbolsRefresh);
    if (flags.fields?.includes('help')) return printRecordFields(MASTER_FILE, this.program);
    const output = await planRecords(MASTER_FILE, { flags, sources }, this.context);
    const { refreshMaster } = await import('../../lib/cli/symbols/refresh.ts');
    return refreshMaster(flags.exchange, output, this.context);
  }
}
