import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { type ErrorCode, EXIT } from '../../errors/catalogue.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { KINDS, type Kind, type Subscription, symbolsOf } from '../../market/kinds.ts';
import type { GivenSymbols } from '../command/symbol-arguments.ts';
import type { FeedSettings } from '../feed/feed-settings.ts';
import { isRecording } from '../program/flag-values.ts';
import type { Reporter } from '../program/stderr.ts';
import { StreamRun } from '../stream/stream-run.ts';
import { planRecording, type RecordingContext, type RecordingSettings } from './record-output.ts';
import { createSegmentLookup } from './segment-lookup.ts';
import { openSessionWindow } from './session-hours.ts';

/** What a planned end is without rows. */
const ROWLESS: ReadonlySet<ErrorCode> = new Set(['NEVER_TICKED', 'TIMEOUT']);

/** The flags of `record` beside its symbols and types; times in milliseconds. */
export interface RecordSettings extends FeedSettings, RecordingSettings {
  readonly strict: boolean;
  readonly count?: number | undefined;
  readonly duration?: number | undefined;
  /** Epoch milliseconds. */
  readonly until?: number | undefined;
  /** From 15 minutes before the session of the symbols to 15 minutes after it. */
  readonly 'session-hours': boolean;
}

export interface RecordRequest {
  readonly subscriptions: readonly Subscription[];
  /** Where a symbol stands in a list, for messages. */
  readonly placeOf?: GivenSymbols['placeOf'] | undefined;
  /** Kinds of rows that are recorded of each symbol, also of those that are added later. */
  readonly kinds: readonly Kind[];
  readonly settings: RecordSettings;
  /** Ends when the shared session is stopped on purpose, instead of starting another. */
  readonly endsWithSession?: boolean;
}

export interface RecordContext extends RecordingContext {
  /** Called when the feed has taken the subscriptions. */
  readonly ready?: () => void;
}

/** Records from the first subscription to the last finished file. Resolves to the exit status. Throws coded errors. */
export async function record(
  { subscriptions, placeOf, kinds, settings, endsWithSession = false }: RecordRequest,
  context: RecordContext,
): Promise<number> {
  const { program, reporter, signal, ready } = context;
  const symbols = symbolsOf(subscriptions);
  const window = settings['session-hours']
    ? await openSessionWindow(symbols, program, reporter, createSegmentLookup(settings, program, signal))
    : undefined;
  signal.throwIfAborted();
  if (settings['session-hours'] && window === undefined) return EXIT.done;
  await refuseOwnSource(settings);
  const output = await planRecording(settings, context);
  const until = earlier(settings.until, window?.closesMs);
  const session = new StreamRun(
    {
      subscriptions,
      placeOf,
      // Under `symbol` an index is recorded with its own rows.
      kinds: KINDS.filter((kind) => kinds.includes(kind === 'index' ? 'symbol' : kind)),
      command: 'record',
      feed: {
        ...settings,
        direct: settings.direct || settings.raw,
        tap: output.tap,
        waitsForToken: true,
        reopens: true,
      },
      output,
      stream: { ...settings, until, snapshot: false, events: true, 'on-slow': 'conflate' },
      endsWithSession,
      untilTime:
        window &&
        ((waiting) => {
          ready?.();
          return window.untilOpen(waiting);
        }),
      subscribed: ready,
    },
    program,
    reporter,
    signal,
  );
  return window ? toTheEndOfDay(session, reporter) : session.run();
}

/** Rows that are recorded beside those they are played from are there twice from then on. Throws `USAGE`. */
async function refuseOwnSource({ feed, dir }: RecordSettings): Promise<void> {
  if (!isRecording(feed)) return;
  const [source, target] = await Promise.all([findRealPath(feed.recording), findRealPath(dir)]);
  if (!isWithin(source, target) && !isWithin(target, source)) return;
  throw new TickpipeError('USAGE', `${dir} would get rows that are recorded in it already`, {
    hint: 'choose another --dir, outside the recording that is played',
  });
}

function isWithin(inner: string, outer: string): boolean {
  const way = path.relative(outer, inner);
  return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

/** Of what may not be there yet, or is a pattern: as far as it is there. */
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

/** A day on which a symbol gave no row is a day like others for who records every day. */
async function toTheEndOfDay(session: StreamRun, reporter: Reporter): Promise<number> {
  try {
    return await session.run();
  } catch (error) {
    if (!(error instanceof TickpipeError) || !ROWLESS.has(error.code)) throw error;
    reporter.warn(error.message, { event: 'silent', code: error.code });
    return EXIT.done;
  }
}
