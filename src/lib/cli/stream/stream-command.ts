import { parseUntil } from '../../clock/durations.ts';
import type { Kind } from '../../market/kinds.ts';
import { listFields } from '../command/field-list.ts';
import { streamFlags } from '../command/flags.ts';
import { subscriptionsOf } from '../command/symbol-arguments.ts';
import { SymbolCommand } from '../command/symbol-command.ts';
import { isRecording } from '../program/flag-values.ts';
import { planOutput } from './open-output.ts';
import { StreamRun } from './stream-run.ts';

/** In a snapshot: how long all symbols may take. */
export const SNAPSHOT_TIMEOUT_MS = 10_000;

/** Who wants the first rows only does not wait for a recording to come to them. */
export function atOnce<S extends { readonly speed?: number | undefined }>(settings: S): S {
  return { ...settings, speed: settings.speed ?? Number.POSITIVE_INFINITY };
}

/** Rows of which kinds a stream of one kind may have: full quotes of indices are rows of their own. */
const KINDS_OF_STREAM: Record<Kind, readonly Kind[]> = {
  symbol: ['symbol', 'index'],
  index: ['index'],
  depth: ['depth'],
  lite: ['lite'],
};

/** What `stream symbols`, `depth`, `index` and `lite` have in common: all but their kind and their words. */
export abstract class StreamCommand extends SymbolCommand {
  static override flags = streamFlags;

  protected abstract readonly kind: Kind;

  override async run(): Promise<number> {
    const { args, flags, sources } = await this.parseFlags(StreamCommand);
    const kinds = KINDS_OF_STREAM[this.kind];
    if (flags.fields?.includes('help')) return listFields(this.program, kinds);
    const given = await this.readSymbols(args, flags);
    const subscriptions = subscriptionsOf(this.kind, given);
    const until = flags.until === undefined ? undefined : parseUntil(flags.until, this.program.clock.now());
    const timeout = flags.timeout ?? (flags.snapshot ? SNAPSHOT_TIMEOUT_MS : undefined);
    // A recording loses nothing by waiting for who reads slowly.
    const isRecorded = isRecording(flags.feed);
    const sourceWaits = isRecorded && sources['on-slow'] === 'default';
    const stream = { ...flags, until, timeout };
    const output = planOutput(
      { subscriptions, kinds, rows: { ...flags, sourceWaits, isRecorded }, stream },
      this.program,
    );
    const feed = flags.snapshot ? atOnce(flags) : flags;
    const startedAt = sources['timeout'] === 'default' ? undefined : this.commandTimeout.startedAt;
    return new StreamRun(
      { subscriptions, placeOf: given.placeOf, kinds, command: this.commandName, feed, output, stream, startedAt },
      this.program,
      this.reporter,
      this.interrupts.signal,
    ).run();
  }
}
