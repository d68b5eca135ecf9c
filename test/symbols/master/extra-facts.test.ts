import { describe, expect, it } from 'vitest';
import { ExtraFactsParser } from '../../../src/lib/symbols/master/extra-facts.ts';
import { NotEntries } from '../../../src/lib/symbols/master/json-entries.ts';

function parse(text: string, pieces = 5): Record<string, unknown> {
  const parser = new ExtraFactsParser();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieces) parser.write(Buffer.from(bytes.subarray(at, at + pieces)));
  return Object.fromEntries(parser.end());
}

describe('the JSON file of the master', () => {
  const text = JSON.stringify({
    'MCX:GOLD26DECFUT': { qtyMultiplier: 100, tradeStatus: 1, deep: { a: ['}', '{"x'] } },
    'MCX:"odd\\{26DECFUT': { qtyMultiplier: '0.5', tradeStatus: '0' },
    'MCX:NONE26DECFUT': { qtyMultiplier: 0, tradeStatus: null },
    'MCX:TEXT26DECFUT': { qtyMultiplier: '', tradeStatus: 'x' },
    'MCX:Ä': {},
  });
  const facts = {
    'MCX:GOLD26DECFUT': { lotSize: 100, isActive: true },
    'MCX:"odd\\{26DECFUT': { lotSize: 0.5, isActive: false },
    'MCX:NONE26DECFUT': { lotSize: null, isActive: null },
    'MCX:TEXT26DECFUT': { lotSize: null, isActive: null },
    'MCX:Ä': { lotSize: null, isActive: null },
  };

  it.each([1, 2, 3, 17, 100_000])('is read in pieces of %d bytes', (pieces) => {
    expect(parse(text, pieces)).toEqual(facts);
    expect(parse(JSON.stringify(JSON.parse(text), null, 2), pieces)).toEqual(facts);
  });

  it('may be empty', () => expect(parse('{}')).toEqual({}));

  it('is refused when it is cut anywhere', () => {
    for (let length = 1; length < Buffer.byteLength(text); length++) {
      expect(() => parse(Buffer.from(text).subarray(0, length).toString('latin1'))).toThrow(NotEntries);
    }
  });

  it.each([
    ['a list', '[{"a":1}]'],
    ['a text', '"a"'],
    ['an entry that is no JSON', '{"a":{b}}'],
    ['more closing than opening braces', '{"a":{}}}}'],
    ['an entry without an end', `{"a":{"b":"${'x'.repeat(200_000)}"}}`],
  ])('is refused: %s', (_, bad) => expect(() => parse(bad, 1_000)).toThrow(NotEntries));
});
