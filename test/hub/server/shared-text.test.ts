import { beforeEach, describe, expect, it } from 'vitest';
import { SharedText } from '../../../src/lib/hub/server/shared-text.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const PERIOD_MS = 250;
const AT_ONCE = 8;

let clock: ManualClock;
let made: number;
/** What making one takes. */
let costMs: number;
let text: SharedText<number>;

beforeEach(() => {
  clock = new ManualClock();
  made = 0;
  costMs = 0;
  text = new SharedText(clock, PERIOD_MS, () => {
    clock.stop(costMs);
    return ++made;
  });
});

function askTimes(times: number): number[] {
  const given: number[] = [];
  for (let asked = 0; asked < times; asked++) text.ask((one) => given.push(one));
  return given;
}

describe('a text that many ask for', () => {
  it('is made for each of a few, then once for all requests within the period', () => {
    const given = askTimes(10_000);
    expect([made, given]).toEqual([AT_ONCE, Array.from({ length: AT_ONCE }, (_, at) => at + 1)]);
    clock.advance(PERIOD_MS - 1);
    expect(made).toBe(AT_ONCE);
    clock.advance(1);
    expect([made, given.length, given.at(-1)]).toEqual([AT_ONCE + 1, 10_000, AT_ONCE + 1]);
  });

  it('is never one that was made before it was asked for', () => {
    askTimes(AT_ONCE);
    const late = askTimes(1);
    expect(late).toEqual([]);
    clock.advance(PERIOD_MS);
    expect(late).toEqual([AT_ONCE + 1]);
  });

  it('is made four times a second at most, however long it is asked for', () => {
    askTimes(AT_ONCE);
    for (let ms = 0; ms < 10_000; ms += 10) {
      askTimes(50);
      clock.advance(10);
    }
    expect(made).toBe(AT_ONCE + 40);
  });

  it('that takes long is made more rarely', () => {
    costMs = 100;
    askTimes(AT_ONCE);
    const madeAt: number[] = [];
    for (let asked = 0; asked < 100; asked++) {
      text.ask(() => madeAt.push(clock.monotonic()));
      clock.advance(PERIOD_MS);
    }
    const times = [...new Set(madeAt)];
    expect(times.length).toBeGreaterThan(5);
    for (let at = 1; at < times.length; at++) {
      expect((times[at] as number) - (times[at - 1] as number)).toBeGreaterThanOrEqual(20 * costMs);
    }
  });

  it('leaves no timer once it has rested, nor when it is closed', () => {
    askTimes(AT_ONCE);
    clock.advance(PERIOD_MS * AT_ONCE);
    expect(clock.pending).toBe(0);
    const given = askTimes(AT_ONCE + 1);
    text.close();
    clock.advance(PERIOD_MS);
    expect([clock.pending, given.length]).toEqual([0, AT_ONCE]);
  });
});
