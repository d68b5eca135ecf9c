import { expect, test } from 'vitest';
import { AwaitedData } from '../../src/lib/feed/awaited-data.ts';
import { ManualClock } from '../support/manual-clock.ts';

test('a pause is cut to half of the time until the nearest deadline, and to no less than half a second', () => {
  const clock = new ManualClock();
  const awaited = new AwaitedData(clock);
  expect(awaited.cutPause(30_000)).toBe(30_000);
  awaited.expectWithin(60_000);
  awaited.expectWithin(10_000);
  expect(awaited.cutPause(30_000)).toBe(5_000);
  expect(awaited.cutPause(200)).toBe(200);
  clock.advance(9_500);
  expect(awaited.cutPause(30_000)).toBe(500);
  // The nearest deadline has passed: the next one counts.
  clock.advance(500);
  expect(awaited.cutPause(30_000)).toBe(25_000);
  clock.advance(50_000);
  expect(awaited.cutPause(30_000)).toBe(30_000);
});
