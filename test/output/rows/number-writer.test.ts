import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumberWriter } from '../../../src/lib/output/rows/number-writer.ts';

const FILL = 0xff;
const AT = 3;

/** The text, once it is certain that nothing around it was touched and that its width was foretold. */
function textOf(writer: NumberWriter, units: number, precision: number): string {
  const bytes = new Uint8Array(64).fill(FILL);
  const width = writer.prepare(units, precision);
  writer.write(bytes, AT);
  expect(bytes.subarray(0, AT).every((byte) => byte === FILL)).toBe(true);
  expect(bytes.subarray(AT + width).every((byte) => byte === FILL)).toBe(true);
  return Buffer.from(bytes.subarray(AT, AT + width)).toString('latin1');
}

describe('NumberWriter', () => {
  it.each([
    [61_050, 2, '610.5'],
    [61_000, 2, '610'],
    [-61_045, 2, '-610.45'],
    [5, 2, '0.05'],
    [-50, 2, '-0.5'],
    [0, 0, '0'],
    [-0, 4, '0'],
    [7, 0, '7'],
    [100, 0, '100'],
    [1, 6, '0.000001'],
    [1, 7, '1e-7'],
    [10, 7, '0.000001'],
    [-12, 8, '-1.2e-7'],
    [2_147_483_647, 6, '2147.483647'],
    [-2_147_483_647, 0, '-2147483647'],
    [2_147_483_648, 0, '2147483648'],
    [4_294_967_295, 0, '4294967295'],
    [9_999_999_999, 0, '9999999999'],
    [10_000_000_000, 0, '10000000000'],
    [1_795_428_683_755, 0, '1795428683755'],
    [-2_147_483_648, 0, '-2147483648'],
    [-2_147_483_648, 2, '-21474836.48'],
    [4_294_967_294, 2, '42949672.94'],
    [-429_496_729_400, 4, '-42949672.94'],
    [2_147_483_647, 9, '2.147483647'],
    [1, 13, '1e-13'],
    [-21_474_836_470, 13, '-0.002147483647'],
    [10_000_000_000_000, 13, '1'],
    [123_456_789_012_345, 11, '1234.56789012345'],
  ])('%d units of 10^-%d is %s', (units, precision, text) => {
    expect(textOf(new NumberWriter(), units, precision)).toBe(text);
  });

  it('writes what JSON.stringify does, whatever it wrote before', () => {
    const writer = new NumberWriter();
    const units = fc.oneof(
      fc.integer(),
      fc.integer({ min: -1_000, max: 1_000 }),
      fc.integer({ min: -1_000, max: 1_000 }).map((value) => value * 10_000),
      fc.integer({ min: -(2 ** 44), max: 2 ** 44 }),
    );
    fc.assert(
      fc.property(units, fc.integer({ min: 0, max: 13 }), (value, precision) => {
        expect(textOf(writer, value, precision)).toBe(JSON.stringify(Number(`${value}e-${precision}`) + 0));
      }),
      { numRuns: 5_000 },
    );
  });

  it('writes any count below 10^15 as JSON does', () => {
    const writer = new NumberWriter();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e15 - 1 }), (count) => {
        expect(textOf(writer, count, 0)).toBe(JSON.stringify(count));
      }),
      { numRuns: 2_000 },
    );
  });
});
