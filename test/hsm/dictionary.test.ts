import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_FIELD_ORDER, parseFieldDictionary } from '../../src/lib/hsm/dictionary.ts';
import { SLOT_COUNTS } from '../../src/lib/market/slots.ts';
import { fieldDictionaryJson } from '../../src/lib/simulator/field-dictionary.ts';
import { buildFieldDictionary } from '../support/field-dictionary.ts';

/** The slots of the first positions of a kind. */
function slotsOf(json: string, kind: 'sf' | 'if' | 'dp', count: number): number[] {
  return Array.from(parseFieldDictionary(json).order.slots[kind].subarray(0, count));
}

const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('the field dictionary', () => {
  it('as the live server sends it is the default order', () => {
    const { order, valid } = parseFieldDictionary(fieldDictionaryJson());
    expect(valid).toBe(true);
    for (const kind of ['sf', 'if', 'dp'] as const) {
      expect(Array.from(order.slots[kind])).toEqual(Array.from(DEFAULT_FIELD_ORDER.slots[kind]));
      expect(Array.from(order.slots[kind].subarray(0, SLOT_COUNTS[kind]))).toEqual(range(SLOT_COUNTS[kind]));
    }
    expect(order.liteCounts).toEqual({ sf: 1, if: 1, dp: undefined });
  });

  it('is read by field id, never by position', () => {
    expect(slotsOf(buildFieldDictionary({ scrip: ['s121', 's105', 's104'] }), 'sf', 4)).toEqual([20, 0, 1, -1]);
    expect(slotsOf(buildFieldDictionary({ depth: ['d131', 'd102', 'd107'] }), 'dp', 3)).toEqual([29, 0, 5]);
  });

  it('may name fields we do not keep, or that are no fields', () => {
    const json = buildFieldDictionary({ scrip: ['s100', 's105', 'i102', 'x', 's999'] });
    expect(slotsOf(json, 'sf', 5)).toEqual([-1, 0, -1, -1, -1]);
  });

  it('may be longer than a field count can be', () => {
    const json = buildFieldDictionary({ scrip: [...new Array<string>(300).fill('s100'), 's105'] });
    expect(parseFieldDictionary(json).order.slots.sf).toHaveLength(256);
  });

  it('of ids that are all new gives a topic no values, and says so: the default order would be a guess', () => {
    const { order, valid } = parseFieldDictionary(buildFieldDictionary({ scrip: ['t105', 's900'] }));
    expect(valid).toBe(false);
    expect(order.slots.sf.every((slot) => slot === -1)).toBe(true);
    expect(order.slots.if[0]).toBe(0);
  });

  it.each([
    ['no section', {}, { sf: 1, if: 1, dp: undefined }, true],
    ['two values', { scrip_lite: { hfid: 2 } }, { sf: 2, if: 1, dp: undefined }, true],
    ['none', { index_lite: { hfid: 0 } }, { sf: 1, if: 0, dp: undefined }, true],
    ['text', { scrip_lite: { hfid: '1' } }, { sf: undefined, if: 1, dp: undefined }, false],
    ['too many', { index_lite: { hfid: 256 } }, { sf: 1, if: undefined, dp: undefined }, false],
    ['null', { index_lite: null }, { sf: 1, if: undefined, dp: undefined }, false],
  ])('says how long lite packets are: %s', (_name, sections, counts, isValid) => {
    const { order, valid } = parseFieldDictionary(
      JSON.stringify({ scrip: ['s105'], index: ['i102'], depth: ['d102'], ...sections }),
    );
    expect(order.liteCounts).toEqual(counts);
    expect(valid).toBe(isValid);
  });

  it('keeps the default where it is malformed, and says so', () => {
    for (const json of ['', 'null', '[]', '{', '42', '{"scrip":"s105"}', '{"scrip":[]}']) {
      const { order, valid } = parseFieldDictionary(json);
      expect(valid).toBe(false);
      expect(Array.from(order.slots.sf)).toEqual(Array.from(DEFAULT_FIELD_ORDER.slots.sf));
    }
  });

  it('never throws, and never names a slot that is not there', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const { slots } = parseFieldDictionary(json).order;
        for (const kind of ['sf', 'if', 'dp'] as const) {
          for (const slot of slots[kind]) expect(slot).toBeLessThan(SLOT_COUNTS[kind]);
        }
      }),
      { numRuns: 200 },
    );
  });
});
