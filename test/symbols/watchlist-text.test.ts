import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSymbolList } from '../../src/lib/symbols/symbol-list.ts';
import { appendEntries, removeEntries } from '../../src/lib/symbols/watchlist-text.ts';

const remove = (text: string, ...entries: string[]): string =>
  removeEntries(text, (entry) => entries.includes(entry.toUpperCase()));

describe('appendEntries', () => {
  test.each([
    ['an empty text', '', 'NSE:A-EQ\nNSE:B-EQ\n'],
    ['a list', '# mine\nNSE:X-EQ\n', '# mine\nNSE:X-EQ\nNSE:A-EQ\nNSE:B-EQ\n'],
    ['a last line without its end', 'NSE:X-EQ # x', 'NSE:X-EQ # x\nNSE:A-EQ\nNSE:B-EQ\n'],
    ['CRLF', 'NSE:X-EQ\r\nNSE:Y-EQ', 'NSE:X-EQ\r\nNSE:Y-EQ\r\nNSE:A-EQ\r\nNSE:B-EQ\r\n'],
    ['CR', 'NSE:X-EQ\r', 'NSE:X-EQ\rNSE:A-EQ\rNSE:B-EQ\r'],
  ])('to %s', (_, text, expected) => expect(appendEntries(text, ['NSE:A-EQ', 'NSE:B-EQ'])).toBe(expected));
});

describe('removeEntries', () => {
  test.each([
    ['a line', 'NSE:A-EQ\nNSE:B-EQ\nNSE:C-EQ\n', 'NSE:A-EQ\nNSE:C-EQ\n'],
    ['the last line, without its end', 'NSE:A-EQ\nNSE:B-EQ', 'NSE:A-EQ\n'],
    ['in any case, and twice', 'nse:b-eq\r\nNSE:A-EQ\r\n"NSE:B-EQ"\r\n', 'NSE:A-EQ\r\n'],
    ['one of several in a line', ' NSE:A-EQ,NSE:B-EQ ,  @c # three\n', 'NSE:A-EQ, @c # three\n'],
    ['a line with a comment, which stays', '# banks\nNSE:B-EQ # state bank\n\n', '# banks\n# state bank\n\n'],
    ['nothing: every byte stays', '\n  NSE:A-EQ ,\t"NSE:D-EQ" \r\r\n#x', '\n  NSE:A-EQ ,\t"NSE:D-EQ" \r\r\n#x'],
    ['not what a comment says', '# NSE:B-EQ\nNSE:A-EQ # NSE:B-EQ', '# NSE:B-EQ\nNSE:A-EQ # NSE:B-EQ'],
  ])('%s', (_, text, expected) => expect(remove(text, 'NSE:B-EQ')).toBe(expected));

  test('whatever the list, the others stay in order, and so do comments', async () => {
    const symbol = fc.constantFrom('NSE:A-EQ', 'NSE:B-EQ', 'NSE:NIFTY50 EQL WGT-INDEX', '@list', "'NSE:M&M-EQ'");
    const line = fc.tuple(
      fc.array(symbol, { maxLength: 3 }),
      fc.constantFrom(', ', ',', ' ', ';'),
      fc.constantFrom('', ' # note, NSE:B-EQ', '#'),
      fc.constantFrom('\n', '\r\n', '\r'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line), symbol, async (lines, gone) => {
        const text = lines.map(([symbols, by, comment, end]) => symbols.join(by) + comment + end).join('');
        const name = gone.replaceAll("'", '');
        const texts = async (list: string): Promise<string[]> => (await parseSymbolList(list)).map((one) => one.text);
        const left = remove(text, name.toUpperCase());
        expect(await texts(left)).toEqual(
          (await texts(text)).filter((one) => one.toUpperCase() !== name.toUpperCase()),
        );
        expect(left.match(/#.*/g)).toEqual(text.match(/#.*/g));
      }),
    );
  });
});
