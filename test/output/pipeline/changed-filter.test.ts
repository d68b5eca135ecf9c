import { describe, expect, it } from 'vitest';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import { DEPTH_SLOTS, INDEX_SLOTS, SYMBOL_SLOTS } from '../../../src/lib/market/slots.ts';
import { ChangedFilter } from '../../../src/lib/output/pipeline/changed-filter.ts';
import { TickPipeline } from '../../../src/lib/output/pipeline/pipeline.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FakeOutput, FakeTick } from '../rows/fake-rows.ts';

const { ltp, bid, volume, prevClose } = SYMBOL_SLOTS;

describe('ChangedFilter', () => {
  it('admits the first row, then those in which a watched column changed', () => {
    const filter = new ChangedFilter(['ltp', 'bid']);
    const tick = new FakeTick(0, 'A');
    expect(filter.admits(tick.set({ [ltp]: 100, [bid]: 99, [volume]: 1 }))).toBe(true);
    expect(filter.admits(tick.set({ [volume]: 2 }))).toBe(false);
    expect(filter.admits(tick.set({ [bid]: 98 }))).toBe(true);
    expect(filter.admits(tick.set({ [ltp]: 101, [volume]: 3 }))).toBe(true);
    expect(filter.admits(tick.set({ [volume]: 4 }))).toBe(false);
  });

  it('compares what is printed, not what is sent', () => {
    const filter = new ChangedFilter(['ltp']);
    const tick = new FakeTick(0, 'A');
    // Twelve of what is sent are one of what is printed.
    tick.state.multiplier = 1_200;
    expect(filter.admits(tick.set({ [ltp]: 1_000_000 }))).toBe(true);
    expect(filter.admits(tick.set({ [ltp]: 1_000_001 }))).toBe(false);
    expect(filter.admits(tick.set({ [ltp]: 1_000_100 }))).toBe(true);
  });

  it('knows a snapshot that repeats everything, as after a reconnect', () => {
    const filter = new ChangedFilter(['ltp']);
    const tick = new FakeTick(0, 'A').set({ [ltp]: 100 });
    filter.admits(tick);
    tick.state.changed = 0x7fffffff;
    expect(filter.admits(tick)).toBe(false);
    tick.state.values[ltp] = 105;
    expect(filter.admits(tick)).toBe(true);
  });

  it('follows columns that are computed', () => {
    const filter = new ChangedFilter(['change']);
    const tick = new FakeTick(0, 'A').set({ [ltp]: 100, [prevClose]: 90 });
    filter.admits(tick);
    expect(filter.admits(tick.set({ [volume]: 1 }))).toBe(false);
    expect(filter.admits(tick.set({ [ltp]: 101, [prevClose]: 91 }))).toBe(false);
    expect(filter.admits(tick.set({ [prevClose]: 92 }))).toBe(true);
  });

  it('follows a level of a book, a whole side, and the spread', () => {
    const watched = (names: string[]): boolean[] => {
      const filter = new ChangedFilter(names, ['depth']);
      const tick = new FakeTick(0, 'A', 'depth');
      const { bidPrice, askPrice, bidQuantity, askQuantity, bidOrders } = DEPTH_SLOTS;
      filter.admits(tick.set({ [bidPrice]: 100, [askPrice]: 101, [bidQuantity]: 5, [askQuantity]: 5 }));
      return [
        filter.admits(tick.set({ [bidQuantity + 1]: 10 })),
        filter.admits(tick.set({ [bidPrice]: 99 })),
        filter.admits(tick.set({ [bidOrders + 4]: 3 })),
        filter.admits(tick.set({ [askPrice]: 102 })),
      ];
    };
    expect(watched(['bid_quantity_2'])).toEqual([true, false, false, false]);
    expect(watched(['bid'])).toEqual([true, true, true, false]);
    expect(watched(['spread'])).toEqual([false, true, false, true]);
  });

  it('keeps subscriptions apart; one without the column gives its first row only', () => {
    const filter = new ChangedFilter(['bid'], ['symbol', 'index']);
    const equity = new FakeTick(0, 'A');
    const index = new FakeTick(1, 'I', 'index');
    expect(filter.admits(equity.set({ [bid]: 1 }))).toBe(true);
    expect(filter.admits(index.set({ [INDEX_SLOTS.ltp]: 1 }))).toBe(true);
    expect(filter.admits(index.set({ [INDEX_SLOTS.ltp]: 2 }))).toBe(false);
    expect(filter.admits(equity.set({ [bid]: 2 }))).toBe(true);
  });

  it.each([[['ltp', 'nope']], [['bid_price_1']], [[]]])('refuses %j for symbols, listing what there is', (names) => {
    try {
      new ChangedFilter(names, ['symbol']);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(TickpipeError);
      expect(error).toMatchObject({
        code: 'UNKNOWN_FIELD',
        exit: 2,
        message: expect.stringContaining('prev_close, change'),
      });
    }
  });
});

describe('ChangedFilter in the pipeline', () => {
  const setUp = (conflateMs?: number) => {
    const clock = new ManualClock();
    const output = new FakeOutput();
    const changed = new ChangedFilter(['ltp']);
    const pipeline = new TickPipeline({ output, clock, onSlow: 'drop', changed, conflateMs });
    const tick = new FakeTick(0, 'A');
    return { clock, output, pipeline, tick, tell: (slots: Record<number, number>) => pipeline.tick(tick.set(slots)) };
  };

  it('passes skipped ticks to the encoder', () => {
    const { output, tell } = setUp();
    tell({ [ltp]: 1 });
    tell({ [volume]: 1 });
    expect([output.rows, output.skips]).toEqual([['A 1'], ['A 1']]);
  });

  it('gives no row when a price has come back within the period', () => {
    const { clock, output, tell } = setUp(250);
    tell({ [ltp]: 1 });
    tell({ [ltp]: 2 });
    tell({ [ltp]: 1 });
    clock.advance(250);
    expect(output.rows).toEqual(['A 1']);
    tell({ [ltp]: 3 });
    clock.advance(250);
    expect(output.rows).toEqual(['A 1', 'A 3']);
  });

  it('knows what was printed, not what was dropped while the reader was slow', () => {
    const { output, pipeline, tell } = setUp();
    tell({ [ltp]: 1 });
    pipeline.writerListener.slow(true);
    tell({ [ltp]: 2 });
    pipeline.writerListener.slow(false);
    tell({ [volume]: 9 });
    expect(output.rows).toEqual(['A 1', 'A 2']);
  });
});
