import { describe, expect, it } from 'vitest';
import { callAfter, callAtWallTime, callWhenIdle } from '../../src/lib/clock/deadlines.ts';
import { ManualClock } from '../support/manual-clock.ts';

const DAY_MS = 86_400_000;

describe('deadlines', () => {
  it('count from the call', () => {
    const clock = new ManualClock();
    let calls = 0;
    callAfter(clock, 60 * DAY_MS, () => calls++);
    clock.advance(60 * DAY_MS - 1);
    expect(calls).toBe(0);
    clock.advance(1);
    expect([calls, clock.pending]).toEqual([1, 0]);
  });

  it('follow the wall clock when it jumps, within a second', () => {
    const clock = new ManualClock();
    let calls = 0;
    callAtWallTime(clock, clock.now() + DAY_MS, () => calls++);
    clock.advance(5_000);
    clock.jumpWall(DAY_MS);
    clock.advance(1_000);
    expect(calls).toBe(1);
  });

  it('begin anew whenever something happens', () => {
    const clock = new ManualClock();
    let lastAt = clock.monotonic();
    let calls = 0;
    callWhenIdle(
      clock,
      1_000,
      () => lastAt,
      () => calls++,
    );
    for (let step = 0; step < 10; step++) {
      clock.advance(900);
      lastAt = clock.monotonic();
    }
    clock.advance(999);
    expect(calls).toBe(0);
    clock.advance(1);
    expect(calls).toBe(1);
  });

  it('can be taken back, also after they have waited on', () => {
    const clock = new ManualClock();
    const timer = callAtWallTime(clock, clock.now() + 5_000, () => expect.unreachable());
    clock.advance(3_000);
    timer.cancel();
    timer.cancel();
    expect(clock.pending).toBe(0);
    clock.advance(10_000);
  });
});
