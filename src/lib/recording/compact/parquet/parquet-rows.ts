import type { FileHandle } from 'node:fs/promises';
import { type AsyncBuffer, parquetMetadataAsync, parquetRead } from 'hyparquet';
import { type CellLayout, type RowBatch, SIMULATED_CELL, SYMBOL_CELL } from '../cell-layout.ts';
import type { SymbolTable } from '../symbol-table.ts';
import { SIMULATED_COLUMN, SYMBOL_COLUMN } from './schema.ts';

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
  const columns = readersOf(layout, symbols);
  let begin = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const cells = new Float64Array(rows * layout.width);
    // A column at a time: decoded, all of them take many times the memory of the rows.
    for (const { name, at, read } of columns) {
      await parquetRead({
        file,
        metadata,
        parsers,
        columns: [name],
        rowStart: begin,
        rowEnd: begin + rows,
        onChunk: ({ columnData, rowStart }) => {
          let place = (rowStart - begin) * layout.width + at;
          for (const value of columnData) {
            cells[place] = read(value);
            place += layout.width;
          }
        },
      });
    }
    yield { cells, rows };
    begin += rows;
  }
}

interface ColumnReader {
  readonly name: string;
  readonly at: number;
  readonly read: (value: unknown) => number;
}

function readersOf(layout: CellLayout, symbols: SymbolTable): ColumnReader[] {
  const readSymbol = (value: unknown): number => symbols.find(String(value)) ?? STRANGE_SYMBOL;
  return [
    { name: SYMBOL_COLUMN, at: SYMBOL_CELL, read: readSymbol },
    { name: SIMULATED_COLUMN, at: SIMULATED_CELL, read: Number },
    ...layout.values.map(({ column, at }) => ({ name: column.name, at, read: readNumber })),
  ];
}

function readNumber(value: unknown): number {
  return value === null || value === undefined ? Number.NaN : Number(value);
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
