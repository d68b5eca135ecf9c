import { expect, it } from 'vitest';
import { chooseSeed } from '../support/random.ts';
import { compareMutations } from './mutations.ts';

const MUTATIONS = 250_000;

it.each([2, 0])(
  `hostile messages give the events of a plain second reading, in ${MUTATIONS} mutations (acks every %d)`,
  (ackEvery) => {
    expect(compareMutations(MUTATIONS, chooseSeed('mutations'), ackEvery)).toBe(MUTATIONS);
  },
  300_000,
);
