import { stat } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { isRunning } from '../../host/process-identity.ts';
import type { Kind } from '../../market/kinds.ts';
import { parseFolder } from '../layout.ts';
import { type FoundRecording, findRecordings } from '../reader/find-recordings.ts';
import { unreadable } from '../reader/recorded-lines.ts';
import { readMeta } from '../reader/recording-meta.ts';
import type { OtherRows } from '../recorded-rows.ts';

/** A finished recording of rows. */
export interface SourceFile {
  readonly file: string;
  readonly metaFile: string;
  /** Rows that its meta file says it has; undefined when that does not say. */
  readonly rows: number | undefined;
  /** What is other about the columns of its rows; undefined when they are those of this version. */
  readonly otherRows: OtherRows | undefined;
}

/** The recordings of one kind and day, in the order in which they were made. */
export interface RecordingSet {
  /** `2026-11-23`, in India. */
  readonly date: string;
  readonly kind: Kind;
  readonly sources: readonly SourceFile[];
}

export interface FoundSets {
  readonly sets: readonly RecordingSet[];
  /** What is left alone, and why. */
  readonly passedOver: readonly { readonly file: string; readonly reason: string }[];
}

/**
 * The finished recordings below a folder, by day and kind. Throws `INPUT_MISSING` for a folder that cannot be read,
 * `RECORDING_EMPTY` when nothing recorded is in it, `RECORDING_UNSUPPORTED` for a recording of another schema.
 */
export async function findRecordingSets(folder: string): Promise<FoundSets> {
  await requireFolder(folder);
  const sets = new Map<string, { date: string; kind: Kind; sources: Map<string, SourceFile> }>();
  const passedOver: { file: string; reason: string }[] = [];
  for (const found of await findRecordings([folder], { parquet: false })) {
    const { file } = found;
    const sorted = await sortOut(found);
    if (typeof sorted === 'string') {
      passedOver.push({ file, reason: sorted });
      continue;
    }
    const { date, kind, stem, source } = sorted;
    const key = `${date} ${kind}`;
    const set = sets.get(key) ?? { date, kind, sources: new Map() };
    sets.set(key, set);
    const same = set.sources.get(stem);
    if (same) passedOver.push({ file, reason: `the same recording as ${same.file}` });
    else set.sources.set(stem, source);
  }
  const ordered = [...sets].sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    sets: ordered.map(([, { date, kind, sources }]) => ({ date, kind, sources: inOrder(sources) })),
    passedOver,
  };
}

/** Stems begin with the time. */
function inOrder(sources: ReadonlyMap<string, SourceFile>): SourceFile[] {
  return [...sources].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, source]) => source);
}

async function requireFolder(folder: string): Promise<void> {
  try {
    if ((await stat(folder)).isDirectory()) return;
  } catch (error) {
    throw unreadable(folder, errnoOf(error));
  }
  throw new TickpipeError('INPUT_MISSING', `${folder} is no directory`);
}

interface Sorted {
  readonly date: string;
  readonly kind: Kind;
  readonly stem: string;
  readonly source: SourceFile;
}

/** Where a file belongs, or why it is left alone. */
async function sortOut({ file, name, metaFile, isRaw }: FoundRecording): Promise<Sorted | string> {
  const place = parseFolder(path.dirname(path.resolve(file)).split(path.sep).join('/'));
  if (isRaw || place?.kind === 'raw') return 'raw messages; replay decodes them';
  if (name === undefined || metaFile === undefined || place === undefined) return 'not named as a recording is';
  if (name.isPart) return 'not finished';
  const meta = await readMeta(metaFile);
  if (meta && !meta.footer && meta.header && isRunning(meta.header.writer)) return 'still being written';
  const { date, kind } = place;
  return {
    date,
    kind,
    stem: name.stem,
    source: { file, metaFile, rows: meta?.footer?.rows, otherRows: meta?.otherRows },
  };
}
