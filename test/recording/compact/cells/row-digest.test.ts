import { describe, expect, test } from 'vitest';
import { type CellBatch, CellLayout } from '../../../../src/lib/recording/compact/cells/cell-layout.ts';
import { RowDigest } from '../../../../src/lib/recording/compact/cells/row-digest.ts';
import { makeCells } from '../cells.ts';

const LAYOUT = new CellLayout('symbol');

function digest(...batches: CellBatch[]): RowDigest {
  const made = new RowDigest(LAYOUT);
  for (const batch of batches) made.add(batch);
  return made;
}

function reversed({ cells, rows }: CellBatch): CellBatch {
  const turned = new Float64Array(cells.length);
  for (let row = 0; row < rows; row++) {
    turned.set(cells.subarray(row * LAYOUT.width, (row + 1) * LAYOUT.width), (rows - 1 - row) * LAYOUT.width);
  }
  return { cells: turned, rows };
}

describe('the digest of rows', () => {
  const batch = makeCells(LAYOUT, 200, 7);

  test('counts rows, and is the same in any order and in any pieces', () => {
    const { width } = LAYOUT;
    const pieces = [
      { cells: batch.cells.subarray(0, 50 * width), rows: 50 },
      { cells: batch.cells.subarray(50 * width), rows: 150 },
    ];
    expect(digest(batch).rows).toBe(200);
    expect(digest(batch).differences(digest(reversed(batch)))).toEqual([]);
    expect(digest(batch).differences(digest(...pieces))).toEqual([]);
  });

  test('differs in the symbol of any value that changed', () => {
    for (let at = 1; at < LAYOUT.width; at++) {
      const changed = { cells: batch.cells.slice(), rows: batch.rows };
      const place = 17 * LAYOUT.width + at;
      const value = changed.cells[place] as number;
      changed.cells[place] = Number.isNaN(value) ? 0 : value + 1;
      expect(digest(batch).differences(digest(changed))).toEqual([17 % 7]);
    }
  });

  test('differs when a row is missing, is there twice, or is of another symbol', () => {
    const fewer = { cells: batch.cells, rows: 199 };
    expect(digest(batch).differences(digest(fewer))).toEqual([199 % 7]);
    expect(digest(fewer).differences(digest(batch))).toEqual([199 % 7]);
    const moved = { cells: batch.cells.slice(), rows: 200 };
    moved.cells[0] = 6;
    expect(digest(batch).differences(digest(moved))).toEqual([0, 6]);
  });

  test('reads the part of the memory that a batch stands in', () => {
    const wide = new Float64Array(batch.cells.length + 3);
    wide.set(batch.cells, 3);
    expect(digest(batch).differences(digest({ cells: wide.subarray(3), rows: 200 }))).toEqual([]);
  });
});
