import { KINDS, type Subscription } from '../market/kinds.ts';
import type { FeedSettings } from './feed-settings.ts';
import { planRecording, type RecordingContext, type RecordingSettings } from './record-output.ts';
import { StreamSession } from './stream-session.ts';

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
  readonly settings: RecordSettings;
  /** Ends when the shared session is stopped on purpose, instead of starting another. */
  readonly endsWithSession?: boolean;
}

export interface RecordContext extends RecordingContext {
  readonly signal: AbortSignal;
  /** Called when the feed has taken the subscriptions. */
  readonly ready?: () => void;
}

/** Records from the first subscription to the last finished file. Resolves to the exit status. Throws coded errors. */
export async function record(
  { subscriptions, settings, endsWithSession = false }: RecordRequest,
  context: RecordContext,
): Promise<number> {
  const { program, reporter, signal, ready } = context;
  const output = await planRecording(settings, context);
  return new StreamSession(
    {
      subscriptions,
      kinds: KINDS.filter((kind) => subscriptions.some((one) => one.kind === kind)),
      command: 'record',
      feed: { ...settings, direct: settings.direct || settings.raw, tap: output.tap, waitsForToken: true },
      output,
      stream: { ...settings, snapshot: false, events: true, 'on-slow': 'conflate' },
      endsWithSession,
      subscribed: ready,
    },
    program,
    reporter,
    signal,
  ).run();
}
