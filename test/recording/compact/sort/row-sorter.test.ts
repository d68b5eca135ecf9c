import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CellLayout, SYMBOL_CELL } from '../../../../src/lib/recording/compact/cells/cell-layout.ts';
import { RowSorter, type SortLimits } from '../../../../src/lib/recording/compact/sort/row-sorter.ts';
import type { OpenFile } from '../../../../src/lib/recording/compact/workspace/workspace.ts';
import { makeSymbols } from '../cells.ts';

const LAYOUT = new CellLayout('lite');
const ROW_BYTES = LAYOUT.width * Float64Array.BYTES_PER_ELEMENT;
const SYMBOLS = makeSymbols(11);
/** Where a row's number stands, so that equal ones can be told apart. */
const NUMBER_CELL = LAYOUT.values.find(({ column }) => column.name === 'ltp')?.at as number;

interface Item {
  readonly symbol: number;
  readonly time: number;
  readonly number: number;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function makeItems(count: number): Item[] {
  let seed = 1;
  const next = (limit: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % limit;
  };
  return Array.from({ length: count }, (_, number) => ({ symbol: next(11), time: next(20), number }));
}

function expected(items: readonly Item[]): Item[] {
  const name = ({ symbol }: Item) => SYMBOLS.nameOf(symbol);
  return [...items].sort((a, b) => {
    if (name(a) !== name(b)) return name(a) < name(b) ? -1 : 1;
    return a.time - b.time || a.number - b.number;
  });
}

async function sort(
  items: readonly Item[],
  limits: SortLimits,
  more: { signal?: AbortSignal; openFile?: OpenFile } = {},
) {
  const { signal = new AbortController().signal, openFile = open } = more;
  const sorter = new RowSorter({ layout: LAYOUT, symbols: SYMBOLS, folder, limits, openFile, signal });
  for (const { symbol, time, number } of items) {
    const { chunk } = sorter;
    const at = chunk.makeRoom();
    const { cells } = chunk;
    cells[at + SYMBOL_CELL] = symbol;
    cells[at + LAYOUT.receivedAt] = time;
    cells[at + NUMBER_CELL] = number;
    chunk.rows++;
    if (sorter.chunk.isFull) await sorter.spill();
  }
  const sorted: Item[] = [];
  for await (const { cells, rows } of sorter.sorted()) {
    for (let at = 0; at < rows * LAYOUT.width; at += LAYOUT.width) {
      sorted.push({
        symbol: cells[at + SYMBOL_CELL] as number,
        time: cells[at + LAYOUT.receivedAt] as number,
        number: cells[at + NUMBER_CELL] as number,
      });
    }
  }
  return { sorted, sorter };
}

/** Counts what is open. */
function countingOpen(): { openFile: OpenFile; most: () => number; left: () => number } {
  let now = 0;
  let most = 0;
  const openFile: OpenFile = async (...args) => {
    const handle = await open(...args);
    most = Math.max(most, ++now);
    const close = handle.close.bind(handle);
    handle.close = async () => {
      now--;
      await close();
    };
    return handle;
  };
  return { openFile, most: () => most, left: () => now };
}

describe('rows are sorted by symbol, then time, equal ones as they came', () => {
  test('in memory, without a file', async () => {
    const items = makeItems(500);
    const { sorted, sorter } = await sort(items, { chunkBytes: 1e6, maxOpenRuns: 4, blockRows: 7 });
    expect(sorted).toEqual(expected(items));
    expect(sorter.runsWritten).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('through files, in one merge', async () => {
    const items = makeItems(1_000);
    const { sorted, sorter } = await sort(items, { chunkBytes: 300 * ROW_BYTES, maxOpenRuns: 4, blockRows: 16 });
    expect(sorted).toEqual(expected(items));
    expect(sorter.runsWritten).toBe(4);
  });

  test('in several passes, with no more files open than allowed', async () => {
    const items = makeItems(3_000);
    const { openFile, most, left } = countingOpen();
    const limits = { chunkBytes: 40 * ROW_BYTES, maxOpenRuns: 3, blockRows: 5 };
    const { sorted, sorter } = await sort(items, limits, { openFile });
    expect(sorted).toEqual(expected(items));
    // 75 chunks; merged by threes to 25, 9 and 3: a last one that stands alone is not written again.
    expect(sorter.runsWritten).toBe(75 + 25 + 8 + 3);
    expect(readdirSync(folder)).toHaveLength(3);
    // Those that are read, and the one that is written.
    expect(most()).toBe(4);
    expect(left()).toBe(0);
  });

  test.each([1, 2, 39, 40, 41, 119, 120, 121])('%i of them, around what chunks and passes hold', async (count) => {
    const items = makeItems(count);
    const { sorted } = await sort(items, { chunkBytes: 40 * ROW_BYTES, maxOpenRuns: 3, blockRows: 8 });
    expect(sorted).toEqual(expected(items));
  });

  test('none of them', async () => {
    expect((await sort([], { chunkBytes: 1, maxOpenRuns: 2, blockRows: 1 })).sorted).toEqual([]);
  });

  test('with room for one at a time', async () => {
    const items = makeItems(20);
    const { sorted } = await sort(items, { chunkBytes: 1, maxOpenRuns: 2, blockRows: 1 });
    expect(sorted).toEqual(expected(items));
  });

  test('until the signal fires: files are closed then', async () => {
    const control = new AbortController();
    const { openFile, left } = countingOpen();
    const limits = { chunkBytes: 40 * ROW_BYTES, maxOpenRuns: 3, blockRows: 5 };
    let opened = 0;
    const stopping: OpenFile = (...args) => {
      if (++opened === 90) control.abort('SIGINT');
      return openFile(...args);
    };
    await expect(sort(makeItems(3_000), limits, { openFile: stopping, signal: control.signal })).rejects.toBe('SIGINT');
    expect(left()).toBe(0);
  });
});
