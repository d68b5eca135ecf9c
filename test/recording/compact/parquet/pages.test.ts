import fc from 'fast-check';
import { snappyUncompress } from 'hyparquet';
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { describe, expect, test } from 'vitest';
import { packBits, unpackBits } from '../../../../src/lib/recording/compact/parquet/pages/bit-packing.ts';
import {
  appendDelta,
  createDeltaScratch,
  readDelta,
} from '../../../../src/lib/recording/compact/parquet/pages/delta.ts';
import { appendHybrid, bitWidthOf, readHybrid } from '../../../../src/lib/recording/compact/parquet/pages/hybrid.ts';
import { PageBuffer } from '../../../../src/lib/recording/compact/parquet/pages/page-buffer.ts';
import { SnappyCompressor } from '../../../../src/lib/recording/compact/parquet/pages/snappy.ts';
import { ValueDictionary } from '../../../../src/lib/recording/compact/parquet/pages/value-dictionary.ts';

/** Values as they are packed: room for seven more. */
function padded(values: readonly number[]): Uint32Array {
  const all = new Uint32Array(values.length + 7);
  all.set(values);
  return all;
}

function dataReader(bytes: Uint8Array): { view: DataView; offset: number } {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
}

/** Numbers of so many bits, among them runs of equal ones. */
const packable = fc.integer({ min: 0, max: 32 }).chain((width) =>
  fc.record({
    width: fc.constant(width),
    runs: fc.array(fc.tuple(fc.integer({ min: 0, max: 2 ** width - 1 }), fc.constantFrom(1, 1, 1, 2, 7, 8, 9, 40))),
  }),
);

const valuesOf = (runs: readonly (readonly [number, number])[]): number[] =>
  runs.flatMap(([value, count]) => new Array<number>(count).fill(value));

describe('values in as few bits as they take', () => {
  test('come back as they were, whatever the width', () => {
    fc.assert(
      fc.property(packable, ({ width, runs }) => {
        const values = Uint32Array.from(valuesOf(runs));
        const bytes = new Uint8Array(values.length * 4 + 1);
        const end = packBits(values, 0, values.length, width, bytes, 0);
        expect(end).toBe(Math.ceil((values.length * width) / 8));
        const back = new Uint32Array(values.length);
        expect(unpackBits(bytes, 0, width, back, 0, values.length)).toBe(end);
        expect(back).toEqual(values);
      }),
    );
  });

  test('in runs and packed groups, for this reader and for that of a library', () => {
    fc.assert(
      fc.property(packable, ({ width, runs }) => {
        const values = valuesOf(runs);
        const page = new PageBuffer();
        appendHybrid(page, padded(values), values.length, width);
        const bytes = page.written.slice();
        const back = padded(new Array<number>(values.length).fill(0));
        readHybrid(bytes, width, back, values.length);
        expect([...back.subarray(0, values.length)]).toEqual(values);
        if (width > 24) return;
        const theirs = new Array<number>(values.length).fill(0);
        readRleBitPackedHybrid(dataReader(bytes), width, theirs, bytes.length);
        expect(theirs).toEqual(values);
      }),
    );
  });

  test('a run costs no more than its length and its value', () => {
    const page = new PageBuffer();
    appendHybrid(page, padded(new Array<number>(60_000).fill(5)), 60_000, 3);
    expect(page.length).toBe(4);
  });

  test.each([
    ['a run without an end', [0x80]],
    ['a run of nothing', [0x00, 1]],
    ['packed values that are missing', [0x03]],
    ['no bytes', []],
  ])('%s is refused', (_, bytes) => {
    expect(() => readHybrid(Uint8Array.from(bytes), 3, padded([0, 0, 0]), 3)).toThrow(/page/);
  });

  test.each([
    [0, 0],
    [1, 1],
    [255, 8],
    [256, 9],
    [2 ** 32 - 1, 32],
  ])('%i takes %i bits', (max, bits) => {
    expect(bitWidthOf(max)).toBe(bits);
  });
});

describe('integers as differences', () => {
  const integers = fc.oneof(
    fc.array(fc.integer({ min: -(10 ** 6), max: 10 ** 6 }), { maxLength: 400 }),
    fc.array(fc.integer({ min: 1_795_405_500_000, max: 1_795_428_000_000 }), { maxLength: 400 }),
    fc.array(fc.constantFrom(0, 2 ** 31, 2 ** 32 - 1, -(2 ** 31), 5), { maxLength: 300 }),
  );

  test('come back as they were, by this reader and by that of a library', () => {
    fc.assert(
      fc.property(integers, (values) => {
        const page = new PageBuffer();
        const scratch = createDeltaScratch();
        // Two differences may be further apart than 32 bits say.
        if (!appendDelta(page, Float64Array.from(values), values.length, scratch)) return;
        const bytes = page.written.slice();
        const back = new Float64Array(values.length);
        readDelta(bytes, back, values.length, scratch);
        expect([...back]).toEqual(values);
        const theirs = new BigInt64Array(values.length);
        deltaBinaryUnpack(dataReader(bytes), values.length, theirs);
        expect([...theirs].map(Number)).toEqual(values);
      }),
    );
  });

  test('that are too far apart are refused', () => {
    const values = Float64Array.from([0, 2 ** 33, 0]);
    expect(appendDelta(new PageBuffer(), values, 3, createDeltaScratch())).toBe(false);
  });

  test('cut off anywhere are refused, not made up', () => {
    const page = new PageBuffer();
    const values = Float64Array.from({ length: 300 }, (_, at) => at * at);
    expect(appendDelta(page, values, 300, createDeltaScratch())).toBe(true);
    const back = new Float64Array(300);
    for (let length = 0; length < page.length; length++) {
      expect(() => readDelta(page.bytes.slice(0, length), back, 300, createDeltaScratch())).toThrow(/page/);
    }
  });
});

