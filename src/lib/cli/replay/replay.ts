import type { FeedListener } from '../../feed/feed.ts';
import type { Kind } from '../../market/kinds.ts';
import { RecordedFeed } from '../../recording/playback/recorded-feed.ts';
import { indexRecordings } from '../../recording/playback/recording-index.ts';
import { TimeRange } from '../../recording/playback/time-range.ts';
import type { RowFlags, StreamFlags } from '../command/flag-groups.ts';
import type { CommandContext } from '../program/program.ts';
import { chooseFormat, planOutput } from '../stream/open-output.ts';
import { openWhere } from '../stream/open-where.ts';
import { StreamRun } from '../stream/stream-run.ts';
import { printedKinds, replayedSubscriptions } from './replay-plan.ts';

/** How many paths the name of the feed contains. */
const MAX_NAMED = 3;

/** The flags of `replay`. */
export interface ReplayFlags extends RowFlags, StreamFlags {
  readonly speed?: number | undefined;
  readonly loop: boolean;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly symbols?: readonly string[] | undefined;
  readonly type?: readonly Kind[] | undefined;
}

/** Plays recordings to the output that the flags name. Resolves to the exit status. Throws coded errors. */
export async function replay(paths: readonly string[], flags: ReplayFlags, context: CommandContext): Promise<number> {
  const { program, reporter, signal } = context;
  const range = new TimeRange(flags.from, flags.to);
  const format = chooseFormat(flags, program);
  const index = await indexRecordings(paths, flags.type, signal);
  const kinds = printedKinds(index, format, flags.type);
  const where = await openWhere(flags.where, kinds, reporter);
  const subscriptions = flags.symbols ? replayedSubscriptions(index, flags.symbols, kinds) : [];
  // Without --on-slow the recording waits for a slow reader.
  const sourceWaits = flags['on-slow'] === undefined;
  const output = planOutput({ subscriptions, kinds, where, sourceWaits, isRecorded: true }, flags, program);
  const feed = {
    name: nameOf(paths),
    index,
    // A snapshot needs only the first rows: it does not wait for the time of each.
    speed: flags.speed ?? (flags.snapshot ? Number.POSITIVE_INFINITY : 1),
    // A snapshot has the first row of each symbol after one pass.
    loop: flags.loop && flags.snapshot !== true,
    range,
    kinds,
    everything: flags.symbols === undefined,
    emitsKnown: false,
    warnsOfOthers: flags.type === undefined,
    clock: program.clock,
  };
  const openFeed = async (listener: FeedListener) => new RecordedFeed(feed, listener);
  return new StreamRun({ subscriptions, flags, openFeed, isRecorded: true, output, where }, context).run();
}

function nameOf(paths: readonly string[]): string {
  const rest = paths.length - MAX_NAMED;
  const named = paths.slice(0, MAX_NAMED).join(', ');
  return rest > 0 ? `${named} and ${rest} more` : named;
}
