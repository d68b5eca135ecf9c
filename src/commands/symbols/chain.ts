import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../lib/cli/command/base-command.ts';
import { hubFlags, recordFlags } from '../../lib/cli/command/flags.ts';
import { planRecords, printRecordFields } from '../../lib/cli/command/print-records.ts';
import { namesFlag, withNames } from '../../lib/cli/symbols/names.ts';
import { chainFlags } from '../../lib/cli/symbols/search-flags.ts';
import { EXIT } from '../../lib/errors/catalogue.ts';
import { SYMBOL } from '../../lib/output/records/symbol-records.ts';

export default class SymbolsChain extends BaseCommand {
  static override summary = 'list the calls and puts of one expiry';
  static override description =
    'Prints the options of an underlying by strike, the call first. With a price only the strikes nearest to it: --around gives it; without it, the last price of the underlying counts, if a shared session has it live. Without any price all strikes are listed. The underlying is its short name, as NIFTY, or its symbol. Contracts that have ended are never listed. Ends with 3 when there are no such options.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> NIFTY --around 24000 --strikes 5',
    '<%= config.bin %> <%= command.id %> NSE:NIFTYBANK-INDEX --expiry monthly --names | <%= config.bin %> stream depth -',
    '<%= config.bin %> <%= command.id %> SBIN --strikes all --format csv -o sbin-%F.csv',
  ];
  static override args = {
    underlying: Args.string({ description: 'NIFTY, or NSE:NIFTY50-INDEX', required: true, ignoreStdin: true }),
  };
  static override flags = { ...chainFlags, ...hubFlags, names: namesFlag, ...recordFlags };

  override async run(): Promise<number> {
    const { args, flags, sources } = await this.parseFlags(SymbolsChain);
    if (flags.fields?.includes('help')) return printRecordFields(SYMBOL, this.program);
    const output = await planRecords(SYMBOL, withNames({ flags, sources }), this.context);
    const { listChain } = await import('../../lib/cli/symbols/chain.ts');
    const { expiry, around, strikes } = flags;
    const request = {
      underlying: args.underlying,
      expiry,
      around,
      strikes,
      strikesAreAsked: sources['strikes'] === 'flag',
      findPrice: async (symbols: readonly string[], isSimulated: boolean) => {
        // Loaded here: a chain around a given price asks no hub.
        const { findLastPrice } = await import('../../lib/cli/hub/last-price.ts');
        return findLastPrice(symbols, isSimulated, flags, this.context);
      },
    };
    await output.print(await listChain(request, this.context));
    return EXIT.done;
  }
}
