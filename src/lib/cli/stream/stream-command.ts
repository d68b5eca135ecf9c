import type { Kind } from '../../market/kinds.ts';
import type { FeedFlags, RowFlags, StreamFlags } from '../command/flag-groups.ts';
import { streamFlags } from '../command/flags.ts';
import { printFields } from '../command/print-records.ts';
import { subscriptionsOf } from '../command/symbol-arguments.ts';
import { SymbolCommand } from '../command/symbol-command.ts';
import { STDIN } from '../command/symbol-entries.ts';
import { openChosenFeed } from '../feed/open-feed.ts';
import { isRecording } from '../program/flag-values.ts';
import type { SettingSource } from '../settings/settings.ts';
import { planOutput } from './open-output.ts';
import { openWhere } from './open-where.ts';
import { StreamRun } from './stream-run.ts';

/** How long a snapshot waits for all symbols. */
const SNAPSHOT_TIMEOUT_MS = 10_000;

/** The kinds of rows in a stream of one kind: full quotes of indices have their own kind. */
const KINDS_OF_STREAM: Record<Kind, readonly Kind[]> = {
  symbol: ['symbol', 'index'],
  index: ['index'],
  depth: ['depth'],
  lite: ['lite'],
};

/** The flags and arguments of a command that prints rows. */
export interface RowArguments {
  readonly args: { readonly symbol: string[] | undefined };
  readonly flags: FeedFlags & RowFlags & StreamFlags & { readonly file?: string | undefined };
  readonly sources: Readonly<Record<string, SettingSource>>;
  /** Rows in the order of the symbols, at the end, instead of as they come. */
  readonly inOrder?: boolean;
}

/** A command that prints rows of some symbols: `stream` and `quote`. */
export abstract class RowCommand extends SymbolCommand {
  /** Repeated here because oclif's manifest stops at the first parent class without a static property. */
  static override args = SymbolCommand.args;

  protected async printRows(kind: Kind, { args, flags, sources, inOrder }: RowArguments): Promise<number> {
    const kinds = KINDS_OF_STREAM[kind];
    if (flags.fields?.includes('help')) return printFields(this.program, kinds);
    const { snapshot } = flags;
    const where = await openWhere(flags.where, kinds, this.reporter);
    const given = await this.readSymbols(args, flags);
    const subscriptions = subscriptionsOf(kind, given);
    const isRecorded = isRecording(flags.feed);
    const output = planOutput(
      {
        subscriptions,
        kinds,
        where,
        inOrder,
        isRecorded,
        stdinIsRead: readsStdin(args, flags),
        // A recording loses nothing by waiting for a slow reader.
        sourceWaits: isRecorded && sources['on-slow'] === 'default',
      },
      flags,
      this.program,
    );
    // A snapshot needs only the first rows of a recording: it does not wait for the time of each.
    const speed = flags.speed ?? (snapshot ? Number.POSITIVE_INFINITY : undefined);
    const use = { command: this.commandName, kinds, subscriptions };
    const run = new StreamRun(
      {
        subscriptions,
        placeOf: given.placeOf,
        flags: { ...flags, timeout: flags.timeout ?? (snapshot ? SNAPSHOT_TIMEOUT_MS : undefined) },
        openFeed: (listener, context) => openChosenFeed({ ...flags, speed }, use, context, listener),
        isRecorded,
        output,
        where,
        startedAt: sources['timeout'] === 'default' ? undefined : this.commandTimeout.startedAt,
      },
      this.context,
    );
    return run.run();
  }
}

/** The base of `stream symbols`, `depth`, `index` and `lite`, which differ only in their kind and texts. */
export abstract class StreamCommand extends RowCommand {
  /** How a stream ends, for the description of each. */
  protected static readonly statuses =
    'Ends with 0 at a limit such as --count, with 130 at Ctrl-C, with 3 when a symbol is unknown or gave no row before --duration or --until, with 124 when none did.';

  static override flags = streamFlags;

  protected abstract readonly kind: Kind;

  override async run(): Promise<number> {
    return this.printRows(this.kind, await this.parseFlags(StreamCommand));
  }
}

function readsStdin({ symbol }: RowArguments['args'], { file }: RowArguments['flags']): boolean {
  return file === STDIN || symbol?.includes(STDIN) === true;
}
