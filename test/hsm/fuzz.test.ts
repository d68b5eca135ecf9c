import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LoggingDecoder } from './event-log.ts';
import { compareMutations } from './mutations.ts';

const MUTATIONS = 5_000;
const SEED = 20_261_123;

describe('hostile messages', () => {
  it.each([2, 0])(
    `give the events of a plain second reading, in ${MUTATIONS} mutations (acks every %d)`,
    (ackEvery) => {
      expect(compareMutations(MUTATIONS, SEED + ackEvery, ackEvery)).toBe(MUTATIONS);
    },
  );

  it('of random bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 0, max: 13 }), (bytes, type) => {
        const message = Buffer.from(bytes);
        if (message.length > 2) message[2] = type;
        new LoggingDecoder().decode(message, message);
      }),
      { numRuns: 5_000 },
    );
  });
});
