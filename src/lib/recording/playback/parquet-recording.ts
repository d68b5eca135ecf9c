import { open } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Kind } from '../../market/kinds.ts';
import { CellLayout } from '../compact/cells/cell-layout.ts';
import { RowPrinter } from '../compact/cells/row-cells.ts';
import { SymbolTable } from '../compact/cells/symbol-table.ts';
import { GAPS_FOLDER, GAPS_NAME, type GapsRow, readGaps } from '../compact/parquet/gaps-table.ts';
import { readParquetRows } from '../compact/parquet/parquet-rows.ts';
import {
  contentsOf,
  type ParquetContents,
  readSealedMetadata,
  type StoredSource,
} from '../compact/parquet/sealed-metadata.ts';
import { formatParquetFolder, parseParquetFolder } from '../layout.ts';
import { unreadable } from '../reader/recorded-lines.ts';
import { parseMeta, type RecordingMeta } from '../reader/recording-meta.ts';
import { ParquetDamage } from './indexed-file.ts';
import { OrderedRows } from './ordered-rows.ts';

/** So many rows are handed on at once. */
const BATCH_ROWS = 512;

/** A recording within a compacted file. */
export interface SourceRecording extends StoredSource {
  /** What was noted beside its rows; undefined when nothing is known. */
  meta(lastRows: boolean): RecordingMeta | undefined;
  /** Its rows, as they were recorded, many to a buffer. Throws a `ParquetDamage`. */
  lines(signal: AbortSignal): AsyncGenerator<Buffer>;
}

/** The recordings of a kind and day, as `compact` left them: rows in one file, what was noted beside them in another. */
export class ParquetRecording {
  readonly kind: Kind;
  readonly date: string;
  /** What is missing beside the rows, in words; undefined when nothing is. */
  readonly problem: string | undefined;
  readonly sources: readonly SourceRecording[];
  readonly #file: string;
  readonly #contents: ParquetContents;
  readonly #notes = new Map<string, Buffer>();
  /** Cursors that may still read rows. */
  readonly #holders = new Set<object>();
  #ordered: Promise<LoadedRows> | undefined;

  /** Looks at a file without reading its rows. Throws a `ParquetDamage`, `INPUT_MISSING`. */
  static async open(file: string): Promise<ParquetRecording> {
    const { kind, date } = parseParquetFolder(path.dirname(file)) ?? {};
    const contents = await readContentsAt(file);
    if (kind === undefined || date === undefined) {
      throw new ParquetDamage('it does not stand in the folders that compact made for it, kind=KIND/date=DATE');
    }
    const out = path.resolve(path.dirname(file), '..', '..');
    const gapsFile = path.join(out, GAPS_FOLDER, formatParquetFolder(kind, date), GAPS_NAME);
    const gaps = await readGaps(gapsFile, open).catch(() => undefined);
    const isOurs = gaps?.contents.digest === contents.digest;
    return new ParquetRecording({ file, kind, date, contents, notes: gaps && isOurs ? gaps.rows : gapsFile });
  }

  private constructor(parts: {
    readonly file: string;
    readonly kind: Kind;
    readonly date: string;
    readonly contents: ParquetContents;
    /** Or the file that should have them. */
    readonly notes: readonly GapsRow[] | string;
  }) {
    const { file, kind, date, contents, notes } = parts;
    this.#file = file;
    this.kind = kind;
    this.date = date;
    this.#contents = contents;
    this.problem =
      typeof notes === 'string' ? `what was noted while it was recorded, as its gaps, is not in ${notes}` : undefined;
    if (typeof notes !== 'string') this.#keepNotes(notes);
    let first = 0;
    this.sources = contents.sources.map((source) => {
      const begin = first;
      first += source.rows;
      return {
        ...source,
        meta: (lastRows: boolean) => this.#metaOf(source.name, lastRows),
        lines: (signal: AbortSignal) => this.#rowsOf(begin, source.rows, signal),
      };
    });
  }

  /** Rows are kept, once they were read, until each holder has released them. */
  hold(holder: object): void {
    this.#holders.add(holder);
  }

  async release(holder: object): Promise<void> {
    this.#holders.delete(holder);
    if (this.#holders.size > 0) return;
    const loaded = this.#ordered;
    this.#ordered = undefined;
    await loaded?.then(({ ordered }) => ordered.close()).catch(() => {});
  }

  #keepNotes(notes: readonly GapsRow[]): void {
    const lines = new Map<string, string[]>();
    for (const { file, line } of notes) {
      const list = lines.get(file);
      if (list) list.push(line);
      else lines.set(file, [line]);
    }
    for (const [file, list] of lines) this.#notes.set(file, Buffer.from(`${list.join('\n')}\n`));
  }

  #metaOf(name: string, lastRows: boolean): RecordingMeta | undefined {
    const lines = this.#notes.get(name);
    return lines && parseMeta(`${name} in ${this.#file}`, lines, lastRows);
  }

  async *#rowsOf(first: number, count: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    this.#ordered ??= this.#load(signal);
    const { ordered, printer, width } = await this.#ordered;
    for await (const { cells, rows } of ordered.read(first, count)) {
      for (let begin = 0; begin < rows; begin += BATCH_ROWS) {
        const end = Math.min(rows, begin + BATCH_ROWS);
        let text = '';
        for (let row = begin; row < end; row++) text += printer.print(cells, row * width);
        yield Buffer.from(text, 'latin1');
      }
    }
  }

  /** Reads all rows and puts them in the order in which they were recorded. */
  async #load(signal: AbortSignal): Promise<LoadedRows> {
    const { sources } = this.#contents;
    const layout = new CellLayout(this.kind);
    const count = sources.reduce((sum, { rows }) => sum + rows, 0);
    const ordered = new OrderedRows(layout.width, count);
    const handle = await open(this.#file, 'r').catch((error) => {
      throw unreadable(this.#file, errnoOf(error));
    });
    try {
      const symbols = new SymbolTable();
      let found = 0;
      for await (const batch of readParquetRows(handle, layout, (symbol) => symbols.add(symbol))) {
        signal.throwIfAborted();
        if (!(await ordered.add(batch))) throw new ParquetDamage('its rows are not those that were written');
        found += batch.rows;
      }
      if (found !== count) throw new ParquetDamage('its rows are not those that were written');
      return { ordered, printer: new RowPrinter(layout, symbols), width: layout.width };
    } catch (error) {
      await ordered.close();
      if (signal.aborted || error instanceof ParquetDamage || error instanceof TickpipeError) throw error;
      throw new ParquetDamage('it cannot be read', { cause: error });
    } finally {
      await handle.close();
    }
  }
}

interface LoadedRows {
  readonly ordered: OrderedRows;
  readonly printer: RowPrinter;
  readonly width: number;
}

async function readContentsAt(file: string): Promise<ParquetContents> {
  const metadata = await readSealedMetadata(file, open).catch((error) => {
    throw unreadable(file, errnoOf(error));
  });
  const contents = metadata && contentsOf(metadata);
  if (contents === undefined)
    throw new ParquetDamage('it is not a whole Parquet file that compact of this version made');
  return contents;
}
