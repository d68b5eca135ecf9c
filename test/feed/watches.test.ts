import { describe, expect, it } from 'vitest';
import { BreakRecord } from '../../src/lib/feed/break-record.ts';
import { WallClockWatch } from '../../src/lib/feed/wall-clock-watch.ts';
import { ManualClock } from '../support/manual-clock.ts';

describe('WallClockWatch', () => {
  it('sees a machine that slept for more than 5 s, once', () => {
    const clock = new ManualClock();
    const watch = new WallClockWatch(clock);
    clock.advance(3_600_000);
    expect(watch.hasJumped()).toBe(false);
    clock.jumpWall(5_001);
    expect(watch.hasJumped()).toBe(true);
    expect(watch.hasJumped()).toBe(false);
  });

  it('takes a clock that is corrected a little, or set back, as it is', () => {
    const clock = new ManualClock();
    const watch = new WallClockWatch(clock);
    clock.jumpWall(5_000);
    expect(watch.hasJumped()).toBe(false);
    clock.jumpWall(-3_600_000);
    expect(watch.hasJumped()).toBe(false);
    clock.jumpWall(5_001);
    expect(watch.hasJumped()).toBe(true);
  });
});

describe('BreakRecord', () => {
  const everyone = (): boolean => true;

  it('makes one gap of a break, however many connections fail in it', () => {
    const record = new BreakRecord();
    record.begin(1_000, 'server_closed', ['A', 'B', 'A']);
    record.begin(2_000, 'network_error', ['A', 'B', 'C']);
    expect(record.end(5_000, everyone)).toEqual({
      from: 1_000,
      to: 5_000,
      reason: 'server_closed',
      symbols: ['A', 'B'],
    });
    expect(record.isOpen).toBe(false);
    expect(record.end(6_000, everyone)).toBeUndefined();
  });

  it('leaves out symbols that were dropped meanwhile, and a gap of nothing', () => {
    const record = new BreakRecord();
    record.begin(1_000, 'stalled', ['A', 'B']);
    expect(record.end(2_000, (symbol) => symbol === 'B')?.symbols).toEqual(['B']);
    record.begin(3_000, 'stalled', ['A']);
    expect(record.end(4_000, () => false)).toBeUndefined();
  });
});
