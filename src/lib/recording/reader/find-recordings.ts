import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import {
  META_SUFFIX,
  PARQUET_SUFFIX,
  parseFolder,
  parseName,
  parseParquetFolder,
  type RecordingName,
  TICKS_NAME,
} from '../layout.ts';
import { expandPattern, isPattern } from './glob.ts';
import { unreadable } from './recorded-lines.ts';

/** A data file of a recording: one of ours, or a file of rows under any other name. */
export interface FoundRecording {
  /** As it was given, or found below what was given. */
  readonly file: string;
  /** Undefined for a name that is not one of ours. */
  readonly name: RecordingName | undefined;
  /** Where its meta file stands, if it has one. */
  readonly metaFile: string | undefined;
  readonly isRaw: boolean;
  /** Rows of several recordings, as `compact` leaves them. */
  readonly isParquet: boolean;
}

/** Names of files with rows or messages. A file that was given by its name is always read. */
const DATA_NAME = /\.(?:ndjson|raw\.jsonl)(?:\.gz)?(?:\.part)?$/;
const RAW_NAME = /\.raw\.jsonl(?:\.gz)?(?:\.part)?$/;

/**
 * The data files that some paths mean, sorted, each once: files, folders with all that is below them, and patterns that the
 * shell left alone. Throws `INPUT_MISSING` for a path that is not there, `RECORDING_EMPTY` when no data file is.
 * @param options `parquet`: whether what `compact` made of recordings counts, too
 */
export async function findRecordings(paths: readonly string[], { parquet = true } = {}): Promise<FoundRecording[]> {
  const found = new Map<string, FoundRecording>();
  for (const given of paths) {
    for (const file of await findFiles(given)) {
      const real = await realpath(file).catch(() => file);
      const described = describeFile(file);
      if (!found.has(real) && (parquet || !described.isParquet)) found.set(real, described);
    }
  }
  if (found.size === 0) {
    throw new TickpipeError('RECORDING_EMPTY', `no recording in ${paths.join(', ')}`);
  }
  return [...found.values()].sort((one, other) => compare(one.file, other.file));
}

async function findFiles(given: string): Promise<string[]> {
  const kind = await look(given);
  if (kind === 'folder') return walk(given);
  if (kind === 'file') return [given].filter((file) => !file.endsWith(META_SUFFIX));
  const matches = isPattern(given) ? await expandPattern(given) : [];
  if (matches.length === 0) throw unreadable(given, 'ENOENT');
  const files: string[] = [];
  for (const match of matches) {
    // A pattern such as day/* matches files that are no recordings, too.
    if ((await look(match)) === 'folder') files.push(...(await walk(match)));
    else if (isDataFile(match)) files.push(match);
  }
  return files;
}

/** Throws `INPUT_MISSING` for what is there and cannot be looked at. */
async function look(file: string): Promise<'file' | 'folder' | 'missing'> {
  try {
    const stats = await stat(file);
    if (stats.isDirectory()) return 'folder';
    if (stats.isFile()) return 'file';
    throw unreadable(file, 'ESPIPE');
  } catch (error) {
    if (error instanceof TickpipeError) throw error;
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'missing';
    throw unreadable(file, code);
  }
}

async function walk(folder: string): Promise<string[]> {
  const files: string[] = [];
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const file = path.join(folder, entry.name);
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) files.push(...(await walk(file)));
      // A link to a folder may lead in a circle; one to a file does not.
      else if (isDataFile(file) && (await isFile(file))) files.push(file);
    }
  } catch (error) {
    if (error instanceof TickpipeError) throw error;
    throw unreadable(folder, errnoOf(error));
  }
  return files;
}

/** Parquet files count only under the name and in the folder that `compact` gives them: others are of other programs. */
function isDataFile(file: string): boolean {
  if (DATA_NAME.test(file)) return true;
  return path.basename(file) === TICKS_NAME && parseParquetFolder(path.dirname(file)) !== undefined;
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

function describeFile(file: string): FoundRecording {
  const folder = path.dirname(file);
  const name = parseName(path.basename(file));
  const place = parseFolder(folder.split(path.sep).join('/'));
  return {
    file,
    name,
    metaFile: name && path.join(folder, `${name.stem}${META_SUFFIX}`),
    isParquet: file.endsWith(PARQUET_SUFFIX),
    isRaw: name?.isRaw ?? (RAW_NAME.test(file) || place?.kind === 'raw'),
  };
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
