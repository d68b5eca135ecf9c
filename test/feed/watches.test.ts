import { describe, expect, it } from 'vitest';
import type { Moment } from '../../src/lib/clock/moment.ts';
import { BreakRecord } from '../../src/lib/feed/break-record.ts';
import { type Interruption, InterruptionWatch } from '../../src/lib/feed/interruption-watch.ts';
import { ManualClock } from '../support/manual-clock.ts';

describe('InterruptionWatch', () => {
  const watchOn = (clock: ManualClock): (() => Interruption | undefined) => {
    const watch = new InterruptionWatch(clock);
    return () => watch.look(clock.now(), clock.monotonic());
  };

  it('sees a machine that slept for more than 5 s, once', () => {
    const clock = new ManualClock();
    const look = watchOn(clock);
    clock.advance(1_000);
    clock.jumpWall(5_001);
    expect(look()).toEqual({ kind: 'clock_jump', ms: 5_001 });
    expect(look()).toBeUndefined();
  });

  it('sees a process that did not run for more than 5 s, which is no sleep', () => {
    const clock = new ManualClock();
    const look = watchOn(clock);
    clock.advance(90_000);
    expect(look()).toEqual({ kind: 'stood_still', ms: 90_000 });
    clock.advance(5_000);
    expect(look()).toBeUndefined();
  });

  it('takes a stopped process whose machine slept meanwhile for what is worse', () => {
    const clock = new ManualClock();
    const look = watchOn(clock);
    clock.advance(90_000);
    clock.jumpWall(3_600_000);
    expect(look()).toEqual({ kind: 'clock_jump', ms: 3_600_000 });
  });

  it('takes a clock that is corrected a little, or set back, as it is', () => {
    const clock = new ManualClock();
    const look = watchOn(clock);
    clock.jumpWall(5_000);
    expect(look()).toBeUndefined();
    clock.jumpWall(-3_600_000);
    expect(look()).toBeUndefined();
    clock.jumpWall(5_001);
    expect(look()).toMatchObject({ kind: 'clock_jump' });
  });
});

describe('BreakRecord', () => {
  const everyone = (): boolean => true;
  const at = (ms: number): Moment => ({ wallMs: ms, monotonicMs: ms });

  it('makes one gap of a break, however many connections fail in it', () => {
    const record = new BreakRecord();
    record.begin(at(1_000), 'server_closed', ['A', 'B', 'A']);
    record.begin(at(2_000), 'network_error', ['A', 'B', 'C']);
    expect(record.end(at(5_000), everyone)).toEqual({
      from: 1_000,
      to: 5_000,
      reason: 'server_closed',
      symbols: ['A', 'B'],
    });
    expect(record.isOpen).toBe(false);
    expect(record.end(at(6_000), everyone)).toBeUndefined();
  });

  it('leaves out symbols that were dropped meanwhile, and a gap of nothing', () => {
    const record = new BreakRecord();
    record.begin(at(1_000), 'stalled', ['A', 'B']);
    expect(record.end(at(2_000), (symbol) => symbol === 'B')?.symbols).toEqual(['B']);
    record.begin(at(3_000), 'stalled', ['A']);
    expect(record.end(at(4_000), () => false)).toBeUndefined();
  });

  it('lasts as long as the monotonic clock says when the wall clock was set back', () => {
    const record = new BreakRecord();
    record.begin({ wallMs: 10_000_000, monotonicMs: 500.25 }, 'server_closed', ['A']);
    const gap = record.end({ wallMs: 6_402_500, monotonicMs: 3_000.5 }, everyone);
    expect(gap).toMatchObject({ from: 6_400_000, to: 6_402_500 });
  });

  it('lasts as long as the wall clock says when the machine slept, and never less than no time', () => {
    const record = new BreakRecord();
    record.begin({ wallMs: 1_000, monotonicMs: 0 }, 'clock_jump', ['A']);
    expect(record.end({ wallMs: 3_601_000, monotonicMs: 300 }, everyone)).toMatchObject({ from: 1_000, to: 3_601_000 });
    record.begin({ wallMs: 1_000, monotonicMs: 0 }, 'clock_jump', ['A']);
    expect(record.end({ wallMs: 990, monotonicMs: 0.2 }, everyone)).toMatchObject({ from: 1_000, to: 1_000 });
  });
});
