import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../lib/cli/command/base-command.ts';
import { recordFlags } from '../../lib/cli/command/flags.ts';
import { planRecords, printRecordFields } from '../../lib/cli/command/print-records.ts';
import { namesFlag, withNames } from '../../lib/cli/symbols/names.ts';
import { searchFlags } from '../../lib/cli/symbols/search-flags.ts';
import { EXIT } from '../../lib/errors/catalogue.ts';
import { SYMBOL } from '../../lib/output/records/symbol-records.ts';

export default class SymbolsSearch extends BaseCommand {
  static override summary = 'find instruments by their symbol, name, ISIN or contract';
  static override description =
    "Searches FYERS' symbol master: words in any order and case, the best match first. An exact symbol, ISIN or exchange token comes before names that begin with the words, shares and indices before contracts, near expiries before far ones. The files of the master are fetched when they are missing, and at most once a day. Ends with 3 when nothing matches.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> state bank',
    '<%= config.bin %> <%= command.id %> nifty 24000 ce',
    '<%= config.bin %> <%= command.id %> INE062A01020 --exchange NSE',
    '<%= config.bin %> <%= command.id %> --underlying BANKNIFTY --kind future --names | <%= config.bin %> stream symbols -',
  ];
  static override args = {
    text: Args.string({ description: 'words to search for', multiple: true, ignoreStdin: true }),
  };
  static override flags = { ...searchFlags, names: namesFlag, ...recordFlags };

  override async run(): Promise<number> {
    const { args, flags, sources } = await this.parseFlags(SymbolsSearch);
    if (flags.fields?.includes('help')) return printRecordFields(SYMBOL, this.program);
    const output = await planRecords(SYMBOL, withNames({ flags, sources }), this.context);
    const { search } = await import('../../lib/cli/symbols/search.ts');
    const { exchange, kind: type, underlying, expiry, strike, right, limit } = flags;
    const filters = { exchange, type, underlying, expiry, strike, right };
    await output.print(await search({ ...filters, words: args.text ?? [], limit }, this.context));
    return EXIT.done;
  }
}
