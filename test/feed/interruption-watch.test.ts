import { describe, expect, it } from 'vitest';
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
