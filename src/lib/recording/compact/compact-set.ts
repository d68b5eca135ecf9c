import { mkdir, open, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { errnoOf } from '../../errors/errno.ts';
import type { Kind } from '../../market/kinds.ts';
import { publishFile, statOrNothing } from '../../output/writer/temporary-file.ts';
import { outputFailed } from '../../output/writer/write-error.ts';
import { formatParquetFolder, TICKS_NAME } from '../layout.ts';
import { readMetaLines } from '../reader/recording-meta.ts';
import { syncDirectory } from '../writer/durable-file.ts';
import { type CellBatch, CellLayout, SEQUENCE_CELL, SIMULATED_CELL } from './cells/cell-layout.ts';
import { RowParser } from './cells/row-cells.ts';
import { RowDigest } from './cells/row-digest.ts';
import { SymbolTable } from './cells/symbol-table.ts';
import { GapsOutput } from './parquet/gaps-output.ts';
import { checkGaps, GAPS_FOLDER, GAPS_NAME, readGaps } from './parquet/gaps-table.ts';
import { checkParquet } from './parquet/parquet-check.ts';
import { GROUP_ROWS, ParquetOutput } from './parquet/parquet-output.ts';
import {
  contentsOf,
  createContents,
  originOf,
  type ParquetContents,
  readSealedMetadata,
  type StoredSource,
} from './parquet/sealed-metadata.ts';
import type { RecordingSet } from './recording-set.ts';
import { RowSorter, SORT_LIMITS, type SortLimits } from './sort/row-sorter.ts';
import { SourceFiles } from './source-files.ts';
import { SourceRows } from './source-rows.ts';
import { type OpenFile, outputExists, Workspace } from './workspace/workspace.ts';

/** An error code of the system, not one of Node's own, which show a bug. */
const SYSTEM_CODE = /^E(?!RR_)/;

export interface CompactOptions {
  /** The folder that `kind=.../date=.../ticks.parquet` and `gaps/kind=.../date=.../gaps.parquet` are below. */
  readonly out: string;
  /** Replace an output that is there. */
  readonly force: boolean;
  /** Remove recordings once what was made of them has been checked. */
  readonly deleteSources: boolean;
  /** Ends the work: its reason is thrown. */
  readonly signal: AbortSignal;
  /** Gets what was lost or left alone, in words. */
  readonly warn: (message: string) => void;
  /** Gets an output that was made of the same recordings before, and is left as it is. */
  readonly unchanged: (file: string) => void;
  readonly limits?: SortLimits;
  readonly groupRows?: number;
  readonly openFile?: OpenFile;
  readonly check?: typeof checkParquet;
}

export interface CompactedSet {
  readonly date: string;
  readonly kind: Kind;
  readonly file: string;
  /** What was noted beside the rows: gaps, losses, and all else that the meta files say. */
  readonly gapsFile: string;
  readonly rows: number;
  readonly bytes: number;
  /** What the recordings took. */
  readonly sourceBytes: number;
  readonly isDamaged: boolean;
  /** Recordings that were removed. */
  readonly deleted: number;
}

/** Where the Parquet files of a kind and day stand. */
interface OutputFiles {
  readonly ticks: string;
  readonly gaps: string;
}

/**
 * Makes one Parquet file of the recordings of a kind and day, and one of what was noted beside their rows. Undefined when the
 * recordings hold no row, or when the files that are there were made of them. Files that were made of some of them are replaced:
 * nothing is lost. The files get their names when they are whole and were read back. Throws `OUTPUT_EXISTS`, `OUTPUT_FAILED`,
 * `INPUT_MISSING`.
 */
export async function compactSet(set: RecordingSet, options: CompactOptions): Promise<CompactedSet | undefined> {
  const place = formatParquetFolder(set.kind, set.date);
  const folder = path.join(options.out, place);
  const file = path.join(folder, TICKS_NAME);
  const files: OutputFiles = { ticks: file, gaps: path.join(options.out, GAPS_FOLDER, place, GAPS_NAME) };
  try {
    const sources = await SourceFiles.look(set.sources);
    const present = await findPresent(files, sources, options);
    if (present === 'of other recordings' && !options.force) throw outputExists(file);
    if (present === 'of the same recordings' && !options.deleteSources && !options.force) {
      options.unchanged(file);
      return undefined;
    }
    const workspace = await Workspace.create(folder);
    try {
      const replaces = present !== undefined;
      return await new Compaction({ set, sources, options, workspace }).run(files, replaces);
    } finally {
      await workspace.remove();
    }
  } catch (error) {
    // An error with a code of the system came from a write: reading recordings throws coded errors.
    throw SYSTEM_CODE.test(errnoOf(error) ?? '') ? outputFailed(file, error) : error;
  }
}

/** Whether there is an output already, and what is known of it. */
async function findPresent(
  { ticks: file, gaps }: OutputFiles,
  sources: SourceFiles,
  { openFile = open }: CompactOptions,
): Promise<'of the same recordings' | 'of some of them' | 'of other recordings' | undefined> {
  if (!(await statOrNothing(file))) return undefined;
  const metadata = await readSealedMetadata(file, openFile);
  if (metadata === undefined) return 'of other recordings';
  const origin = originOf(metadata);
  if (origin === undefined || !sources.holds(origin)) return 'of other recordings';
  const isOfAll = origin.length === sources.origin.length;
  // Without what was noted beside its rows it is only half of what there should be.
  return isOfAll && (await hasGaps(gaps, contentsOf(metadata), openFile))
    ? 'of the same recordings'
    : 'of some of them';
}

async function hasGaps(file: string, contents: ParquetContents | undefined, openFile: OpenFile): Promise<boolean> {
  const gaps = await readGaps(file, openFile).catch(() => undefined);
  return gaps !== undefined && isDeepStrictEqual(gaps.contents, contents);
}

interface CompactionParts {
  readonly set: RecordingSet;
  readonly sources: SourceFiles;
  readonly options: CompactOptions;
  readonly workspace: Workspace;
}

class Compaction {
  readonly #set: RecordingSet;
  readonly #sources: SourceFiles;
  readonly #options: CompactOptions;
  readonly #workspace: Workspace;
  readonly #layout: CellLayout;
  readonly #symbols = new SymbolTable();
  readonly #digest: RowDigest;
  readonly #sorter: RowSorter;
  readonly #openFile: OpenFile;
  readonly #stored: StoredSource[] = [];
  #sequence = 0;
  #isDamaged = false;

  constructor({ set, sources, options, workspace }: CompactionParts) {
    const { limits = SORT_LIMITS, openFile = open, signal } = options;
    this.#set = set;
    this.#sources = sources;
    this.#options = options;
    this.#workspace = workspace;
    this.#openFile = openFile;
    this.#layout = new CellLayout(set.kind);
    this.#digest = new RowDigest(this.#layout);
    this.#sorter = new RowSorter({
      layout: this.#layout,
      symbols: this.#symbols,
      folder: workspace.folder,
      limits,
      openFile,
      signal,
    });
  }

  /** @param replaces whether a file of this name may be there */
  async run({ ticks: file, gaps }: OutputFiles, replaces: boolean): Promise<CompactedSet | undefined> {
    const { deleteSources, signal, warn, check = checkParquet } = this.#options;
    const sources = this.#sources;
    const temporary = this.#workspace.file('output');
    const temporaryGaps = this.#workspace.file('gaps');
    const output = await GapsOutput.create(temporaryGaps, this.#openFile);
    try {
      await this.#readSources(output);
      if (this.#digest.rows > 0) await output.finish(this.#contents);
    } finally {
      await output.close();
    }
    const { rows } = this.#digest;
    if (rows === 0) return undefined;
    await this.#write(temporary, this.#sorter.sorted());
    await checkGaps(temporaryGaps, gaps, {
      contents: this.#contents,
      checksum: output.checksum,
      openFile: this.#openFile,
    });
    await check(temporary, file, {
      layout: this.#layout,
      symbols: this.#symbols,
      expected: this.#digest,
      openFile: this.#openFile,
      signal,
    });
    const { size: bytes } = await stat(temporary);
    signal.throwIfAborted();
    await publishFile(temporary, file, replaces, outputExists);
    // What is there belongs to another file of rows.
    await mkdir(path.dirname(gaps), { recursive: true });
    await rename(temporaryGaps, gaps);
    for (const one of [file, gaps]) await this.#syncFolders(path.dirname(one));
    const { date, kind } = this.#set;
    const deleted = deleteSources && !this.#isDamaged ? await sources.delete(warn) : 0;
    return {
      date,
      kind,
      file,
      gapsFile: gaps,
      rows,
      bytes,
      sourceBytes: sources.bytes,
      isDamaged: this.#isDamaged,
      deleted,
    };
  }

  get #contents(): ParquetContents {
    return createContents(this.#stored, this.#digest.summary(this.#symbols));
  }

  async #readSources(gaps: GapsOutput): Promise<void> {
    const { chunk } = this.#sorter;
    const { signal, warn } = this.#options;
    const spillFull = (): Promise<void> | undefined => {
      signal.throwIfAborted();
      return chunk.isFull ? this.#spill() : undefined;
    };
    for (const source of this.#set.sources) {
      const rows = new SourceRows(source, warn);
      const parser = new RowParser(this.#layout, this.#symbols, source.otherRows?.shape);
      const first = this.#sequence;
      let simulated: boolean | null = null;
      const take = (bytes: Uint8Array, begin: number, end: number): number => {
        const at = chunk.makeRoom();
        const { cells } = chunk;
        const rowEnd = parser.parse(bytes, begin, end, cells, at);
        if (rowEnd < 0) return -1;
        cells[at + SEQUENCE_CELL] = this.#sequence++;
        simulated ||= cells[at + SIMULATED_CELL] === 1;
        chunk.rows++;
        return rowEnd;
      };
      await rows.read(take, spillFull, signal);
      this.#isDamaged ||= rows.isDamaged;
      const name = path.basename(source.file);
      this.#stored.push({ name, rows: this.#sequence - first, simulated });
      await gaps.add(name, await readMetaLines(source.metaFile, signal));
    }
    this.#digest.add(chunk);
  }

  async #spill(): Promise<void> {
    this.#digest.add(this.#sorter.chunk);
    await this.#sorter.spill();
  }

  async #write(temporary: string, batches: AsyncIterable<CellBatch>): Promise<void> {
    const { groupRows = GROUP_ROWS, signal } = this.#options;
    const output = await ParquetOutput.create(temporary, {
      layout: this.#layout,
      symbols: this.#symbols,
      groupRows,
      openFile: this.#openFile,
      origin: this.#isDamaged ? undefined : this.#sources.origin,
      contents: this.#contents,
    });
    try {
      for await (const batch of batches) {
        signal.throwIfAborted();
        await output.add(batch);
      }
      await output.finish();
    } finally {
      await output.close();
    }
  }

  /** Has the names of the output, and of the folders that may have been made for it, reach the disk. */
  async #syncFolders(folder: string): Promise<void> {
    const { out } = this.#options;
    for (const each of [folder, path.dirname(folder), out, path.dirname(path.resolve(out))]) {
      // One that may not be read was there before.
      await syncDirectory(each).catch(() => {});
    }
  }
}
