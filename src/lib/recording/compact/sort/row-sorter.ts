import path from 'node:path';
import type { CellBatch, CellLayout } from '../cells/cell-layout.ts';
import type { SymbolTable } from '../cells/symbol-table.ts';
import { type OpenFile, removeFolder } from '../workspace/workspace.ts';
import { mergeRuns } from './merge.ts';
import { RunReader, writeRun } from './run-file.ts';
import { SortChunk } from './sort-chunk.ts';

/** What sorting may take. */
export interface SortLimits {
  /** Rows that are sorted in memory at once. */
  readonly chunkBytes: number;
  /** Runs that are merged at once, each an open file with a block in memory. */
  readonly maxOpenRuns: number;
  /** Rows in a block of a run. */
  readonly blockRows: number;
}

export const SORT_LIMITS: SortLimits = { chunkBytes: 64 * 1024 * 1024, maxOpenRuns: 64, blockRows: 1024 };

export interface RowSorterOptions {
  readonly layout: CellLayout;
  readonly symbols: SymbolTable;
  /** Where runs are set aside; it belongs to the sorter alone. */
  readonly folder: string;
  readonly limits: SortLimits;
  readonly openFile: OpenFile;
  /** Ends the work: its reason is thrown. */
  readonly signal: AbortSignal;
}

/** Sorts any number of rows by symbol, then by time, then as they came, in memory that does not grow with them. */
export class RowSorter {
  readonly chunk: SortChunk;
  readonly #options: RowSorterOptions;
  #runs: string[] = [];
  #written = 0;

  constructor(options: RowSorterOptions) {
    this.#options = options;
    this.chunk = new SortChunk(options.layout, options.symbols, options.limits.chunkBytes);
  }

  /** How many files have been set aside so far, for whoever wants to know. */
  get runsWritten(): number {
    return this.#written;
  }

  /** Sets the chunk's rows aside, sorted, and makes room for more. */
  async spill(): Promise<void> {
    await this.#write(this.chunk.sorted(this.#options.limits.blockRows));
    this.chunk.clear();
  }

  /** All rows in their order. Nothing may be added any more. */
  async *sorted(): AsyncGenerator<CellBatch> {
    const { limits, signal } = this.#options;
    if (this.#runs.length === 0) {
      yield* this.chunk.sorted(limits.blockRows);
      return;
    }
    if (this.chunk.rows > 0) await this.spill();
    this.chunk.release();
    while (this.#runs.length > limits.maxOpenRuns) await this.#mergePass();
    for await (const batch of this.#merge(this.#runs)) {
      signal.throwIfAborted();
      yield batch;
    }
  }

  /** Makes of each so many neighbouring runs one: equal rows keep their order. */
  async #mergePass(): Promise<void> {
    const before = this.#runs;
    this.#runs = [];
    for (let at = 0; at < before.length; at += this.#options.limits.maxOpenRuns) {
      const group = before.slice(at, at + this.#options.limits.maxOpenRuns);
      if (group.length === 1) this.#runs.push(group[0] as string);
      else {
        await this.#write(this.#merge(group));
        for (const run of group) await removeFolder(run);
      }
    }
  }

  async *#merge(files: readonly string[]): AsyncGenerator<CellBatch> {
    const { layout, symbols, limits, openFile } = this.#options;
    const readers: RunReader[] = [];
    try {
      for (const file of files) readers.push(await RunReader.open(file, layout, limits.blockRows, openFile));
      yield* mergeRuns(readers, layout, symbols.ranks(), limits.blockRows);
    } finally {
      for (const reader of readers) await reader.close();
    }
  }

  async #write(batches: Iterable<CellBatch> | AsyncIterable<CellBatch>): Promise<void> {
    const { folder, layout, openFile, signal } = this.#options;
    const file = path.join(folder, `run-${++this.#written}`);
    await writeRun(file, watched(batches, signal), layout, openFile);
    this.#runs.push(file);
  }
}

async function* watched(
  batches: Iterable<CellBatch> | AsyncIterable<CellBatch>,
  signal: AbortSignal,
): AsyncGenerator<CellBatch> {
  for await (const batch of batches) {
    signal.throwIfAborted();
    yield batch;
  }
}
