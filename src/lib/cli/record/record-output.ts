import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Feed } from '../../feed/feed.ts';
import type { FeedTap } from '../../feed/live-feed-options.ts';
import type { RowFilter } from '../../output/rows/row-filter.ts';
import { isAnothersDirectory, openDirectory, recordingFailed } from '../../recording/directory.ts';
import { parseName } from '../../recording/layout.ts';
import { type RecoveredRecording, recoverRecordings } from '../../recording/recovery/recover-recordings.ts';
import { RawRecording } from '../../recording/writer/raw-recording.ts';
import type { Recording } from '../../recording/writer/recording.ts';
import type { RecordingFilesOptions } from '../../recording/writer/recording-files.ts';
import { RowRecording } from '../../recording/writer/row-recording.ts';
import { formatCount } from '../program/amounts.ts';
import { isRecording } from '../program/flag-values.ts';
import type { CommandContext } from '../program/program.ts';
import type { OpenedRows, PlannedOutput } from '../stream/output-plan.ts';
import type { RecordFlags } from './record-flags.ts';
import { type RecordedUnit, RecordProgress } from './record-progress.ts';

/** Six hexadecimal digits. */
const RUN_BYTES = 3;

/** A recording in place of a stream's output. */
export interface PlannedRecording extends PlannedOutput {
  /** Of a raw recording: the tap to open the feed with. */
  readonly tap?: FeedTap;
}

/** Prepares the directory of the recordings. Throws `OUTPUT_FAILED` when it cannot be used. */
export async function planRecording(
  flags: RecordFlags,
  context: CommandContext,
  where?: RowFilter,
): Promise<PlannedRecording> {
  if (isAnothersDirectory(flags.dir)) {
    context.reporter.warn(`${flags.dir} is in a directory of another user: its recordings will belong to root`, {
      event: 'owner',
    });
  }
  await openDirectory(flags.dir);
  await finishLeftBehind(flags.dir, context);
  if (flags.raw) return planRaw(flags, context);
  return {
    open: async (feed) => {
      const options = recordingFilesOptions(flags, feed, context);
      // All rows of the recording that is played are older than this one.
      const startedAtMs = isRecording(flags.feed) ? 0 : context.program.clock.now();
      return openRecording(new RowRecording({ ...options, startedAtMs, where }), flags, context, where);
    },
  };
}

/** The tap exists before the feed, and the recording before the first message: none is lost. */
function planRaw(flags: RecordFlags, context: CommandContext): PlannedRecording {
  let recording: RawRecording | undefined;
  return {
    open: async (feed) => {
      recording = new RawRecording(recordingFilesOptions(flags, feed, context));
      return openRecording(recording, flags, context);
    },
    tap: {
      message: (at, connection, message) => recording?.message(at, connection, message),
      subscribed: (topics) => recording?.subscribed(topics),
    },
  };
}

/** Finishes the files of a run that was killed, and reports each. */
async function finishLeftBehind(directory: string, { program, reporter, signal }: CommandContext): Promise<void> {
  let recovered: RecoveredRecording[];
  try {
    recovered = await recoverRecordings(directory, program.clock.now(), signal);
  } catch (error) {
    throw signal.aborted ? error : recordingFailed(directory, directory, error);
  }
  for (const { isLeftAlone, file, rows, lostBytes } of recovered) {
    if (isLeftAlone) {
      reporter.warn(`${file} was left by an interrupted run and is too damaged to be finished: it stays as it is`, {
        event: 'not_recovered',
        file,
      });
      continue;
    }
    const lost = lostBytes === 0 ? '' : `, ${lostBytes} bytes of its end cut off`;
    const unit: RecordedUnit = parseName(path.basename(file))?.isRaw ? 'message' : 'row';
    const what = rows === 0 ? `removed, no ${unit} in it` : `finished, ${formatCount(rows, unit)}${lost}`;
    reporter.warn(`${file} was left by an interrupted run: ${what}`, {
      event: 'recovered',
      file,
      rows,
      lost_bytes: lostBytes,
    });
  }
}

function recordingFilesOptions(
  { dir, gzip, rotate, 'max-size': maxBytes, where }: RecordFlags,
  { name, simulated }: Feed,
  { program, version }: CommandContext,
): RecordingFilesOptions {
  return {
    directory: dir,
    isGzip: gzip,
    rotateMs: rotate,
    maxBytes,
    clock: program.clock,
    run: randomBytes(RUN_BYTES).toString('hex'),
    feed: { name, simulated },
    condition: where,
    version,
  };
}

function openRecording(
  recording: Recording,
  { dir, raw }: RecordFlags,
  { program, reporter }: CommandContext,
  where?: RowFilter,
): OpenedRows {
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
    where,
    changed: undefined,
    listen: (listener) => recording.listen(listener),
    state: ({ state }) => {
      if (state === 'live') void progress.start();
    },
    change: (added, dropped) => recording.change(added, dropped),
  };
}
