import type { FileHandle } from 'node:fs/promises';
import {
  type AsyncBuffer,
  type ColumnMetaData,
  parquetMetadataAsync,
  type RowGroup,
  type SchemaElement,
} from 'hyparquet';
import { ROW_TYPES } from '../../../market/kinds.ts';
import { type CellLayout, type RowBatch, SYMBOL_CELL } from '../cells/cell-layout.ts';
import { ColumnReader } from './column-reader.ts';
import { type StoredColumn, schemaOf, storedColumns } from './schema.ts';

/** Stands for the symbol of a row that cannot have come from the recordings. */
export const STRANGE_SYMBOL = -1;

export type NumberOfSymbol = (symbol: string) => number | undefined;

/**
 * The rows of a compacted file, a row group at a time. Throws an `Error` for any other file.
 * @param numberOf the number of a symbol; a row of one that has none, or of another type, is of `STRANGE_SYMBOL`
 */
export async function* readParquetRows(
  handle: FileHandle,
  layout: CellLayout,
  numberOf: NumberOfSymbol,
): AsyncGenerator<RowBatch> {
  const file = await bufferOf(handle);
  const metadata = await parquetMetadataAsync(file);
  const columns = storedColumns(layout);
  requireSchema(metadata.schema, schemaOf(columns));
  const reader = new ColumnReader();
  const { width } = layout;
  const type = ROW_TYPES[layout.kind];
  let cells = new Float64Array(0);
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    if (cells.length < rows * width) cells = new Float64Array(rows * width);
    let isStrange: Float64Array | undefined;
    for (const column of columns) {
      const meta = metaOf(group, column);
      const [begin, end] = placeOf(meta);
      const bytes = new Uint8Array(await file.slice(begin, end));
      const { form, at } = column;
      const numberOfText = (text: string): number =>
        form === 'type' ? Number(text !== type) : (numberOf(text) ?? STRANGE_SYMBOL);
      const values = reader.read(bytes, column, meta, rows, numberOfText);
      if (at === undefined) isStrange = values.some((value) => value !== 0) ? values.slice() : undefined;
      else for (let row = 0, cell = at; row < rows; row++, cell += width) cells[cell] = values[row] as number;
    }
    isStrange?.forEach((strange, row) => {
      if (strange !== 0) cells[row * width + SYMBOL_CELL] = STRANGE_SYMBOL;
    });
    yield { cells: cells.subarray(0, rows * width), rows };
  }
}

/** Other readers go by the schema alone. */
function requireSchema(found: readonly SchemaElement[], expected: readonly SchemaElement[]): void {
  const isSame =
    found.length === expected.length &&
    expected.every(({ name, type, repetition_type, converted_type }, at) => {
      const element = found[at];
      return (
        element?.name === name &&
        element.type === type &&
        element.repetition_type === repetition_type &&
        element.converted_type === converted_type
      );
    });
  if (!isSame) throw new Error('the columns are not those that rows have');
}

function metaOf(group: RowGroup, { element: { name, type } }: StoredColumn): ColumnMetaData {
  const meta = group.columns.find(({ meta_data }) => meta_data?.path_in_schema.join('.') === name)?.meta_data;
  if (meta === undefined || meta.type !== type) throw new Error(`there is no column ${name} as it should be`);
  return meta;
}

/** Where a column of a row group begins and ends in its file. */
function placeOf(meta: ColumnMetaData): [begin: number, end: number] {
  const begin = Number(meta.dictionary_page_offset ?? meta.data_page_offset);
  return [begin, begin + Number(meta.total_compressed_size)];
}

/** A file as hyparquet reads it. */
export async function bufferOf(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = new Uint8Array(end - start);
      for (let at = 0; at < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
        if (bytesRead === 0) throw new Error('the file is shorter than it was');
        at += bytesRead;
      }
      return bytes.buffer;
    },
  };
}
