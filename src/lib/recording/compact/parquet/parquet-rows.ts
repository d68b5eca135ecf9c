import type { FileHandle } from 'node:fs/promises';
import { type AsyncBuffer, type DecodedArray, parquetMetadataAsync, parquetRead } from 'hyparquet';
import { type CellLayout, type RowBatch, SIMULATED_CELL, SYMBOL_CELL } from '../cell-layout.ts';
import type { SymbolTable } from '../symbol-table.ts';
import { SIMULATED_COLUMN } from './schema.ts';

const parsers = { timestampFromMilliseconds: Number };

/** A symbol that was never read from a recording. */
export const STRANGE_SYMBOL = -1;

/**
 * The rows of a compacted file, a row group at a time. Throws an `Error` for what is no such file.
 * @param symbols numbers of symbols that are not in it are `STRANGE_SYMBOL`
 */
export async function* readParquetRows(
  handle: FileHandle,
  layout: CellLayout,
  symbols: SymbolTable,
): AsyncGenerator<RowBatch> {
  const file = await bufferOf(handle);
  const metadata = await parquetMetadataAsync(file);
  const places = new Map(layout.values.map(({ column, at }) => [column.name, at]));
  let begin = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const groupBegin = begin;
    const cells = new Float64Array(rows * layout.width);
    const put = (values: DecodedArray, from: number, at: number, read: (value: unknown) => number): void => {
      for (let row = 0; row < values.length; row++) cells[(from + row) * layout.width + at] = read(values[row]);
    };
    await parquetRead({
      file,
      metadata,
      parsers,
      rowStart: groupBegin,
      rowEnd: groupBegin + rows,
      onChunk: ({ columnName, columnData, rowStart }) => {
        const from = rowStart - groupBegin;
        const at = places.get(columnName);
        if (at !== undefined) put(columnData, from, at, readNumber);
        else if (columnName === SIMULATED_COLUMN) put(columnData, from, SIMULATED_CELL, readFlag);
        else if (columnName === 'symbol') {
          put(columnData, from, SYMBOL_CELL, (value) => symbols.find(String(value)) ?? STRANGE_SYMBOL);
        }
      },
    });
    yield { cells, rows };
    begin += rows;
  }
}

function readNumber(value: unknown): number {
  return value === null || value === undefined ? Number.NaN : Number(value);
}

function readFlag(value: unknown): number {
  return value === true ? 1 : 0;
}

async function bufferOf(handle: FileHandle): Promise<AsyncBuffer> {
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
