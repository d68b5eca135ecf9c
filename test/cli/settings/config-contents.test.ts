import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findProblem } from '../../../src/lib/cli/settings/config-contents.ts';
import { configFileSchema } from '../../../src/lib/cli/settings/config-schema.ts';

/** What the schema says of a file: the first of its issues, in the words of `findProblem`. */
function findProblemBySchema(json: unknown): string | undefined {
  const result = configFileSchema.safeParse(json);
  if (result.success) return undefined;
  const [issue] = result.error.issues;
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys : [];
  const place = [...(issue?.path ?? []), ...keys.slice(0, 1)].join('.') || 'the file';
  return keys.length > 0 ? `${place}: unknown key` : `${place}: wrong type`;
}

const leaf = fc.oneof(
  fc.string(),
  fc.boolean(),
  fc.double(),
  fc.constant(null),
  fc.array(fc.oneof(fc.string(), fc.integer())),
);
const objectOf = (value: fc.Arbitrary<unknown>) => fc.dictionary(fc.constantFrom('a', 'feed', 'b-c'), value);
const nearlyGood = fc.record(
  {
    profile: fc.oneof(fc.string(), leaf),
    profiles: fc.oneof(leaf, objectOf(fc.oneof(leaf, objectOf(fc.oneof(leaf, objectOf(leaf)))))),
    other: leaf,
  },
  { requiredKeys: [] },
);

describe('findProblem', () => {
  it.each([
    [{}, undefined],
    [{ profile: 'a', profiles: { a: { feed: 'sim', count: 3, raw: true, fields: ['ltp'] } } }, undefined],
    [[], 'the file: wrong type'],
    [null, 'the file: wrong type'],
    [{ profile: 1 }, 'profile: wrong type'],
    [{ profiles: [] }, 'profiles: wrong type'],
    [{ profiles: { a: 'sim' } }, 'profiles.a: wrong type'],
    [{ profiles: { a: { feed: null } } }, 'profiles.a.feed: wrong type'],
    [{ profiles: { a: { fields: [1] } } }, 'profiles.a.fields: wrong type'],
    [{ nonsense: 1 }, 'nonsense: unknown key'],
  ])('%j: %s', (json, problem) => {
    expect(findProblem(json)).toBe(problem);
  });

  it('finds what the schema finds', () => {
    let good = 0;
    fc.assert(
      fc.property(fc.oneof(nearlyGood, fc.jsonValue()), (value) => {
        const json: unknown = JSON.parse(JSON.stringify(value) ?? 'null');
        expect(findProblem(json)).toBe(findProblemBySchema(json));
        if (findProblem(json) === undefined) good++;
      }),
      { numRuns: 2_000 },
    );
    expect(good).toBeGreaterThan(10);
  });
});
