import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { CellLayout, SEQUENCE_CELL } from '../../../src/lib/recording/compact/cells/cell-layout.ts';
import { OrderedRows, type OrderedRowsLimits } from '../../../src/lib/recording/playback/ordered-rows.ts';
import { seededRandom } from '../../support/random.ts';
import { makeCells } from '../compact/cells.ts';

const { width } = new CellLayout('lite');
const ROWS = 5_000;
const ROW_BYTES = width * 8;

/** Rows 0 to ROWS - 1 with their places, and the same in some other order. */
function shuffled(): { inOrder: Float64Array; mixed: Float64Array } {
  const random = seededRandom(11);
  const inOrder = makeCells(new CellLayout('lite'), ROWS, 7).cells;
  for (let row = 0; row < ROWS; row++) inOrder[row * width + SEQUENCE_CELL] = row;
  const order = Array.from({ length: ROWS }, (_, row) => ({ row, key: random() })).sort((a, b) => a.key - b.key);
  const mixed = new Float64Array(inOrder.length);
  for (const [at, { row }] of order.entries()) {
    mixed.set(inOrder.subarray(row * width, (row + 1) * width), at * width);
  }
  return { inOrder, mixed };
}

async function readAll(rows: OrderedRows, first: number, count: number): Promise<Float64Array> {
  const found = new Float64Array(count * width);
  let at = 0;
  for await (const { cells, rows: some } of rows.read(first, count)) {
    found.set(cells, at * width);
    at += some;
  }
  expect(at).toBe(count);
  return found;
}

describe('rows in the order in which they were recorded', () => {
  test.each<[string, OrderedRowsLimits]>([
    ['in memory', { memoryBytes: ROWS * ROW_BYTES, shelfBytes: 100 * ROW_BYTES }],
    ['set aside', { memoryBytes: 0, shelfBytes: 1_000 * ROW_BYTES }],
    ['set aside in many small pieces', { memoryBytes: 0, shelfBytes: 7 * ROW_BYTES }],
  ])('%s: all of them, and any stretch of them', async (_, limits) => {
    const { inOrder, mixed } = shuffled();
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('tickpipe-replay-'));
    const rows = new OrderedRows(width, ROWS, limits);
    expect(await rows.add({ cells: mixed, rows: ROWS })).toBe(true);
    expect(await readAll(rows, 0, ROWS)).toEqual(inOrder);
    expect(await readAll(rows, 1_234, 777)).toEqual(inOrder.subarray(1_234 * width, (1_234 + 777) * width));
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('tickpipe-replay-'))).toEqual(before);
    await rows.close();
    await rows.close();
  });

  test.each([-1, 3, 0.5, Number.NaN])('a row at place %d of 3 is none of them', async (place) => {
    const rows = new OrderedRows(width, 3);
    const cells = new Float64Array(width);
    cells[SEQUENCE_CELL] = place;
    expect(await rows.add({ cells, rows: 1 })).toBe(false);
  });
});
