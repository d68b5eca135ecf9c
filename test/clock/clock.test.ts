import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/lib/clock/clock.ts';
import { DAY_MS } from '../../src/lib/clock/ist.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it.each([1, 1_000, 60 * DAY_MS])(
  'a timer of the system clock waits %d ms, also when no timer of Node can',
  (delayMs) => {
    let calls = 0;
    systemClock.after(delayMs, () => calls++);
    vi.advanceTimersByTime(delayMs - 1);
    expect(calls).toBe(0);
    vi.advanceTimersByTime(1);
    expect([calls, vi.getTimerCount()]).toEqual([1, 0]);
  },
);

it('a long timer can be taken back at any time', () => {
  const timer = systemClock.after(60 * DAY_MS, () => expect.unreachable());
  vi.advanceTimersByTime(40 * DAY_MS);
  timer.cancel();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(40 * DAY_MS);
});
