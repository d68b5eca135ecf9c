import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkJsonBounds } from '../../../src/lib/hub/server/json-bounds.ts';

const MEGABYTE = 1024 * 1024;
const check = (text: string): void => checkJsonBounds(Buffer.from(text));

/** Counts the bytes that are looked at. */
function countReads(text: string): number {
  let reads = 0;
  const bytes = new Proxy(Buffer.from(text), {
    get: (target, key) => {
      if (typeof key === 'string' && /^\d+$/.test(key)) reads++;
      return Reflect.get(target, key, target);
    },
  });
  expect(() => checkJsonBounds(bytes)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
  return reads;
}

describe('the bounds of JSON', () => {
  it('take whatever this API takes', () => {
    const symbols = Array.from({ length: 5_000 }, (_, at) => `NSE:SIM${at}-EQ`);
    check(JSON.stringify({ action: 'subscribe', symbols, data_type: 'SymbolUpdate' }));
    const subscriptions = symbols.map((symbol) => ['SymbolUpdate', symbol]);
    check(JSON.stringify({ action: 'subscribe', id: 1, subscriptions, strict: true }));
    check(JSON.stringify({ action: 'get_status', room: '[{,"\\'.repeat(100_000) }));
    check('');
    check('"\\"');
  });

  it.each([
    ['lists in lists', '['.repeat(MEGABYTE)],
    ['objects in objects', '{"a":'.repeat(MEGABYTE / 5)],
    ['both, after a string with brackets', `["]]]\\"]",${'[{"a":'.repeat(1_000)}`],
  ])('end %s after a few bytes', (_, text) => {
    expect(countReads(text)).toBeLessThan(300);
  });

  it.each([
    ['values', `[${'0,'.repeat(MEGABYTE / 2)}0]`],
    ['empty lists', `[${'[],'.repeat(MEGABYTE / 3)}[]]`],
  ])('end a message of too many %s before it is parsed', (_, text) => {
    expect(countReads(text)).toBeLessThan(200_000);
  });

  it('refuse no JSON that is within them', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        check(JSON.stringify(value));
      }),
    );
  });
});
