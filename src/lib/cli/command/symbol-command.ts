import * as Args from '@oclif/core/args';
import { MalformedSymbol } from '../../market/symbols.ts';
import type { FeedChoice } from '../program/flag-values.ts';
import { BaseCommand } from './base-command.ts';
import { type GivenSymbols, readSymbols } from './symbol-arguments.ts';

/** The arguments of every command about symbols. */
const symbolArguments = {
  symbol: Args.string({
    description: 'symbols such as NSE:SBIN-EQ, also between commas; - reads them from stdin',
    multiple: true,
    ignoreStdin: true,
  }),
};

/** A command about symbols. */
export abstract class SymbolCommand extends BaseCommand {
  static override args = symbolArguments;

  /** The symbols of the arguments, of stdin and of `--file`. Throws as `readSymbols`. */
  protected async readSymbols(
    args: { symbol: readonly string[] | undefined },
    flags: { file?: string | undefined; feed?: FeedChoice },
  ): Promise<GivenSymbols> {
    const { program, commandTimeout } = this;
    try {
      return await readSymbols({
        argv: args.symbol ?? [],
        file: flags.file,
        stdin: () => program.stdin,
        signal: commandTimeout.signal,
      });
    } catch (error) {
      if (!(error instanceof MalformedSymbol)) throw error;
      const { explainMalformed } = await import('./known-symbols.ts');
      throw await explainMalformed(error, flags.feed === 'sim', this.context);
    }
  }
}
