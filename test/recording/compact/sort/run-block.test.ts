import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KINDS } from '../../../../src/lib/market/kinds.ts';
import { CellLayout } from '../../../../src/lib/recording/compact/cells/cell-layout.ts';
import { RunBlockCodec } from '../../../../src/lib/recording/compact/sort/run-block.ts';

/** Values as cells have them, and some that they do not: all have to come back to the last bit. */
const value = fc.oneof(
  fc.constantFrom(
    Number.NaN,
    0,
    1,
    610.45,
    -0.05,
    1e-7,
    21_474_836.47,
    21_474_836.48,
    2 ** 31,
    -(2 ** 31),
    2 ** 53 - 1,
  ),
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((units) => units / 100),
  fc.integer({ min: 1_795_405_500_000, max: 1_795_428_000_000 }),
  fc.double({ noNaN: true }).map((any) => any + 0),
);

test.each(KINDS)('rows of kind %s come back as they were, in no more bytes than was said', (kind) => {
  const layout = new CellLayout(kind);
  const codec = new RunBlockCodec(layout);
  const row = fc.array(value, { minLength: layout.width, maxLength: layout.width });
  // Rows that follow each other are much alike.
  const rows = fc.array(fc.tuple(row, fc.integer({ min: 0, max: layout.width })), { maxLength: 12 }).map((list) => {
    let before: number[] = new Array<number>(layout.width).fill(0);
    return list.flatMap(([next, changed]) => {
      before = before.map((old, cell) => (cell < changed ? (next[cell] as number) : old));
      return before;
    });
  });
  fc.assert(
    fc.property(rows, (list) => {
      const cells = Float64Array.from(list);
      const count = list.length / layout.width;
      const bytes = new Uint8Array(codec.maxBytes(count) + 3);
      const end = codec.pack(cells, count, bytes, 3);
      const back = new Float64Array(list.length);
      expect(codec.unpack(bytes.subarray(3, end), back)).toBe(count);
      expect(back).toEqual(cells);
    }),
  );
});

test('a row like the one before takes only its bits', () => {
  const layout = new CellLayout('symbol');
  const codec = new RunBlockCodec(layout);
  const row = Array.from({ length: layout.width }, (_, cell) => cell + 0.25);
  const cells = Float64Array.from([...row, ...row, ...row]);
  const bytes = new Uint8Array(codec.maxBytes(3));
  const one = codec.pack(cells, 1, bytes, 0);
  expect(codec.pack(cells, 3, bytes, 0) - one).toBe(2 * 2 * Math.ceil(layout.width / 8));
});
