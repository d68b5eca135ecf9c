import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { RecordWhere } from '../../filters/where/record-where.ts';
import type { Subscription } from '../../market/kinds.ts';
import { printRecordFields } from '../command/print-records.ts';
import { subscriptionsOf } from '../command/symbol-arguments.ts';
import { SymbolCommand } from '../command/symbol-command.ts';
import type { FeedUse } from '../feed/feed-use.ts';
import { openChosenFeed } from '../feed/open-feed.ts';
import { isRecording } from '../program/flag-values.ts';
import type { SettingSource } from '../settings/settings.ts';
import { openRecordWhere } from '../stream/open-where.ts';
import { StreamRun } from '../stream/stream-run.ts';
import type { FilterFlags, FilterRequest } from './filter-request.ts';
import { planFilterOutput } from './open-filter-output.ts';

/** The flags and symbols of a filter. */
export interface FilterArguments {
  readonly args: { readonly symbol: string[] | undefined };
  readonly flags: FilterFlags;
  readonly sources: Readonly<Record<string, SettingSource>>;
}

/**
 * A command that makes rows out of ticks. With symbols it opens a feed as `stream` does; without, it reads the rows that are piped into it.
 */
export abstract class FilterCommand extends SymbolCommand {
  /** Repeated here because oclif's manifest stops at the first parent class without a static property. */
  static override args = SymbolCommand.args;

  /** Resolves to the exit status. Throws coded errors: `USAGE` without symbols on a terminal, `ROWS_UNREADABLE` after lines that are no rows. */
  protected async printMade<Row extends object>(request: FilterRequest<Row>, given: FilterArguments): Promise<number> {
    const { args, flags } = given;
    if (flags.fields?.includes('help')) return printRecordFields(request.type, this.program);
    const where = await openRecordWhere<Row>(flags.where, request.type, this.reporter);
    const hasSymbols = (args.symbol ?? []).length > 0 || given.sources['file'] === 'flag';
    // A list of the profile is for a command that is given nothing else.
    const isPiped = !hasSymbols && (flags.file === undefined || this.#hasInput);
    return isPiped ? this.#filterPipe(request, given, where) : this.#filterFeed(request, given, where);
  }

  async #filterFeed<Row extends object>(
    request: FilterRequest<Row>,
    given: FilterArguments,
    where: RecordWhere<Row> | undefined,
  ): Promise<number> {
    const { args, flags, sources } = given;
    const { placeOf, ...symbols } = await this.readSymbols(args, flags);
    const subscriptions = subscriptionsOf(request.kind, { placeOf, ...symbols });
    const isRecorded = isRecording(flags.feed);
    const waits = isRecorded && sources['on-slow'] === 'default';
    const use: FeedUse = { command: this.commandName, kinds: request.kinds, subscriptions };
    const run = new StreamRun(
      {
        subscriptions,
        placeOf,
        flags,
        openFeed: (listener, context) => openChosenFeed(flags, use, context, listener),
        isRecorded,
        readsOn: !waits,
        output: planFilterOutput(request, given, { isPiped: false, waits }, this.context, where),
        where,
        startedAt: this.#startedAt(sources),
      },
      this.context,
    );
    return run.run();
  }

  async #filterPipe<Row extends object>(
    request: FilterRequest<Row>,
    given: FilterArguments,
    where: RecordWhere<Row> | undefined,
  ): Promise<number> {
    const { flags, sources } = given;
    this.#refuseWithoutInput(sources);
    const { stdin, clock } = this.program;
    const { PipedFeed } = await import('../../rows/piped-feed.ts');
    // What is read from a file or a replay can wait; a program that cannot reports itself what it leaves out.
    const waits = sources['on-slow'] === 'default';
    let error: () => TickpipeError | undefined = () => undefined;
    const run = new StreamRun(
      {
        subscriptions: NONE,
        flags,
        openFeed: async (listener) => {
          const { kinds, needs, records = [] } = request;
          const feed = new PipedFeed({ input: stdin, clock, kinds, needs, records }, listener);
          error = () => feed.error;
          return feed;
        },
        isRecorded: false,
        isPiped: true,
        readsOn: !waits,
        output: planFilterOutput(request, given, { isPiped: true, waits }, this.context, where),
        where,
        startedAt: this.#startedAt(sources),
      },
      this.context,
    );
    const status = await run.run();
    const unreadable = error();
    if (unreadable && !this.interrupts.signal.aborted) throw unreadable;
    return status;
  }

  /** Throws `USAGE` that shows both ways when there are neither symbols nor rows. */
  #refuseWithoutInput(sources: FilterArguments['sources']): void {
    const isFeedNamed = sources['feed'] === 'flag';
    if (!isFeedNamed && this.#hasInput) return;
    const what = isFeedNamed ? 'no symbol was given' : 'no symbol was given, and no rows are piped in';
    throw new TickpipeError(isFeedNamed ? 'NO_SYMBOLS' : 'USAGE', what, {
      hint: `name symbols, as in tickpipe ${this.usage} NSE:SBIN-EQ, or pipe rows in: tickpipe stream symbols NSE:SBIN-EQ --events | tickpipe ${this.usage}`,
    });
  }

  /** Whether a program or a file is behind stdin. */
  get #hasInput(): boolean {
    const { isTTY = false, isDevice = false } = this.program.stdin;
    return !isTTY && !isDevice;
  }

  /** How the command is written without symbols: `bars 1m`. */
  protected abstract readonly usage: string;

  #startedAt(sources: FilterArguments['sources']): number | undefined {
    return sources['timeout'] === 'default' ? undefined : this.commandTimeout.startedAt;
  }
}

const NONE: readonly Subscription[] = [];
