import { expect, test } from 'vitest';
import { chooseSeed } from '../../support/random.ts';
import { playEverywhere, SETTINGS } from './bar-roads.ts';

const ROUNDS = 3;

test.each(SETTINGS)(
  'the same bytes on every road, of many markets: $intervals',
  async (options) => {
    const seed = chooseSeed('bars on every road');
    for (let round = 0; round < ROUNDS; round++) {
      expect((await playEverywhere(seed + round, options, 1_500)).length).toBeGreaterThan(1_000);
    }
  },
  300_000,
);
