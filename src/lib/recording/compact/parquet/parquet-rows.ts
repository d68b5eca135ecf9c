import type { FileHandle } from 'node:fs/promises';
import { type AsyncBuffer, parquetMetadataAsync, parquetRead } from 'hyparquet';
import { ROW_TYPES } from '../../../market/kinds.ts';
import { type CellLayout, type RowBatch, SEQUENCE_CELL, SIMULATED_CELL, SYMBOL_CELL } from '../cells/cell-layout.ts';
import { SEQUENCE_COLUMN, SIMULATED_COLUMN, SYMBOL_COLUMN, TYPE_COLUMN } from './schema.ts';

const parsers = { timestampFromMilliseconds: Number };

/** Stands for the symbol of a row that cannot have come from the recordings. */
export const STRANGE_SYMBOL = -1;

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
  const columns = readersOf(layout, numberOf);
  let begin = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const cells = new Float64Array(rows * layout.width);
    // A column at a time: decoded, all of them take many times the memory of the rows.
    for (const { name, put } of columns) {
      await parquetRead({
        file,
        metadata,
        parsers,
        columns: [name],
        rowStart: begin,
        rowEnd: begin + rows,
        onChunk: ({ columnData, rowStart }) => {
          let at = (rowStart - begin) * layout.width;
          for (const value of columnData) {
            put(cells, at, value);
            at += layout.width;
          }
        },
      });
    }
    yield { cells, rows };
    begin += rows;
  }
}

export type NumberOfSymbol = (symbol: string) => number | undefined;

interface ColumnReader {
  readonly name: string;
  /** Puts a value among its row's cells, which begin at `at`. Must not throw: the error would be lost. */
  readonly put: (cells: Float64Array, at: number, value: unknown) => void;
}

/** In this order: what the type says overrules the symbol. */
function readersOf({ kind, values }: CellLayout, numberOf: NumberOfSymbol): ColumnReader[] {
  const putSymbol: ColumnReader['put'] = (cells, at, value) => {
    cells[at + SYMBOL_CELL] = numberOf(String(value)) ?? STRANGE_SYMBOL;
  };
  const putType: ColumnReader['put'] = (cells, at, value) => {
    if (value !== ROW_TYPES[kind]) cells[at + SYMBOL_CELL] = STRANGE_SYMBOL;
  };
  const putSimulated: ColumnReader['put'] = (cells, at, value) => {
    cells[at + SIMULATED_CELL] = Number(value);
  };
  const putSequence: ColumnReader['put'] = (cells, at, value) => {
    cells[at + SEQUENCE_CELL] = Number(value);
  };
  return [
    { name: SYMBOL_COLUMN, put: putSymbol },
    { name: TYPE_COLUMN, put: putType },
    { name: SIMULATED_COLUMN, put: putSimulated },
    { name: SEQUENCE_COLUMN, put: putSequence },
    ...values.map((cell): ColumnReader => {
      const put: ColumnReader['put'] = (cells, at, value) => {
        cells[at + cell.at] = value === null || value === undefined ? Number.NaN : Number(value);
      };
      return { name: cell.column.name, put };
    }),
  ];
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
