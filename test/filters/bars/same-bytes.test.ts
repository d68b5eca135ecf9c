import { describe, expect, test } from 'vitest';
import { playEverywhere, SETTINGS } from './bar-roads.ts';

describe('the same bytes on every road', () => {
  const given: string[] = [];

  test.each(SETTINGS)('$intervals', async (options) => {
    given.push(await playEverywhere(11, options, 700));
    expect(given.at(-1)?.split('\n').length).toBeGreaterThan(30);
  });

  test('among them all that can happen to a bar', () => {
    const all = given.join('');
    for (const what of [
      /after their bars were closed/,
      /outside the session were left out/,
      /"gap_ms":[1-9]/,
      /"gap_volume":[1-9]/,
      /"extreme_unplaced":true/,
      /"revision":2/,
      /"final":false/,
      /"ticks":0,/,
      /"start":1795491900.*"partial":false/,
      /"warm":true/,
    ]) {
      expect(all).toMatch(what);
    }
  });
});
