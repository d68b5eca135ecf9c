import * as Args from '@oclif/core/args';
import { MalformedSymbol } from '../../market/symbols.ts';
import type { FeedChoice } from '../program/flag-values.ts';
import { BaseCommand } from './base-command.ts';
import { type GivenSymbols, noSymbols, readSymbols } from './symbol-arguments.ts';
import { readEntries, type SymbolEntry } from './symbol-entries.ts';

/** The arguments of every command about symbols. */
const symbolArguments = {
  symbol: Args.string({
    description:
      'symbols such as NSE:SBIN-EQ, also between commas; @NAME for those of a watchlist; - reads them from stdin',
    multiple: true,
    ignoreStdin: true,
  }),
};

/** The flags that the reading of symbols depends on. */
interface SymbolFlags {
  readonly file?: string | undefined;
  readonly feed?: FeedChoice;
}

/** A command about symbols. */
export abstract class SymbolCommand extends BaseCommand {
  static override args = symbolArguments;

  /** The symbols of the arguments, of stdin, of `--file` and of watchlists. Throws as `readSymbols`. */
  protected readSymbols(args: { symbol: readonly string[] | undefined }, flags: SymbolFlags): Promise<GivenSymbols> {
    return this.#explain(flags, readSymbols(this.#sources(args, flags)));
  }

  /** The same with the names of watchlists as they were given. Throws as `readEntries`, and `NO_SYMBOLS`. */
  protected async readEntries(
    args: { symbol: readonly string[] | undefined },
    flags: SymbolFlags,
  ): Promise<SymbolEntry[]> {
    const sources = this.#sources(args, flags);
    const entries = await this.#explain(flags, readEntries(sources));
    if (entries.length === 0) throw noSymbols(sources, entries);
    return entries;
  }

  #sources({ symbol }: { symbol: readonly string[] | undefined }, { file }: SymbolFlags) {
    const { program, commandTimeout } = this;
    const { signal } = commandTimeout;
    return { argv: symbol ?? [], file, stdin: () => program.stdin, signal, env: program.env };
  }

  /** What was meant by a malformed symbol becomes the hint. */
  async #explain<T>({ feed }: SymbolFlags, reading: Promise<T>): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      if (!(error instanceof MalformedSymbol)) throw error;
      const { explainMalformed } = await import('./known-symbols.ts');
      throw await explainMalformed(error, feed === 'sim', this.context);
    }
  }
}
