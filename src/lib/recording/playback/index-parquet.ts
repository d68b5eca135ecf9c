import path from 'node:path';
import type { Kind } from '../../market/kinds.ts';
import { formatDatedFolder, parseName } from '../layout.ts';
import type { FoundRecording } from '../reader/find-recordings.ts';
import {
  describeRecording,
  type IndexEntry,
  type IndexedFile,
  ParquetDamage,
  type StoredRecording,
  startOf,
} from './indexed-file.ts';
import { ParquetRecording, type SourceRecording } from './parquet-recording.ts';

/** The folder of Parquet files that `compact` makes beside the days, when no other is given. */
const USUAL_FOLDER = 'parquet';

/**
 * The recordings within a compacted file; for a damaged file one entry that says why it is unusable. Throws `INPUT_MISSING`,
 * `RECORDING_UNSUPPORTED`.
 */
export async function indexParquet(found: FoundRecording): Promise<readonly IndexEntry[]> {
  try {
    const recording = await ParquetRecording.open(found.file);
    return recording.sources.map((source, at) => indexSource(found, recording, source, at === 0));
  } catch (error) {
    if (!(error instanceof ParquetDamage)) throw error;
    return [{ file: { ...unknown(found), unusable: error.message }, subscriptions: undefined }];
  }
}

function unknown(found: FoundRecording): IndexedFile {
  const nothing = { kind: undefined, writer: undefined, simulated: undefined, kinds: new Set<Kind>() };
  return { ...found, ...nothing, startsAt: startOf(found) };
}

/** @param isFirst of those in the file: it says what is missing beside the rows of all */
function indexSource(
  found: FoundRecording,
  recording: ParquetRecording,
  source: SourceRecording,
  isFirst: boolean,
): IndexEntry {
  const { kind, date, problem } = recording;
  const own: FoundRecording = { ...found, name: parseName(source.name) };
  const stored: StoredRecording = {
    place: path.join(rootOf(found.file), formatDatedFolder(kind, date), source.name),
    meta: (lastRows) => source.meta(lastRows),
    rows: (signal) => source.lines(signal),
    hold: (holder) => recording.hold(holder),
    release: (holder) => recording.release(holder),
    problem: isFirst ? problem : undefined,
  };
  const meta = source.meta(false);
  const described = meta && describeRecording(own, meta);
  if (described) return { ...described, file: { ...described.file, stored } };
  const simulated = source.simulated ?? undefined;
  return { file: { ...unknown(own), kind, kinds: new Set([kind]), simulated, stored }, subscriptions: undefined };
}

/** The folder that the days stood in, as far as that can be known. */
function rootOf(file: string): string {
  const out = path.join(path.dirname(file), '..', '..');
  return path.basename(path.resolve(out)) === USUAL_FOLDER ? path.join(out, '..') : out;
}
