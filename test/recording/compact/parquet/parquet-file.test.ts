import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KINDS, type Kind, ROW_TYPES } from '../../../../src/lib/market/kinds.ts';
import {
  type CellBatch,
  CellLayout,
  SEQUENCE_CELL,
  SYMBOL_CELL,
} from '../../../../src/lib/recording/compact/cells/cell-layout.ts';
import type { SymbolTable } from '../../../../src/lib/recording/compact/cells/symbol-table.ts';
import { ParquetOutput } from '../../../../src/lib/recording/compact/parquet/parquet-output.ts';
import {
  bufferOf,
  readParquetRows,
  STRANGE_SYMBOL,
} from '../../../../src/lib/recording/compact/parquet/parquet-rows.ts';
import { schemaOf, storedColumns } from '../../../../src/lib/recording/compact/parquet/schema.ts';
import { appendAll } from '../../../../src/lib/recording/compact/workspace/workspace.ts';
import { makeSymbols } from '../cells.ts';

const SYMBOLS = makeSymbols(300);
const CONTENTS = { schema: 1, sources: [], digest: 0 } as const;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-'));
  file = path.join(folder, 'ticks.parquet');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What a column of numbers may be like: each asks for another encoding. */
const PATTERNS: readonly ((row: number) => number)[] = [
  (row) => row % 50,
  (row) => (row * 7919) % 1_000_003,
  (row) => row * 1_000 - 5,
  () => 3,
  () => Number.NaN,
  (row) => (row % 3 === 0 ? Number.NaN : (row * 31) % 97),
  (row) => (row % 2 === 0 ? 9e14 : -9e14) + row,
  (row) => (row % 5 === 0 ? Number.NaN : row * row),
  () => 0,
];

/** Rows in whose columns the patterns take turns, sorted by symbol. */
function makeRows(layout: CellLayout, rows: number, shift: number): CellBatch {
  const cells = new Float64Array(rows * layout.width);
  for (let row = 0; row < rows; row++) {
    const at = row * layout.width;
    for (const cell of layout.values) {
      const pattern = PATTERNS[(cell.at + shift) % PATTERNS.length] as (row: number) => number;
      const value = cell.isRequired ? 1_795_405_500_000 + row * 40 : pattern(row);
      cells[at + cell.at] = cell.type === 'double' ? value / 100 : value;
    }
    cells[at + SYMBOL_CELL] = Math.floor((row * SYMBOLS.size) / rows);
    cells[at + 1] = Number(row % 7 === 0);
    cells[at + SEQUENCE_CELL] = (row * 17) % rows;
  }
  return { cells, rows };
}

async function write(layout: CellLayout, batch: CellBatch, groupRows: number): Promise<void> {
  const output = await ParquetOutput.create(file, {
    layout,
    symbols: SYMBOLS,
    groupRows,
    openFile: open,
    origin: undefined,
    contents: { ...CONTENTS, sources: [] },
  });
  await output.add(batch);
  await output.finish();
  await output.close();
}

async function readCells(layout: CellLayout, symbols: SymbolTable = SYMBOLS): Promise<Float64Array> {
  const handle = await open(file, 'r');
  try {
    const all: number[] = [];
    for await (const { cells } of readParquetRows(handle, layout, (symbol) => symbols.find(symbol))) all.push(...cells);
    return Float64Array.from(all);
  } finally {
    await handle.close();
  }
}

/** As another reader has them: by column name, null for NaN. */
function objectsOf(layout: CellLayout, { cells, rows }: CellBatch): Record<string, unknown>[] {
  return Array.from({ length: rows }, (_, row) => {
    const object: Record<string, unknown> = {};
    for (const { element, form, at } of storedColumns(layout)) {
      const value = at === undefined ? Number.NaN : (cells[row * layout.width + at] as number);
      if (form === 'type') object[element.name] = ROW_TYPES[layout.kind];
      else if (form === 'symbol') object[element.name] = SYMBOLS.nameOf(value);
      else if (form === 'flag') object[element.name] = value === 1;
      else
        object[element.name] = Number.isNaN(value)
          ? null
          : form === 'integer' || form === 'sequence'
            ? BigInt(value)
            : value;
    }
    return object;
  });
}

const cases: [Kind, number, number][] = KINDS.flatMap((kind) =>
  [0, 3, 6].map((shift): [Kind, number, number] => [kind, shift, 1_000]),
);
cases.push(['symbol', 1, 1], ['symbol', 1, 7], ['symbol', 2, 8], ['symbol', 4, 9]);

describe('a file of rows', () => {
  test.each(cases)(
    'of kind %s, with patterns from %i on, holds %i rows for this reader and for a library',
    async (kind, shift, rows) => {
      const layout = new CellLayout(kind);
      const batch = makeRows(layout, rows, shift);
      await write(layout, batch, 400);
      expect(await readCells(layout)).toEqual(batch.cells);
      const handle = await open(file, 'r');
      const parsers = { timestampFromMilliseconds: Number };
      const found = await parquetReadObjects({ file: await bufferOf(handle), parsers });
      await handle.close();
      expect(found).toEqual(objectsOf(layout, batch));
    },
  );

  test('of an earlier version, whose pages a library wrote, is read', async () => {
    const layout = new CellLayout('symbol');
    const batch = makeRows(layout, 1_000, 1);
    const objects = objectsOf(layout, batch);
    const columns = storedColumns(layout);
    const bytes = new ByteWriter();
    const writer = new ParquetWriter({ writer: bytes, schema: schemaOf(columns), codec: 'SNAPPY' });
    const columnData = columns.map(({ element, form }): ColumnSource => {
      const { name } = element;
      const values = objects.map((object) => object[name]);
      const data =
        form === 'millis' ? values.map((value) => (value === null ? null : BigInt(value as number))) : values;
      if (form === 'sequence') return { name, data, encoding: 'DELTA_BINARY_PACKED' };
      return form === 'type' || form === 'symbol' ? { name, data, encoding: 'RLE_DICTIONARY' } : { name, data };
    });
    await writer.write({ columnData, rowGroupSize: 300, pageSize: 1_000 });
    await writer.finish();
    const handle = await open(file, 'wx');
    await appendAll(handle, bytes.getBytes());
    await handle.close();
    expect(await readCells(layout)).toEqual(batch.cells);
  });

  test('has strange symbols where a symbol, or the type, is another', async () => {
    const layout = new CellLayout('lite');
    await write(layout, makeRows(layout, 10, 0), 10);
    const cells = await readCells(layout, makeSymbols(0));
    expect(cells.filter((_, at) => at % layout.width === SYMBOL_CELL)).toEqual(
      new Float64Array(10).fill(STRANGE_SYMBOL),
    );
  });

  test('of another kind is refused', async () => {
    const layout = new CellLayout('lite');
    await write(layout, makeRows(layout, 10, 0), 10);
    await expect(readCells(new CellLayout('index'))).rejects.toThrow(/columns/);
  });
});
