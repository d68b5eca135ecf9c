import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeDecimal, writeInteger } from '../../../src/lib/output/rows/digits.ts';

function textOf(write: (bytes: Uint8Array) => number): string {
  const bytes = new Uint8Array(64);
  return Buffer.from(bytes.subarray(0, write(bytes))).toString('latin1');
}

const decimalText = (units: number, precision: number): string =>
  textOf((bytes) => writeDecimal(bytes, 0, units, precision));

describe('writeInteger', () => {
  it.each([0, -0, 7, 10, 99_999, 100_000, 2_147_483_647, 2_147_483_648, -2_147_483_648, 1_795_428_683_755])(
    '%d',
    (value) => {
      expect(textOf((bytes) => writeInteger(bytes, 0, value))).toBe(JSON.stringify(value));
    },
  );

  it('writes any safe integer as JSON does', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(textOf((bytes) => writeInteger(bytes, 0, value))).toBe(JSON.stringify(value));
      }),
    );
  });
});

describe('writeDecimal', () => {
  it.each([
    [61_050, 2, '610.5'],
    [61_045, 2, '610.45'],
    [61_000, 2, '610'],
    [5, 2, '0.05'],
    [-5, 2, '-0.05'],
    [-61_050, 2, '-610.5'],
    [0, 4, '0'],
    [-0, 4, '0'],
    [834_525, 4, '83.4525'],
    [1, 6, '0.000001'],
    [1, 7, '1e-7'],
    [12, 8, '1.2e-7'],
    [-1, 9, '-1e-9'],
    [1_000, 9, '0.000001'],
    [2_147_483_647, 9, '2.147483647'],
    [4_294_967_295, 2, '42949672.95'],
    [1, 13, '1e-13'],
    [-21_474_836_470, 13, '-0.002147483647'],
    [10_000_000_000_000, 13, '1'],
    [123_456_789_012_345, 11, '1234.56789012345'],
  ])('%d units of 10^-%d is %s', (units, precision, text) => {
    expect(decimalText(units, precision)).toBe(text);
  });

  it('writes what JSON.stringify does, for every precision', () => {
    const units = fc.oneof(
      fc.integer(),
      fc.integer({ min: -1_000, max: 1_000 }),
      fc.integer({ min: -(2 ** 33), max: 2 ** 33 }),
    );
    fc.assert(
      fc.property(units, fc.integer({ min: 0, max: 13 }), (value, precision) => {
        expect(decimalText(value, precision)).toBe(JSON.stringify(Number(`${value}e-${precision}`) + 0));
      }),
      { numRuns: 5_000 },
    );
  });
});
