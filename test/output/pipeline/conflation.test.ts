import { beforeEach, describe, expect, it } from 'vitest';
import { Conflator } from '../../../src/lib/output/pipeline/conflation.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FakeTick } from '../rows/fake-rows.ts';

let clock: ManualClock;
let rows: { at: number; row: string }[];
let conflator: Conflator;

const print = (tick: FakeTick): void => {
  rows.push({ at: clock.monotonic(), row: `${tick.symbol} ${tick.state.values[0]}` });
};

beforeEach(() => {
  clock = new ManualClock();
  rows = [];
  conflator = new Conflator(250, clock, (tick) => {
    print(tick as FakeTick);
    return true;
  });
});

function tell(tick: FakeTick, price: number): void {
  tick.set({ 0: price });
  if (conflator.admits(tick)) print(tick);
}

describe('Conflator', () => {
  it('lets the first row through at once and the latest one after the period', () => {
    const a = new FakeTick(0, 'A');
    tell(a, 1);
    clock.advance(100);
    tell(a, 2);
    tell(a, 3);
    clock.advance(149);
    expect(rows).toEqual([{ at: 0, row: 'A 1' }]);
    clock.advance(1);
    expect(rows[1]).toEqual({ at: 250, row: 'A 3' });
    clock.advance(10_000);
    expect(rows).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('counts the period from the last row, and lets one through at once after a pause', () => {
    const a = new FakeTick(0, 'A');
    tell(a, 1);
    tell(a, 2);
    clock.advance(300);
    tell(a, 3);
    clock.advance(199);
    expect(rows.map(({ at }) => at)).toEqual([0, 250]);
    clock.advance(1);
    expect(rows[2]).toEqual({ at: 500, row: 'A 3' });
    clock.advance(250);
    tell(a, 4);
    expect(rows[3]).toEqual({ at: 750, row: 'A 4' });
  });

  it('prints no row twice when its timer is late', () => {
    const late = new ManualClock();
    // Timers never fire by themselves here.
    late.after = () => ({ cancel: () => {} });
    const printed: number[] = [];
    const slow = new Conflator(250, late, (tick) => printed.push(tick.state.values[0] as number) > 0);
    const a = new FakeTick(0, 'A');
    for (const [price, afterMs] of [
      [1, 0],
      [2, 100],
      [3, 200],
    ] as const) {
      late.advance(afterMs);
      a.set({ 0: price });
      if (slow.admits(a)) printed.push(price);
    }
    slow.flush();
    expect(printed).toEqual([1, 3]);
  });

  it('treats each subscription by itself', () => {
    const ticks = [new FakeTick(0, 'A'), new FakeTick(1, 'B'), new FakeTick(2, 'C')];
    for (let time = 0; time < 2_000; time += 10) {
      for (const tick of ticks) tell(tick, time);
      clock.advance(10);
    }
    conflator.flush();
    for (const symbol of ['A', 'B', 'C']) {
      const times = rows.filter(({ row }) => row.startsWith(symbol)).map(({ at }) => at);
      expect(times).toEqual([0, 250, 500, 750, 1_000, 1_250, 1_500, 1_750, 2_000]);
    }
    expect(rows.slice(-3).map(({ row }) => row)).toEqual(['A 1990', 'B 1990', 'C 1990']);
  });

  it('emits what waits at the end, once, and sets no timer afterwards', () => {
    const a = new FakeTick(0, 'A');
    tell(a, 1);
    tell(a, 2);
    conflator.flush();
    conflator.flush();
    expect(rows.map(({ row }) => row)).toEqual(['A 1', 'A 2']);
    tell(a, 3);
    expect(clock.pending).toBe(0);
  });
});
