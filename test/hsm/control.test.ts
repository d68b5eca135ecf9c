import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isControlFrame, parseControlResponse } from '../../src/lib/hsm/control.ts';
import { DEFAULT_FIELD_ORDER } from '../../src/lib/hsm/dictionary.ts';
import { readFields } from '../../src/lib/hsm/wire.ts';
import { hex } from './event-log.ts';

const ACCEPTED = '01 0001 4b';

/** An answer of this type with these fields, the length prefix a lie. */
function answer(type: number, count: number, fields: string): Buffer {
  return Buffer.concat([hex('dead'), Buffer.from([type, count]), hex(fields)]);
}

describe('an answer', () => {
  it.each([
    [1, 'auth'],
    [4, 'subscribe'],
    [5, 'unsubscribe'],
    [7, 'pause'],
    [8, 'resume'],
    [9, 'snapshot'],
    [12, 'mode'],
  ])('of type %i is one to %s', (type, name) => {
    expect(isControlFrame(type)).toBe(true);
    const expected = { type: name, ok: true, ackEvery: 0, fieldOrder: DEFAULT_FIELD_ORDER, dictionaryValid: true };
    expect(parseControlResponse(answer(type, 1, ACCEPTED))).toEqual(expected);
    expect(parseControlResponse(answer(type, 1, '01 0001 4e'))).toEqual({ ...expected, ok: false });
  });

  it.each([0, 2, 3, 6, 10, 11, 13, 255])('of type %i is none', (type) => {
    expect(isControlFrame(type)).toBe(false);
    expect(parseControlResponse(answer(type, 1, ACCEPTED))).toBeUndefined();
  });

  it('accepts with K alone: anything else is a refusal', () => {
    for (let status = 0; status < 256; status++) {
      const bytes = Buffer.concat([hex('0000 04 01 01 0001'), Buffer.from([status])]);
      expect(parseControlResponse(bytes)?.ok).toBe(status === 0x4b);
    }
  });

  it('may have its fields in any order, others among them, and bytes after the last', () => {
    const fields = `09 0002 ffff 02 0002 0005 ${ACCEPTED} ee`;
    expect(parseControlResponse(answer(1, 3, fields))).toMatchObject({ ok: true, ackEvery: 5 });
  });

  it.each([
    ['no bytes', Buffer.alloc(0)],
    ['no field count', hex('0001 01')],
    ['no fields', answer(1, 0, '')],
    ['no status', answer(1, 1, '02 0002 0005')],
    ['an empty status', answer(1, 1, '01 0000')],
    ['a field that passes the end', answer(1, 1, '01 0002 4b')],
    ['fewer fields than it counts', answer(1, 2, ACCEPTED)],
    ['half of a field’s head', answer(1, 2, `${ACCEPTED} 02 00`)],
  ])('with %s is malformed', (_name, bytes) => {
    expect(parseControlResponse(bytes)).toBeUndefined();
  });
});

describe('ackEvery', () => {
  it.each([
    ['absent', '', 0],
    ['empty', '02 0000', 0],
    ['0', '02 0002 0000', 0],
    ['one byte', '02 0001 ff', 255],
    ['two bytes', '02 0002 0102', 258],
    ['three bytes', '02 0003 010203', 66_051],
    ['four bytes, unsigned', '02 0004 ffffffff', 4_294_967_295],
    ['eight bytes', '02 0008 0000000000000014', 20],
  ])('%s', (_name, field, expected) => {
    expect(parseControlResponse(answer(1, field === '' ? 1 : 2, ACCEPTED + field))?.ackEvery).toBe(expected);
  });

  it('beyond any number is never reached', () => {
    const bytes = answer(1, 2, `${ACCEPTED} 02 0200 ${'ff'.repeat(512)}`);
    expect(parseControlResponse(bytes)?.ackEvery).toBe(Number.POSITIVE_INFINITY);
  });

  it('belongs to auth', () => {
    expect(parseControlResponse(answer(4, 2, `${ACCEPTED} 02 0002 0005`))?.ackEvery).toBe(0);
  });
});

describe('the dictionary', () => {
  const withDictionary = (type: number, json: string): Buffer => {
    const field = Buffer.from(json);
    return Buffer.concat([answer(type, 2, ACCEPTED), Buffer.from([3, field.length >> 8, field.length & 0xff]), field]);
  };
  const REORDERED = '{"scrip":["s104","s105"],"index":["i102"],"depth":["d102"]}';

  it('of an auth answer is the order in force', () => {
    const { fieldOrder, dictionaryValid } = parseControlResponse(withDictionary(1, REORDERED)) ?? {};
    expect(dictionaryValid).toBe(true);
    expect(Array.from(fieldOrder?.slots.sf.subarray(0, 3) ?? [])).toEqual([1, 0, -1]);
  });

  it('of any other answer is none', () => {
    expect(parseControlResponse(withDictionary(12, REORDERED))?.fieldOrder).toBe(DEFAULT_FIELD_ORDER);
  });

  it('that is no JSON leaves the default order, and does not spoil the answer', () => {
    expect(parseControlResponse(withDictionary(1, '{"scrip":'))).toMatchObject({
      ok: true,
      fieldOrder: DEFAULT_FIELD_ORDER,
      dictionaryValid: false,
    });
  });
});

describe('readFields', () => {
  it('reads fields of any length, the last of an id that comes twice', () => {
    const fields = readFields(answer(1, 3, '07 0000 01 0001 aa 01 0002 bbcc'));
    expect(Array.from(fields ?? [], ([id, bytes]) => [id, bytes.toString('hex')])).toEqual([
      [7, ''],
      [1, 'bbcc'],
    ]);
  });

  it('never throws, and never reads past the end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 8 }), (random, before) => {
        // A message is often a part of a larger buffer.
        const room = Buffer.concat([Buffer.alloc(before, 1), random, Buffer.alloc(64, 1)]);
        const bytes = room.subarray(before, before + random.length);
        if (bytes.length > 3) bytes[3] = (bytes[3] as number) % 4;
        const fields = readFields(bytes);
        for (const field of fields?.values() ?? []) {
          expect(field.byteOffset + field.length).toBeLessThanOrEqual(bytes.byteOffset + bytes.length);
        }
        expect(fields).toEqual(readFields(Buffer.from(bytes)));
      }),
      { numRuns: 500 },
    );
  });
});