test('numbers of 64 bits, and of a varying number of bytes', () => {
  const page = new PageBuffer();
  page.appendIntegers(Float64Array.from([0, -1, 2 ** 53 - 1, -(2 ** 53 - 1), 2 ** 32, -(2 ** 32)]), 6);
  const view = new DataView(page.bytes.buffer);
  expect([0, 1, 2, 3, 4, 5].map((at) => view.getBigInt64(at * 8, true))).toEqual([
    0n,
    -1n,
    2n ** 53n - 1n,
    -(2n ** 53n - 1n),
    2n ** 32n,
    -(2n ** 32n),
  ]);
  page.clear();
  page.appendVarint(300);
  page.appendVarint(2 ** 32 - 1);
  page.appendZigZag(-2);
  page.appendZigZag(2 ** 40);
  expect([...page.written]).toEqual([0xac, 2, 0xff, 0xff, 0xff, 0xff, 0xf, 3, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40]);
});

describe('the dictionary of a column', () => {
  const column = fc.array(fc.constantFrom(Number.NaN, 0, 1, -1, 610.45, 2 ** 40, 1e-7, 3, 4, 5), { maxLength: 200 });

  test('has each value once, and says which row has which', () => {
    const dictionary = new ValueDictionary(200);
    fc.assert(
      fc.property(column, (list) => {
        const values = Float64Array.from(list);
        expect(dictionary.build(values, new Uint32Array(values.buffer), list.length, 200)).toBe(true);
        const kept = list.filter((value) => !Number.isNaN(value));
        expect(dictionary.present).toBe(kept.length);
        expect([...dictionary.values.subarray(0, dictionary.size)]).toEqual([...new Set(kept)]);
        expect(kept.map((_, at) => dictionary.values[dictionary.codes[at] as number])).toEqual(kept);
        const levels = list.map((value) => (Number.isNaN(value) ? 0 : 1));
        if (kept.length < list.length) expect([...dictionary.levels.subarray(0, list.length)]).toEqual(levels);
      }),
    );
  });

  test('ends at its limit, and still knows which rows have none', () => {
    const values = Float64Array.from([1, Number.NaN, 2, 3, 1]);
    const dictionary = new ValueDictionary(5);
    expect(dictionary.build(values, new Uint32Array(values.buffer), 5, 2)).toBe(false);
    expect(dictionary.present).toBe(4);
    expect([...dictionary.levels.subarray(0, 5)]).toEqual([1, 0, 1, 1, 1]);
    expect(dictionary.build(values, new Uint32Array(values.buffer), 5, 3)).toBe(true);
  });
});

describe('packed as snappy has it', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.array(fc.constantFrom(0, 1, 2), { maxLength: 2_000 }).map((list) => Uint8Array.from(list)),
    fc
      .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 90 }), fc.integer({ min: 1, max: 40 })), {
        maxLength: 30,
      })
      .map((parts) => Uint8Array.from(parts.flatMap(([part, times]) => new Array(times).fill([...part]).flat()))),
  );

  test('another reader gets the same bytes', () => {
    const compressor = new SnappyCompressor();
    const page = new PageBuffer();
    fc.assert(
      fc.property(bytes, (input) => {
        page.clear();
        compressor.compress(input, page);
        const output = new Uint8Array(input.length);
        snappyUncompress(page.written, output);
        expect(output).toEqual(input);
      }),
    );
  });

  test('bytes that repeat from far away, and long ones that do not', () => {
    const noise = (length: number): number[] => {
      let seed = 1;
      return Array.from({ length }, () => {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
        return seed >>> 16;
      });
    };
    const input = Uint8Array.from([...noise(70_000), ...noise(300), ...new Array(100_000).fill(7), ...noise(66_000)]);
    const page = new PageBuffer();
    new SnappyCompressor().compress(input, page);
    const output = new Uint8Array(input.length);
    snappyUncompress(page.written, output);
    expect(output).toEqual(input);
    expect(page.length).toBeLessThan(145_000);
  });
});
