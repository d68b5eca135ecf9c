import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import { errnoOf } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import {
  type Changed,
  changedSchema,
  type Footer,
  footerSchema,
  type Header,
  headerSchema,
  RECORDING_SCHEMA,
} from '../meta.ts';
import { unreadable } from './recorded-lines.ts';
import { checkRow } from './row-check.ts';

const gapSchema = z.object({
  type: z.literal('Gap'),
  from: z.number(),
  to: z.number(),
  reason: z.string(),
  symbols: z.array(z.string()),
});
/** A stretch of a recording without data, as its meta file has it. Times are epoch milliseconds. */
export type RecordedGap = z.infer<typeof gapSchema>;

/** What stands beside a data file. */
export interface RecordingMeta {
  /** Undefined when the file's first line is not there whole. */
  readonly header: Header | undefined;
  /** The last known rows at the start, each with its line end, as they stand in the file. */
  readonly lastRows: readonly Buffer[];
  readonly changes: readonly Changed[];
  readonly gaps: readonly RecordedGap[];
  /** Undefined when the file was not finished. */
  readonly footer: Footer | undefined;
}

/** A line's type, whatever else it holds. */
const lineSchema = z.object({ type: z.string(), schema: z.unknown() });

/**
 * Reads a meta file; undefined when there is none. Lines that are not whole or not known are passed over, as a program that
 * was killed may leave one. Throws `RECORDING_UNSUPPORTED` for another schema, `INPUT_MISSING` when it cannot be read.
 */
export async function readMeta(metaFile: string): Promise<RecordingMeta | undefined> {
  const meta = new MetaCollector(metaFile);
  let handle: FileHandle | undefined;
  try {
    handle = await open(metaFile, 'r');
    for await (const line of handle.readLines({ encoding: 'utf8' })) meta.add(line);
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw code === undefined ? error : unreadable(metaFile, code);
  } finally {
    await handle?.close();
  }
  return meta;
}

class MetaCollector implements RecordingMeta {
  header: Header | undefined;
  readonly lastRows: Buffer[] = [];
  readonly changes: Changed[] = [];
  readonly gaps: RecordedGap[] = [];
  footer: Footer | undefined;
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  add(line: string): void {
    const row = Buffer.from(`${line}\n`);
    if (checkRow(row, 0, row.length) === row.length) {
      this.lastRows.push(row);
      return;
    }
    const value = parse(line);
    const { type, schema } = lineSchema.safeParse(value).data ?? {};
    if (type === 'Header') this.#addHeader(value, schema);
    else if (type === 'Gap') pushValid(this.gaps, gapSchema.safeParse(value).data);
    else if (type === 'Changed') pushValid(this.changes, changedSchema.safeParse(value).data);
    else if (type === 'Footer') this.footer = footerSchema.safeParse(value).data;
  }

  #addHeader(value: unknown, schema: unknown): void {
    if (schema !== RECORDING_SCHEMA) {
      const message = `${this.#file} is of schema ${JSON.stringify(schema)}; this program reads ${RECORDING_SCHEMA}`;
      throw new TickpipeError('RECORDING_UNSUPPORTED', message);
    }
    this.header = headerSchema.safeParse(value).data;
  }
}

function pushValid<T>(list: T[], value: T | undefined): void {
  if (value !== undefined) list.push(value);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
