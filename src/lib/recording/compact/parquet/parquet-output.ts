import type { FileHandle } from 'node:fs/promises';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { CellBatch, CellLayout } from '../cells/cell-layout.ts';
import type { SymbolTable } from '../cells/symbol-table.ts';
import { appendAll, type OpenFile } from '../workspace/workspace.ts';
import { ColumnWriter } from './column-writer.ts';
import { RowGroup } from './row-group.ts';
import { type StoredColumn, schemaOf, storedColumns } from './schema.ts';
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

/**
 * A Parquet file that is written row group by row group, one of which it keeps in memory. The pages are ours; their headers and
 * the metadata are written by hyparquet-writer.
 */
export class ParquetOutput {
  readonly #handle: FileHandle;
  /** Has the metadata of the file, and writes it. */
  readonly #writer: ParquetWriter;
  readonly #columns: readonly StoredColumn[];
  readonly #columnWriter: ColumnWriter;
  readonly #group: RowGroup;

  static async create(file: string, options: ParquetOutputOptions): Promise<ParquetOutput> {
    return new ParquetOutput(await options.openFile(file, 'wx+'), options);
  }

  private constructor(handle: FileHandle, options: ParquetOutputOptions) {
    const { layout, symbols, groupRows, origin, contents } = options;
    this.#handle = handle;
    this.#columns = storedColumns(layout);
    const writer = new HandleWriter(handle);
    this.#writer = new ParquetWriter({
      writer,
      schema: schemaOf(this.#columns),
      statisticsTruncateLength: STATISTICS_BYTES,
      createdBy: 'tickpipe',
      kvMetadata: [
        ...(origin ? [{ key: ORIGIN_KEY, value: JSON.stringify(origin) }] : []),
        { key: CONTENTS_KEY, value: JSON.stringify(contents) },
        UNSEALED,
      ],
    });
    this.#columnWriter = new ColumnWriter(writer, layout.kind, symbols, groupRows);
    this.#group = new RowGroup(layout.width, groupRows);
  }

  async add(batch: CellBatch): Promise<void> {
    for (let from = 0; from < batch.rows; ) {
      from += this.#group.add(batch, from);
      if (this.#group.isFull) await this.#writeGroup();
    }
  }

  /** Writes the rest and has all of it reach the disk. */
  async finish(): Promise<void> {
    if (this.#group.rows > 0) await this.#writeGroup();
    await this.#writer.finish();
    await sealFile(this.#handle);
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #writeGroup(): Promise<void> {
    const { writer } = this.#writer;
    const begin = writer.offset;
    const rows = BigInt(this.#group.rows);
    const columns = this.#columns.map((column) => this.#columnWriter.write(this.#group, column));
    this.#group.clear();
    this.#writer.num_rows += rows;
    this.#writer.row_groups.push({
      columns,
      num_rows: rows,
      total_byte_size: columns.reduce((sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n), 0n),
      total_compressed_size: BigInt(writer.offset - begin),
    });
    await writer.flush?.();
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
