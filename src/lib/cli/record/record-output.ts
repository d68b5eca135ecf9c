import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Feed } from '../../feed/feed.ts';
import type { FeedTap } from '../../feed/live-feed-options.ts';
import { isAnothersDirectory, openDirectory, recordingFailed } from '../../recording/directory.ts';
import { parseName } from '../../recording/layout.ts';
import { type RecoveredRecording, recoverRecordings } from '../../recording/recovery/recover-recordings.ts';
import { RawRecording } from '../../recording/writer/raw-recording.ts';
import type { Recording } from '../../recording/writer/recording.ts';
import type { RecordingFilesOptions } from '../../recording/writer/recording-files.ts';
import { RowRecording } from '../../recording/writer/row-recording.ts';
import { count } from '../program/amounts.ts';
import { type FeedChoice, isRecording } from '../program/flag-values.ts';
import type { Program } from '../program/program.ts';
import type { Reporter } from '../program/stderr.ts';
import type { OpenedOutput, PlannedOutput } from '../stream/open-output.ts';
import { type RecordedUnit, RecordProgress } from './record-progress.ts';

/** Six hexadecimal digits. */
const RUN_BYTES = 3;

/** The flags that say how recordings are written; sizes in bytes, times in milliseconds. */
export interface RecordingSettings {
  readonly dir: string;
  readonly gzip: boolean;
  readonly rotate: number;
  readonly 'max-size': number;
  /** The messages of the data socket instead of rows. */
  readonly raw: boolean;
  readonly feed: FeedChoice;
}

export interface RecordingContext {
  readonly program: Program;
  readonly reporter: Reporter;
  /** Of this program. */
  readonly version: string;
  /** Ends what is done before the recording begins. */
  readonly signal: AbortSignal;
}

/** A recording in place of a stream's output. */
export interface PlannedRecording extends PlannedOutput {
  /** Of a raw recording: what the feed is to be opened with. */
  readonly tap?: FeedTap;
}

/** Prepares the recordings' directory. Throws `OUTPUT_FAILED` when it is of no use. */
export async function planRecording(settings: RecordingSettings, context: RecordingContext): Promise<PlannedRecording> {
  if (isAnothersDirectory(settings.dir)) {
    context.reporter.warn(`${settings.dir} is in a place of another user: what is recorded there will be root's`, {
      event: 'owner',
    });
  }
  await openDirectory(settings.dir);
  await finishLeftBehind(settings.dir, context);
  if (settings.raw) return planRaw(settings, context);
  return {
    open: async (feed) => {
      const options = segmentsOptions(settings, feed, context);
      // All that another recording holds came before this one.
      const startedAtMs = isRecording(settings.feed) ? 0 : context.program.clock.now();
      return openRecording(new RowRecording({ ...options, startedAtMs }), settings, context);
    },
  };
}

/** The feed is opened before the recording, and told of it before: nothing comes in between. */
function planRaw(settings: RecordingSettings, context: RecordingContext): PlannedRecording {
  let recording: RawRecording | undefined;
  return {
    open: async (feed) => {
      recording = new RawRecording(segmentsOptions(settings, feed, context));
      return openRecording(recording, settings, context);
    },
    tap: {
      message: (at, connection, message) => recording?.message(at, connection, message),
      subscribed: (topics) => recording?.subscribed(topics),
    },
  };
}

/** Files of a run that was killed are finished first, and that is said. */
async function finishLeftBehind(directory: string, { program, reporter, signal }: RecordingContext): Promise<void> {
  let recovered: RecoveredRecording[];
  try {
    recovered = await recoverRecordings(directory, program.clock.now(), signal);
  } catch (error) {
    throw signal.aborted ? error : recordingFailed(directory, directory, error);
  }
  for (const { isLeftAlone, file, rows, lostBytes } of recovered) {
    if (isLeftAlone) {
      reporter.warn(`${file} was left behind and is too broken to be finished: left as it is`, {
        event: 'not_recovered',
        file,
      });
      continue;
    }
    const lost = lostBytes === 0 ? '' : `, ${lostBytes} bytes of its end cut off`;
    const unit: RecordedUnit = parseName(path.basename(file))?.isRaw ? 'message' : 'row';
    const what = rows === 0 ? `removed, no ${unit} in it` : `finished, ${count(rows, unit)}${lost}`;
    reporter.warn(`${file} was left behind by a run that did not end: ${what}`, {
      event: 'recovered',
      file,
      rows,
      lost_bytes: lostBytes,
    });
  }
}

function segmentsOptions(
  { dir, gzip, rotate, 'max-size': maxBytes }: RecordingSettings,
  { name, simulated }: Feed,
  { program, version }: RecordingContext,
): RecordingFilesOptions {
  return {
    directory: dir,
    isGzip: gzip,
    rotateMs: rotate,
    maxBytes,
    clock: program.clock,
    run: randomBytes(RUN_BYTES).toString('hex'),
    feed: { name, simulated },
    version,
  };
}

function openRecording(
  recording: Recording,
  { dir, raw }: RecordingSettings,
  { program, reporter }: RecordingContext,
): OpenedOutput {
  const progress = new RecordProgress(program, reporter, () => recording.status, raw ? 'message' : 'row');
  return {
    rows: {
      tick: (tick) => recording.tick(tick),
      skip: (tick) => recording.skip(tick),
      control: (row) => recording.control?.(row) ?? true,
      end: async (options) => {
        try {
          const end = await recording.end(options);
          progress.finish(dir);
          return end;
        } catch (error) {
          progress.finish(dir, 'failed');
          throw error;
        }
      },
    },
    changed: undefined,
    listen: (listener) => recording.listen(listener),
    state: ({ state }) => {
      if (state === 'live') void progress.start();
    },
    change: (added, dropped) => recording.change(added, dropped),
  };
}
