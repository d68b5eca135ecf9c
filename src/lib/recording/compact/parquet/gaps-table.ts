import { crc32 } from 'node:zlib';
import type { SchemaElement } from 'hyparquet';
import { STRING, TIME } from './schema.ts';

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
