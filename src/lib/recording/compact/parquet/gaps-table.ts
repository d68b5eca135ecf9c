import { isDeepStrictEqual } from 'node:util';
import { crc32 } from 'node:zlib';
import { parquetMetadataAsync, parquetReadObjects, type SchemaElement } from 'hyparquet';
import { TickpipeError } from '../../../errors/tickpipe-error.ts';
import type { OpenFile } from '../workspace/workspace.ts';
import { bufferOf } from './parquet-rows.ts';
import { STRING, TIME } from './schema.ts';
import { isSealed } from './seal.ts';
import { contentsOf, type ParquetContents } from './sealed-metadata.ts';

/*
 * What was said beside the rows of a set while they were recorded: the lines of the recordings' meta files, one after the
 * other, each as it was written and, for queries about missing data, in columns.
 */

/** Where it stands below the folder of all Parquet files: a data set of its own, `gaps/kind=symbol/date=2026-11-23/gaps.parquet`. */
export const GAPS_FOLDER = 'gaps';
export const GAPS_NAME = 'gaps.parquet';

/** A line of a meta file. Times are epoch milliseconds; null is what does not apply. */
export interface GapsRow {
  /** The recording's data file, without folders. */
  readonly file: string;
  /** `Gap` and `Skipped` say that data is missing; the others are `Header`, `Changed`, `Footer`, and rows. */
  readonly type: string;
  readonly begins: number | null;
  readonly ends: number | null;
  readonly reason: string | null;
  readonly rows: number | null;
  /** Of a gap. */
  readonly symbols: readonly string[] | null;
  /** As it was written, without its line end. */
  readonly line: string;
}

const optional = (name: string, type: Omit<SchemaElement, 'name'>): SchemaElement => ({
  name,
  ...type,
  repetition_type: 'OPTIONAL',
});
const required = (name: string, type: Omit<SchemaElement, 'name'>): SchemaElement => ({
  name,
  ...type,
  repetition_type: 'REQUIRED',
});

export const GAPS_COLUMNS = ['file', 'type', 'begins', 'ends', 'reason', 'rows', 'symbols', 'line'] as const;

export const GAPS_SCHEMA: SchemaElement[] = [
  { name: 'gaps', num_children: GAPS_COLUMNS.length },
  required('file', STRING),
  required('type', STRING),
  optional('begins', TIME),
  optional('ends', TIME),
  optional('reason', STRING),
  optional('rows', { type: 'INT64' }),
  optional('symbols', { num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } }),
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  required('element', STRING),
  required('line', STRING),
];

/** @param line a JSON object that has a type, with its line end or without */
export function readGapsRow(file: string, line: string): GapsRow {
  const text = line.trimEnd();
  const value = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const { type, from, to, at, started, ended, reason, rows, symbols } = value;
  return {
    file,
    type: String(type),
    begins: readWhole(from ?? at ?? started),
    ends: readWhole(to ?? at ?? ended),
    reason: typeof reason === 'string' ? reason : null,
    rows: readWhole(rows),
    symbols: type === 'Gap' && Array.isArray(symbols) ? symbols.map(String) : null,
    line: text,
  };
}

function readWhole(value: unknown): number | null {
  const whole = typeof value === 'number' ? Math.round(value) : Number.NaN;
  return Number.isSafeInteger(whole) ? whole : null;
}

/** A checksum of lines and their files, from that of the lines before. */
export function addLine(checksum: number, { file, line }: Pick<GapsRow, 'file' | 'line'>): number {
  return crc32(`${file}\n${line}\n`, checksum);
}

const parsers = { timestampFromMilliseconds: Number };

/** What a file of gaps holds. */
export interface StoredGaps {
  /** Of the rows that it stands beside. */
  readonly contents: ParquetContents;
  readonly rows: readonly GapsRow[];
}

/** Reads a file of gaps, whole. Undefined for one that is not as `compact` wrote it. Throws what the disk says. */
export async function readGaps(file: string, openFile: OpenFile): Promise<StoredGaps | undefined> {
  const handle = await openFile(file, 'r');
  try {
    if (!(await isSealed(handle))) return undefined;
    const buffer = await bufferOf(handle);
    const metadata = await parquetMetadataAsync(buffer);
    const contents = contentsOf(metadata);
    const found = await parquetReadObjects({ file: buffer, metadata, parsers, columns: [...GAPS_COLUMNS] });
    return contents && { contents, rows: found.map(rowOf) };
  } finally {
    await handle.close();
  }
}

function rowOf(found: Readonly<Record<string, unknown>>): GapsRow {
  const number = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value));
  const { file, type, begins, ends, reason, rows, symbols, line } = found;
  return {
    file: String(file),
    type: String(type),
    begins: number(begins),
    ends: number(ends),
    reason: typeof reason === 'string' ? reason : null,
    rows: number(rows),
    symbols: Array.isArray(symbols) ? symbols.map(String) : null,
    line: String(line),
  };
}

/**
 * Reads a file of gaps back: it has to have these lines, and its columns have to say what the lines do. Throws
 * `OUTPUT_FAILED` otherwise.
 * @param name what the file is called in the error
 */
export async function checkGaps(
  file: string,
  name: string,
  expected: { readonly contents: ParquetContents; readonly checksum: number; readonly openFile: OpenFile },
): Promise<void> {
  const stored = await readGaps(file, expected.openFile).catch((error: unknown) => unlike(name, error));
  const isSame =
    stored !== undefined &&
    isDeepStrictEqual(stored.contents, expected.contents) &&
    stored.rows.reduce(addLine, 0) === expected.checksum &&
    stored.rows.every((row) => isDeepStrictEqual(row, readGapsRow(row.file, row.line)));
  if (!isSame) unlike(name);
}

function unlike(name: string, cause?: unknown): never {
  throw new TickpipeError('OUTPUT_FAILED', `${name} does not have all that was noted beside the rows`, {
    hint: 'the recordings are untouched; look at the disk, then try again',
    cause,
  });
}
