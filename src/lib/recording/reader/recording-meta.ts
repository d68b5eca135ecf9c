import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import { errnoOf } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { RowScanners } from '../../output/rows/row-scanner.ts';
import {
  type Changed,
  changedSchema,
  type Footer,
  footerSchema,
  type Header,
  headerSchema,
  RECORDING_SCHEMA,
} from '../meta.ts';
import { findOtherRows, type OtherRows } from '../recorded-rows.ts';
import { type LineRules, readCheckedLines } from './checked-lines.ts';
import { FileBlocks } from './file-blocks.ts';
import { unreadable } from './recorded-lines.ts';
import { RowTranslator, scannersFor } from './row-translator.ts';

const gapSchema = z.object({
  type: z.literal('Gap'),
  from: z.number(),
  to: z.number(),
  reason: z.string(),
  symbols: z.array(z.string()),
});
/** A stretch of a recording without data, as its meta file has it. Times are epoch milliseconds. */
export type RecordedGap = z.infer<typeof gapSchema>;

const skippedSchema = z.object({ type: z.literal('Skipped'), rows: z.number().int(), at: z.number() });
/** Rows that did not come as far as the recording. `at`: epoch milliseconds. */
export type RecordedLoss = z.infer<typeof skippedSchema>;

const LINE_END = 0x0a;
/** The types of rows end in it, those of other lines do not. */
const ROW_MARK = 'Update"';
/** `{"type":"SymbolUpdate"` */
const MAX_TYPE_BYTES = 22;

/** How a meta file is read. */
export interface MetaReading {
  /** Whether the last known rows are wanted, which are most of the file. */
  readonly lastRows?: boolean;
  /** Ends the reading: its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** What stands beside a data file. */
export interface RecordingMeta {
  /** Undefined when the file's first line is not there whole. */
  readonly header: Header | undefined;
  /** What is other about the columns of its rows; undefined when they are those of this version. */
  readonly otherRows: OtherRows | undefined;
  /** The last known rows at the start, each with its line end, as they stand in the file. */
  readonly lastRows: readonly Buffer[];
  readonly changes: readonly Changed[];
  readonly gaps: readonly RecordedGap[];
  readonly losses: readonly RecordedLoss[];
  /** Undefined when the file was not finished. */
  readonly footer: Footer | undefined;
}

/** A line's type, whatever else it holds. */
const lineSchema = z.object({ type: z.string(), schema: z.unknown().optional() });

/** Any line up to this length. A gap of 5,000 symbols takes 150 KiB. */
const LINES: LineRules = {
  check: (bytes, begin) => bytes.indexOf(LINE_END, begin) + 1 || -1,
  maxBytes: 4 * 1024 * 1024,
  reason: 'not a whole row',
};

/**
 * Reads a meta file; undefined when there is none. Lines that are not whole or not known are skipped, as a program that
 * was killed may leave one. Throws `RECORDING_UNSUPPORTED` for another schema, `INPUT_MISSING` when it cannot be read.
 */
export async function readMeta(
  metaFile: string,
  { lastRows = true, signal }: MetaReading = {},
): Promise<RecordingMeta | undefined> {
  const meta = new MetaCollector(metaFile, lastRows);
  const isThere = await readLines(metaFile, signal, (lines) => meta.read(lines));
  return isThere ? meta : undefined;
}

/** The lines of a meta file that are whole JSON objects, each with its line end, as they stand in it; none without one. */
export async function readMetaLines(metaFile: string, signal: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  await readLines(metaFile, signal, (lines) => {
    const all = lines.toString('utf8').split(/(?<=\n)/);
    found.push(...all.filter((line) => lineSchema.safeParse(parse(line)).success));
  });
  return found;
}

/** The same as `readMeta` of a file that has these lines. @param name what it is called in errors */
export function parseMeta(name: string, lines: Buffer, lastRows: boolean): RecordingMeta {
  const meta = new MetaCollector(name, lastRows);
  meta.read(lines);
  return meta;
}

/** Gives `take` whole lines. False when there is no such file. */
async function readLines(
  metaFile: string,
  signal: AbortSignal | undefined,
  take: (lines: Buffer) => void,
): Promise<boolean> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(metaFile, 'r');
    const contents = new FileBlocks(handle, signal).readFrom(0);
    for await (const lines of readCheckedLines(contents, LINES, () => {})) take(lines);
    return true;
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error instanceof TickpipeError || code === undefined ? error : unreadable(metaFile, code);
  } finally {
    await handle?.close();
  }
}

class MetaCollector implements RecordingMeta {
  header: Header | undefined;
  otherRows: OtherRows | undefined;
  readonly lastRows: Buffer[] = [];
  readonly changes: Changed[] = [];
  readonly gaps: RecordedGap[] = [];
  readonly losses: RecordedLoss[] = [];
  footer: Footer | undefined;
  readonly #file: string;
  /** Undefined when rows are not kept. */
  #scanners: RowScanners | undefined;
  #translator: RowTranslator | undefined;

  constructor(file: string, keepsRows: boolean) {
    this.#file = file;
    this.#scanners = keepsRows ? new RowScanners() : undefined;
  }

  /** Whole lines. */
  read(lines: Buffer): void {
    for (let begin = 0; begin < lines.length; ) {
      const end = lines.indexOf(LINE_END, begin) + 1;
      if (!this.#isRow(lines, begin, end)) this.#add(lines.toString('utf8', begin, end));
      else if (this.#scanners) this.lastRows.push(this.#copyRow(lines.subarray(begin, end)));
      begin = end;
    }
  }

  /** Rows that are not kept need not be checked: there may be thousands of them. */
  #isRow(lines: Buffer, begin: number, end: number): boolean {
    if (this.#scanners) return this.#scanners.scan(lines, begin, end) === end;
    return lines.subarray(begin, begin + MAX_TYPE_BYTES).includes(ROW_MARK);
  }

  #copyRow(row: Buffer): Buffer {
    return this.#translator ? this.#translator.translateRow(row) : Buffer.from(row);
  }

  #add(line: string): void {
    const value = parse(line);
    const { type, schema } = lineSchema.safeParse(value).data ?? {};
    if (type === 'Header') this.#addHeader(value, schema);
    else if (type === 'Gap') pushValid(this.gaps, gapSchema.safeParse(value).data);
    else if (type === 'Skipped') pushValid(this.losses, skippedSchema.safeParse(value).data);
    else if (type === 'Changed') pushValid(this.changes, changedSchema.safeParse(value).data);
    else if (type === 'Footer') this.footer = footerSchema.safeParse(value).data;
  }

  #addHeader(value: unknown, schema: unknown): void {
    if (schema !== RECORDING_SCHEMA) {
      const message = `${this.#file} is of schema ${JSON.stringify(schema)}; this program reads ${RECORDING_SCHEMA}`;
      throw new TickpipeError('RECORDING_UNSUPPORTED', message);
    }
    this.header = headerSchema.safeParse(value).data;
    if (this.header !== undefined) this.#takeColumns(this.header);
  }

  #takeColumns({ kind, row, version }: Header): void {
    if (kind === 'raw') return;
    const other = findOtherRows(kind, row);
    if (typeof other === 'string') throw unsupported(this.#file, `tickpipe ${version} has made it, and ${other}`);
    this.otherRows = other;
    if (other === undefined || this.#scanners === undefined) return;
    this.#scanners = scannersFor(other.shape);
    this.#translator = new RowTranslator(other.shape);
  }
}

function unsupported(file: string, why: string): TickpipeError {
  return new TickpipeError('RECORDING_UNSUPPORTED', `${file} cannot be read: ${why}`);
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
