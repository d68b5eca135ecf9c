import { isDeepStrictEqual } from 'node:util';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { TickpipeError } from '../../../errors/tickpipe-error.ts';
import type { OpenFile } from '../workspace/files.ts';
import { addLine, GAPS_COLUMNS, type GapsRow, readGapsRow } from './gaps-table.ts';
import { contentsOf, type ParquetContents } from './parquet-contents.ts';
import { bufferOf } from './parquet-rows.ts';
import { isSealed } from './seal.ts';

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
