import type { FileHandle } from 'node:fs/promises';
import {
  type AsyncBuffer,
  type ColumnMetaData,
  parquetMetadataAsync,
  type SchemaElement,
  type RowGroup as StoredGroup,
} from 'hyparquet';
import { ROW_TYPES } from '../../../market/kinds.ts';
import { type CellBatch, type CellLayout, SYMBOL_CELL } from '../cells/cell-layout.ts';
import { ColumnReader } from './column-reader.ts';
import { RowGroup } from './row-group.ts';
import { type StoredColumn, schemaOf, storedColumns } from './schema.ts';

/** Stands for the symbol of a row that cannot have come from the recordings. */
export const STRANGE_SYMBOL = -1;

export type NumberOfSymbol = (symbol: string) => number | undefined;

/**
 * The row groups of a compacted file, each valid until the next is asked for. Throws an `Error` for any other file.
 * @param numberOf the number of a symbol; a row of one that has none, or of another type, is of `STRANGE_SYMBOL`
 */
export async function* readParquetGroups(
  handle: FileHandle,
  layout: CellLayout,
  numberOf: NumberOfSymbol,
): AsyncGenerator<RowGroup> {
  const file = await bufferOf(handle);
  const metadata = await parquetMetadataAsync(file);
  const columns = storedColumns(layout);
  requireSchema(metadata.schema, schemaOf(columns));
  const reader = new ColumnReader();
  const maxRows = Math.max(0, ...metadata.row_groups.map(({ num_rows }) => Number(num_rows)));
  const group = new RowGroup(layout.width, maxRows);
  const types = new Float64Array(maxRows);
  const type = ROW_TYPES[layout.kind];
  for (const stored of metadata.row_groups) {
    const rows = Number(stored.num_rows);
    group.rows = rows;
    for (const column of columns) {
      const { form, at } = column;
      const meta = metaOf(stored, column);
      const [begin, end] = placeOf(meta);
      const bytes = new Uint8Array(await file.slice(begin, end));
      const values = at === undefined ? types : group.column(at);
      const numberOfText = (text: string): number =>
        form === 'type' ? Number(text !== type) : (numberOf(text) ?? STRANGE_SYMBOL);
      reader.read(bytes, column, meta, values.subarray(0, rows), numberOfText);
    }
    const symbols = group.column(SYMBOL_CELL);
    for (let row = 0; row < rows; row++) if (types[row] !== 0) symbols[row] = STRANGE_SYMBOL;
    yield group;
  }
}

/** The same row by row. */
export async function* readParquetRows(
  handle: FileHandle,
  layout: CellLayout,
  numberOf: NumberOfSymbol,
): AsyncGenerator<CellBatch> {
  for await (const group of readParquetGroups(handle, layout, numberOf)) yield* group.batches();
}

/** Throws for another schema: other programs that read the file go by its schema alone. */
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
  if (!isSame) throw new Error('the columns are not those of a compacted recording');
}

function metaOf(group: StoredGroup, { element: { name, type } }: StoredColumn): ColumnMetaData {
  const meta = group.columns.find(({ meta_data }) => meta_data?.path_in_schema.join('.') === name)?.meta_data;
  if (meta === undefined || meta.type !== type) throw new Error(`the column ${name} is missing or of another type`);
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
