import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  exactly,
  flag,
  integer,
  listOf,
  nullable,
  number,
  objectOf,
  oneOf,
  optional,
  pairOf,
  readShape,
  recordOf,
  type Shape,
  strictObjectOf,
  text,
  variantsOf,
  where,
} from '../../src/lib/text/json-shape.ts';

/** Each shape with the schema of zod that says the same. */
const PAIRS: Readonly<Record<string, readonly [Shape<unknown>, z.ZodType]>> = {
  text: [text, z.string()],
  flag: [flag, z.boolean()],
  number: [number, z.number()],
  integer: [integer, z.number().int()],
  exactly: [exactly('a'), z.literal('a')],
  oneOf: [oneOf(['a', 'b']), z.enum(['a', 'b'])],
  where: [where(number, (value) => value > 0), z.number().positive()],
  nullable: [nullable(text), z.string().nullable()],
  listOf: [listOf(integer), z.array(z.number().int())],
  pairOf: [pairOf(text, number), z.tuple([z.string(), z.number()])],
  recordOf: [recordOf(number), z.record(z.string(), z.number())],
  objectOf: [objectOf({ a: text, b: optional(number) }), z.object({ a: z.string(), b: z.number().optional() })],
  strictObjectOf: [
    strictObjectOf({ a: optional(text), b: number }),
    z.strictObject({ a: z.string().optional(), b: z.number() }),
  ],
  variantsOf: [
    variantsOf('a', {
      a: objectOf({ a: exactly('a'), b: number }),
      b: strictObjectOf({ a: exactly('b'), b: optional(flag) }),
    }),
    z.discriminatedUnion('a', [
      z.object({ a: z.literal('a'), b: z.number() }),
      z.strictObject({ a: z.literal('b'), b: z.boolean().optional() }),
    ]),
  ],
};

/** Values of JSON that often come close to what the shapes take. */
const { value: anyJson } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, false, 'a', 'b', 'c', '', 0, 1, -1, 1.5, 2 ** 53),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', 'toString'), tie('value'), { maxKeys: 3 }),
  ),
}));

describe.each(Object.entries(PAIRS))('%s', (_, [shape, schema]) => {
  it('reads what the schema of zod reads', () => {
    fc.assert(
      fc.property(anyJson, (generated) => {
        const value: unknown = JSON.parse(JSON.stringify(generated));
        const expected = schema.safeParse(value);
        expect(readShape(shape, value)).toEqual(expected.success ? expected.data : undefined);
      }),
      { numRuns: 2_000 },
    );
  });
});

it('lets an error of a test through: it is a mistake of the program, not of the value', () => {
  const broken = where(text, () => {
    throw new RangeError('broken');
  });
  expect(() => readShape(broken, 'a')).toThrow(RangeError);
});
