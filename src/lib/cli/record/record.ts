import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { type ErrorCode, EXIT } from '../../errors/catalogue.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { type Kind, type Subscription, symbolsOf } from '../../market/kinds.ts';
import type { GivenSymbols } from '../command/symbol-arguments.ts';
import type { FeedUse } from '../feed/feed-use.ts';
import { openChosenFeed } from '../feed/open-feed.ts';
import { isRecording } from '../program/flag-values.ts';
import type { CommandContext } from '../program/program.ts';
import type { Reporter } from '../program/reporter.ts';
import { openWhere } from '../stream/open-where.ts';
import { StreamRun } from '../stream/stream-run.ts';
import type { RecordFlags } from './record-flags.ts';
import { planRecording } from './record-output.ts';
import { recordedKinds } from './record-subscriptions.ts';
import { createSegmentLookup } from './segment-lookup.ts';
import { openSessionWindow } from './session-hours.ts';

/** The codes of a planned end without rows. */
const ROWLESS: ReadonlySet<ErrorCode> = new Set(['NEVER_TICKED', 'TIMEOUT']);

/** What is recorded. */
export interface RecordedSymbols {
  readonly subscriptions: readonly Subscription[];
  /** The place of a symbol in a list, for messages. */
  readonly placeOf?: GivenSymbols['placeOf'] | undefined;
  /** Kinds of rows that are recorded of each symbol, also of those that are added later. */
  readonly kinds: readonly Kind[];
}

/**
 * Records from the first subscription to the last finished file. Resolves to the exit status. Throws coded errors.
 * @param ready of a recording in the background: called when the feed has taken the subscriptions
 */
export async function record(
  { subscriptions, placeOf, kinds }: RecordedSymbols,
  flags: RecordFlags,
  context: CommandContext,
  ready?: () => void,
): Promise<number> {
  const { reporter, signal } = context;
  const rowKinds = recordedKinds(kinds);
  const where = await openWhere(flags.where, rowKinds, reporter);
  const symbols = symbolsOf(subscriptions);
  const window = flags['session-hours']
    ? await openSessionWindow(symbols, context, createSegmentLookup(flags, context))
    : undefined;
  signal.throwIfAborted();
  if (flags['session-hours'] && window === undefined) return EXIT.done;
  await refuseOwnSource(flags);
  const output = await planRecording(flags, context, where);
  const endsWithSession = ready !== undefined;
  const use: FeedUse = {
    command: 'record',
    kinds: rowKinds,
    endsWithSession,
    waitsForToken: true,
    reopens: true,
    tap: output.tap,
  };
  const run = new StreamRun(
    {
      subscriptions,
      placeOf,
      flags: { ...flags, until: earlier(flags.until, window?.closesMs), events: true },
      openFeed: (listener, during) =>
        openChosenFeed({ ...flags, direct: flags.direct || flags.raw }, use, during, listener),
      isRecorded: isRecording(flags.feed),
      output,
      where,
      endsWithSession,
      untilTime:
        window &&
        ((waiting) => {
          ready?.();
          return window.untilOpen(waiting);
        }),
      subscribed: ready,
    },
    context,
  );
  return window ? toTheEndOfDay(run, reporter) : run.run();
}

/** Refuses to record a recording into its own directory, where each row would then be twice. Throws `USAGE`. */
async function refuseOwnSource({ feed, dir }: RecordFlags): Promise<void> {
  if (!isRecording(feed)) return;
  const [source, target] = await Promise.all([findRealPath(feed.recording), findRealPath(dir)]);
  if (!isWithin(source, target) && !isWithin(target, source)) return;
  throw new TickpipeError('USAGE', `${dir} contains these rows already: they would be there twice`, {
    hint: 'choose another --dir, outside the recording that is played',
  });
}

function isWithin(inner: string, outer: string): boolean {
  const way = path.relative(outer, inner);
  return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

/** The real path of a file or pattern; the real path of its nearest existing folder where it does not exist. */
async function findRealPath(name: string): Promise<string> {
  const full = path.resolve(name);
  const folder = path.dirname(full);
  if (folder === full) return full;
  return realpath(full).catch(async () => path.join(await findRealPath(folder), path.basename(full)));
}

function earlier(first: number | undefined, second: number | undefined): number | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return Math.min(first, second);
}

/** A user who records every day expects days on which a symbol has no row: a warning, but no error. */
async function toTheEndOfDay(run: StreamRun, reporter: Reporter): Promise<number> {
  try {
    return await run.run();
  } catch (error) {
    if (!(error instanceof TickpipeError) || !ROWLESS.has(error.code)) throw error;
    reporter.warn(error.message, { event: 'silent', code: error.code });
    return EXIT.done;
  }
}
