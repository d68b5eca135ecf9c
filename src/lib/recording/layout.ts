import path from 'node:path';
import { IST_OFFSET_MS, istDate } from '../clock/ist.ts';
import { KINDS, type Kind } from '../market/kinds.ts';

/*
 * Where recordings stand: DIR/date=2026-11-23/kind=symbol/20261123T091500-3f9a1c-0001.ndjson.gz, times and dates in IST.
 * While it is written a data file ends in `.part`. Beside each stands <same name>.meta.jsonl.
 */

/** What a data file holds: rows of one kind, or the messages of a data socket. */
export type RecordedKind = Kind | 'raw';
export const RECORDED_KINDS: readonly RecordedKind[] = [...KINDS, 'raw'];

export const PART_SUFFIX = '.part';
export const META_SUFFIX = '.meta.jsonl';

/** What `compact` makes of the recordings of a kind and day: `OUT/kind=symbol/date=2026-11-23/ticks.parquet`. */
export const TICKS_NAME = 'ticks.parquet';
export const PARQUET_SUFFIX = '.parquet';

/** One data file's name, taken apart. */
export interface RecordingName {
  /** What its data and meta file have in common: `20261123T091500-3f9a1c-0001`. */
  readonly stem: string;
  /** Which process wrote it: six hexadecimal digits. */
  readonly run: string;
  /** Counts the files of a run and kind, from 1. */
  readonly number: number;
  readonly isRaw: boolean;
  readonly isGzip: boolean;
  /** Not finished: being written, or left behind. */
  readonly isPart: boolean;
}

const NAME = /^((\d{8}T\d{6})-([0-9a-f]{6})-(\d{4,}))(\.ndjson|\.raw\.jsonl)(\.gz)?(\.part)?$/;

/** Undefined for a name that is not a recording's data file. */
export function parseName(name: string): RecordingName | undefined {
  const [, stem, , run, number, format, gz, part] = NAME.exec(name) ?? [];
  if (stem === undefined || run === undefined) return undefined;
  return {
    stem,
    run,
    number: Number(number),
    isRaw: format === '.raw.jsonl',
    isGzip: gz !== undefined,
    isPart: part !== undefined,
  };
}

/** @param startMs epoch milliseconds */
export function formatStem(startMs: number, run: string, number: number): string {
  const start = new Date(startMs + IST_OFFSET_MS).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  return `${start}-${run}-${String(number).padStart(4, '0')}`;
}

/** The name of a finished data file. */
export function formatDataName(stem: string, kind: RecordedKind, isGzip: boolean): string {
  return `${stem}${kind === 'raw' ? '.raw.jsonl' : '.ndjson'}${isGzip ? '.gz' : ''}`;
}

/** The folder of a kind's files of a day, below the recordings' directory. @param atMs epoch milliseconds */
export function formatFolder(kind: RecordedKind, atMs: number): string {
  return formatDatedFolder(kind, istDate(atMs));
}

/** The same of a date. */
export function formatDatedFolder(kind: RecordedKind, date: string): string {
  return `date=${date}/kind=${kind}`;
}

const FOLDER = /(?:^|\/)date=(\d{4}-\d{2}-\d{2})\/kind=([a-z]+)$/;

/** The date and kind that a folder's path ends in, or undefined. @param folder with `/` between its parts */
export function parseFolder(folder: string): { readonly date: string; readonly kind: RecordedKind } | undefined {
  const [, date, name] = FOLDER.exec(folder) ?? [];
  const kind = RECORDED_KINDS.find((known) => known === name);
  return date === undefined || kind === undefined ? undefined : { date, kind };
}

/** The folder of what `compact` makes of a kind and day, below the folder of all Parquet files. */
export function formatParquetFolder(kind: Kind, date: string): string {
  return `kind=${kind}/date=${date}`;
}

const PARQUET_FOLDER = /(?:^|\/)kind=([a-z]+)\/date=(\d{4}-\d{2}-\d{2})$/;

/** The date and kind that such a folder's path ends in, or undefined; the kind undefined for one that is not known. */
export function parseParquetFolder(
  folder: string,
): { readonly date: string; readonly kind: Kind | undefined } | undefined {
  const [, name, date] = PARQUET_FOLDER.exec(path.resolve(folder).replaceAll(path.sep, '/')) ?? [];
  return date === undefined ? undefined : { date, kind: KINDS.find((known) => known === name) };
}
