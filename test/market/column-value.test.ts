import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slotsOf, unitsOf } from '../../src/lib/market/column-value.ts';
import type { TopicState } from '../../src/lib/market/tick.ts';
import { makeTick, type TickValues } from '../support/make-tick.ts';

const BID = 0;
const ASK = 5;
const BID_QUANTITY = 10;
const ASK_QUANTITY = 15;
const BEST = { [BID]: 100_00, [ASK]: 100_05, [BID_QUANTITY]: 10, [ASK_QUANTITY]: 20 };

const spreadUnits = (state: TopicState) => unitsOf({ name: 'spread', from: 'spread' }, state);
const imbalanceUnits = (state: TopicState) => unitsOf({ name: 'imbalance', from: 'imbalance' }, state);
const stateOf = (given: TickValues) => makeTick(0, 'depth', 'NSE:SBIN-EQ', given).state;

describe('the spread', () => {
  it('is the best ask minus the best bid, in units of the price', () => {
    expect(spreadUnits(stateOf({ values: BEST }))).toBe(5);
    expect(spreadUnits(stateOf({ values: { ...BEST, [ASK]: 100_00 } }))).toBe(0);
    expect(spreadUnits(stateOf({ values: { ...BEST, [ASK]: 99_95 } }))).toBe(-5);
    expect(spreadUnits(stateOf({ values: BEST, multiplier: 100 }))).toBe(5);
    expect(spreadUnits(stateOf({ values: BEST, multiplier: 2 }))).toBe(250);
  });

  it.each([BID, ASK, BID_QUANTITY, ASK_QUANTITY])('is null when slot %d is 0 or unknown', (slot) => {
    expect(slotsOf({ name: 'spread', from: 'spread' }) & (1 << slot)).not.toBe(0);
    expect(spreadUnits(stateOf({ values: { ...BEST, [slot]: 0 } }))).toBeNull();
    const { [slot]: _, ...rest } = BEST as Record<number, number>;
    expect(spreadUnits(stateOf({ values: rest }))).toBeNull();
  });
});

describe('the imbalance', () => {
  const imbalance = (bids: readonly number[], asks: readonly number[]): number | null => {
    const values: Record<number, number> = {};
    for (const [level, quantity] of bids.entries()) values[BID_QUANTITY + level] = quantity;
    for (const [level, quantity] of asks.entries()) values[ASK_QUANTITY + level] = quantity;
    return imbalanceUnits(stateOf({ values }));
  };

  it.each([
    [[10], [10], 0],
    [[3, 0, 0, 0, 0], [1, 0, 0, 0, 0], 5_000],
    [[1], [2], -3_333],
    [[2], [1], 3_333],
    [[10, 20, 30, 40, 50], [], 10_000],
    [[], [5], -10_000],
    [[20_001], [19_999], 1],
    [[19_999], [20_001], -1],
    [[2_147_483_647, 2_147_483_647, 2_147_483_647, 2_147_483_647, 2_147_483_647], [1], 10_000],
    [[2_200_000_000], [2_200_000_000], 0],
    [[3_000_000_000, 10, 10, 10, 10], [1_000_000_000], 5_000],
    [Array(5).fill(4_294_967_295), Array(5).fill(4_294_967_295), 0],
  ])('of %j against %j is %d', (bids, asks, units) => {
    expect(imbalance(bids, asks)).toBe(units);
  });

  it('is null for an empty book', () => {
    expect(imbalance([], [])).toBeNull();
    expect(imbalance([0, 0, 0, 0, 0], [0, 0, 0, 0, 0])).toBeNull();
  });

  it('is between -1 and 1, and the other way round for the other side', () => {
    const side = fc.array(fc.nat(4_294_967_295), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(side, side, (bids, asks) => {
        const units = imbalance(bids, asks);
        if (units === null) return;
        expect(Math.abs(units)).toBeLessThanOrEqual(10_000);
        expect(imbalance(asks, bids)).toBe(units === 0 ? 0 : -units);
      }),
    );
  });

  it('depends on the quantities alone', () => {
    expect(slotsOf({ name: 'imbalance', from: 'imbalance' })).toBe(0b11111_11111 << BID_QUANTITY);
  });
});
