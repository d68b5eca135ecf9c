import { parseUntil } from '../../clock/durations.ts';
import type { Kind } from '../../market/kinds.ts';
import { RecordedFeed } from '../../recording/playback/recorded-feed.ts';
import { catalogueRecordings } from '../../recording/playback/recording-index.ts';
import { TimeRange } from '../../recording/playback/time-range.ts';
import type { Program } from '../program/program.ts';
import type { Reporter } from '../program/stderr.ts';
import { chooseFormat, planOutput, type RowSettings } from '../stream/open-output.ts';
import { atOnce } from '../stream/stream-command.ts';
import { StreamRun, type StreamSettings } from '../stream/stream-run.ts';
import { printedKinds, replayedSubscriptions } from './replay-plan.ts';

/** How many paths the line about the source names. */
const MAX_NAMED = 3;

/** The flags of `replay`, as they were given. */
export interface ReplaySettings extends RowSettings, Omit<StreamSettings, 'until' | 'on-slow'> {
  /** Without it the recording waits for a slow reader. */
  readonly 'on-slow'?: StreamSettings['on-slow'] | undefined;
  readonly speed?: number | undefined;
  readonly loop: boolean;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly symbols?: readonly string[] | undefined;
  readonly type?: readonly Kind[] | undefined;
  readonly until?: string | undefined;
}

export interface ReplayContext {
  readonly program: Program;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** Plays recordings to the output that the flags name. Resolves to the exit status. Throws coded errors. */
export async function replay(
  paths: readonly string[],
  flags: ReplaySettings,
  { program, reporter, signal }: ReplayContext,
): Promise<number> {
  const { clock } = program;
  const range = new TimeRange(flags.from, flags.to);
  const until = flags.until === undefined ? undefined : parseUntil(flags.until, clock.now());
  const { 'on-slow': onSlow } = flags;
  const stream = { ...flags, until, 'on-slow': onSlow ?? 'conflate' };
  const format = chooseFormat(flags, flags.events, program);
  const catalogue = await catalogueRecordings(paths, flags.type, signal);
  const kinds = printedKinds(catalogue, format, flags.type);
  const subscriptions = flags.symbols ? replayedSubscriptions(catalogue, flags.symbols, kinds) : [];
  const output = planOutput(
    { subscriptions, kinds, rows: { ...flags, sourceWaits: onSlow === undefined, isRecorded: true }, stream },
    program,
  );
  const { speed = 1 } = flags.snapshot ? atOnce(flags) : flags;
  const feed = {
    name: nameOf(paths),
    catalogue,
    speed,
    // The first row of each has come by then.
    loop: flags.loop && !flags.snapshot,
    range,
    kinds,
    everything: flags.symbols === undefined,
    emitsKnown: false,
    warnsOfOthers: flags.type === undefined,
    clock,
  };
  return new StreamRun(
    {
      subscriptions,
      kinds,
      command: 'replay',
      feed: async (listener) => new RecordedFeed(feed, listener),
      output,
      stream,
    },
    program,
    reporter,
    signal,
  ).run();
}

function nameOf(paths: readonly string[]): string {
  const rest = paths.length - MAX_NAMED;
  const named = paths.slice(0, MAX_NAMED).join(', ');
  return rest > 0 ? `${named} and ${rest} more` : named;
}
