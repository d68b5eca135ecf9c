import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  changePercentUnits,
  decimalNumber,
  divideHalfAway,
  MAX_PRICE_DECIMALS,
  priceDecimals,
  priceUnits,
} from '../../src/lib/market/price.ts';

/** The same by whole numbers of any size: the quotient, and one away from zero when the rest is half or more. */
function divideExactly(numerator: number, denominator: number): number {
  const [top, bottom] = [BigInt(numerator), BigInt(denominator)];
  const magnitude = top < 0n ? -top : top;
  const rounded = (magnitude * 2n + bottom) / (bottom * 2n);
  return Number(top < 0n ? -rounded : rounded);
}

const int32 = fc.integer({ min: -2_147_483_647, max: 2_147_483_647 });

describe('divideHalfAway', () => {
  it.each([
    [0, 7, 0],
    [1, 2, 1],
    [-1, 2, -1],
    [149, 100, 1],
    [150, 100, 2],
    [-150, 100, -2],
    [-149, 100, -1],
    [1, 3, 0],
    [-1, 3, 0],
    [7, 7, 1],
    [9_007_199_254_740_991, 1, 9_007_199_254_740_991],
  ])('%d / %d is %d', (numerator, denominator, quotient) => {
    expect(divideHalfAway(numerator, denominator)).toBe(quotient);
  });

  it('is exact wherever numbers are', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 1, max: 2 ** 33 }), (numerator, denominator) => {
        expect(divideHalfAway(numerator, denominator)).toBe(divideExactly(numerator, denominator));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is exact around the halves', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 1, max: 65_535 }), (whole, denominator) => {
        for (const near of [-1, 0, 1]) {
          const numerator = whole * denominator + Math.floor(denominator / 2) + near;
          expect(divideHalfAway(numerator, denominator)).toBe(divideExactly(numerator, denominator));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('priceUnits', () => {
  it.each([
    [1, 0],
    [10, 1],
    [100, 2],
    [1_000, 3],
    [10_000, 4],
  ])('under a multiplier of %d are the raw value, with %d decimals more', (multiplier, more) => {
    for (const precision of [0, 2, 9]) expect(priceDecimals({ multiplier, precision })).toBe(precision + more);
    fc.assert(
      fc.property(int32, (raw) => {
        expect(priceUnits(raw, multiplier)).toBe(raw);
      }),
    );
  });

  it('under any other are the quotient at two decimals more, halves away from zero', () => {
    expect(priceDecimals({ multiplier: 3, precision: 2 })).toBe(4);
    expect(priceUnits(100, 3)).toBe(3_333);
    expect(priceUnits(1, 200)).toBe(1);
    expect(priceUnits(-1, 200)).toBe(-1);
    expect(priceUnits(1, 201)).toBe(0);
    const other = fc.integer({ min: 2, max: 65_535 }).filter((multiplier) => !/^10+$/.test(String(multiplier)));
    fc.assert(
      fc.property(int32, other, fc.nat(9), (raw, multiplier, precision) => {
        expect(priceDecimals({ multiplier, precision })).toBe(precision + 2);
        expect(priceUnits(raw, multiplier)).toBe(divideExactly(raw * 100, multiplier));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('changePercentUnits', () => {
  it.each([
    [5_00, 605_50, 83],
    [-64_45, 25_200_15, -26],
    [1, 20_000, 1],
    [-1, 20_000, -1],
    [1, 20_001, 0],
    [-1, 20_001, 0],
    [10, -10, 10_000],
    [-10, -10, -10_000],
    [1, -20_001, 0],
    [4_294_967_294, 1, 42_949_672_940_000],
  ])('of %d on %d is %d', (change, previous, units) => {
    expect(changePercentUnits(change, previous)).toBe(units);
  });

  it('has the sign of the change or none, whatever the price was', () => {
    const previous = int32.filter((value) => value !== 0);
    fc.assert(
      fc.property(int32, previous, (change, before) => {
        const units = changePercentUnits(change, before);
        expect([0, Math.sign(change)]).toContain(Math.sign(units));
        expect(Object.is(units, -0)).toBe(false);
      }),
    );
  });
});

describe('decimalNumber', () => {
  it('is the number that its decimal text means, never -0', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e15, max: 1e15 }), fc.nat(MAX_PRICE_DECIMALS), (units, precision) => {
        expect(decimalNumber(units, precision)).toBe(Number(`${units}e-${precision}`));
      }),
      { numRuns: 2_000 },
    );
    expect(Object.is(decimalNumber(-0, 2), 0)).toBe(true);
  });
});
