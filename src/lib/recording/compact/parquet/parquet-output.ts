import type { FileHandle } from 'node:fs/promises';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { CellLayout, RowBatch } from '../cells/cell-layout.ts';
import type { SymbolTable } from '../cells/symbol-table.ts';
import { appendAll, type OpenFile } from '../workspace/workspace.ts';
import { columnsOf } from './column-data.ts';
import { schemaOf } from './schema.ts';
import { sealFile, UNSEALED } from './seal.ts';
import { CONTENTS_KEY, ORIGIN_KEY, type Origin, type ParquetContents } from './sealed-metadata.ts';

/** Rows in a row group: few enough that a query for one symbol reads little, enough that columns compress. */
export const GROUP_ROWS = 65_536;

/** By default statistics keep 16 bytes of a text. Cut to that, the symbols of one underlying's options are all alike. */
const STATISTICS_BYTES = 64;

export interface ParquetOutputOptions {
  readonly layout: CellLayout;
  readonly symbols: SymbolTable;
  readonly groupRows: number;
  readonly openFile: OpenFile;
  /** The recordings it is made of; undefined when some of their rows are missing. */
  readonly origin: Origin | undefined;
  /** What is in it. */
  readonly contents: ParquetContents;
}

/** A Parquet file that is written row group by row group, one of which it keeps in memory. */
export class ParquetOutput {
  readonly #handle: FileHandle;
  readonly #options: ParquetOutputOptions;
  readonly #writer: ParquetWriter;
  readonly #group: Float64Array;
  #groupRows = 0;

  static async create(file: string, options: ParquetOutputOptions): Promise<ParquetOutput> {
    return new ParquetOutput(await options.openFile(file, 'wx+'), options);
  }

  private constructor(handle: FileHandle, options: ParquetOutputOptions) {
    this.#handle = handle;
    this.#options = options;
    this.#writer = new ParquetWriter({
      writer: new HandleWriter(handle),
      schema: schemaOf(options.layout),
      codec: 'SNAPPY',
      statisticsTruncateLength: STATISTICS_BYTES,
      createdBy: 'tickpipe',
      kvMetadata: [
        ...(options.origin ? [{ key: ORIGIN_KEY, value: JSON.stringify(options.origin) }] : []),
        { key: CONTENTS_KEY, value: JSON.stringify(options.contents) },
        UNSEALED,
      ],
    });
    this.#group = new Float64Array(options.groupRows * options.layout.width);
  }

  async add({ cells, rows }: RowBatch): Promise<void> {
    const { groupRows, layout } = this.#options;
    for (let from = 0; from < rows; ) {
      const count = Math.min(rows - from, groupRows - this.#groupRows);
      const source = cells.subarray(from * layout.width, (from + count) * layout.width);
      this.#group.set(source, this.#groupRows * layout.width);
      this.#groupRows += count;
      from += count;
      if (this.#groupRows === groupRows) await this.#writeGroup();
    }
  }

  /** Writes the rest and has all of it reach the disk. */
  async finish(): Promise<void> {
    if (this.#groupRows > 0) await this.#writeGroup();
    await this.#writer.finish();
    await sealFile(this.#handle);
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #writeGroup(): Promise<void> {
    const { layout, symbols } = this.#options;
    const rows = this.#groupRows;
    this.#groupRows = 0;
    const columnData = columnsOf({ cells: this.#group, rows }, layout, symbols);
    await this.#writer.write({ columnData, rowGroupSize: rows });
  }
}

/** What a Parquet writer appends to: it lets go of its bytes after each row group. */
export class HandleWriter extends ByteWriter {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    super();
    this.#handle = handle;
  }

  async flush(): Promise<void> {
    const bytes = new Uint8Array(this.buffer, 0, this.index);
    await appendAll(this.#handle, bytes);
    this.index = 0;
  }

  override async finish(): Promise<void> {
    await this.flush();
  }
}
