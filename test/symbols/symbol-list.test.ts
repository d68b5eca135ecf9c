import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSymbolList, splitEntries } from '../../src/lib/symbols/symbol-list.ts';

const SYMBOLS = ['NSE:SBIN-EQ', 'NSE:M&M-EQ', 'NSE:NIFTY50 EQL WGT-INDEX', 'BSE:SENSEX-INDEX', 'MCX:CRUDEOIL26SEPFUT'];

/** The entries as `line text`. */
async function read(text: string): Promise<string[]> {
  return (await parseSymbolList(text)).map((entry) => `${entry.line} ${entry.text}`);
}

describe('parseSymbolList', () => {
  test('lines, commas, comments and blanks inside a symbol', async () => {
    const text =
      '# my list\r\nNSE:SBIN-EQ, NSE:INFY-EQ # two, of them\r\n\r\n  NSE:NIFTY50 EQL WGT-INDEX\n,,BSE:SENSEX-INDEX,';
    expect(await read(text)).toEqual([
      '2 NSE:SBIN-EQ',
      '2 NSE:INFY-EQ',
      '4 NSE:NIFTY50 EQL WGT-INDEX',
      '5 BSE:SENSEX-INDEX',
    ]);
    expect(await read('NSE:A-EQ\rNSE:B-EQ\r')).toEqual(['1 NSE:A-EQ', '2 NSE:B-EQ']);
  });

  test('a blank in front of another exchange separates', async () => {
    expect(await read('nse:sbin-eq NSE:NIFTY50 EQL WGT-INDEX\tbse:tcs-a  "NSE:M&M-EQ"')).toEqual([
      '1 nse:sbin-eq',
      '1 NSE:NIFTY50 EQL WGT-INDEX',
      '1 bse:tcs-a',
      '1 NSE:M&M-EQ',
    ]);
  });

  test('quotes around a symbol are dropped, others stay for the error to show', async () => {
    expect(await read(`"NSE:SBIN-EQ","NSE:INFY-EQ"\n'NSE:M&M-EQ'\n" NSE:A-EQ "\n"NSE:B-EQ`)).toEqual([
      '1 NSE:SBIN-EQ',
      '1 NSE:INFY-EQ',
      '2 NSE:M&M-EQ',
      '3 NSE:A-EQ',
      '4 "NSE:B-EQ',
    ]);
  });

  test.each(['', '\n\n', '# nothing', ' , ,\r\n', '""', 'symbol', 'name,symbol\n'])(
    'finds nothing in %j',
    async (text) => {
      expect(await read(text)).toEqual([]);
    },
  );

  // Takes hours when the time grows with the square of the length.
  test('a megabyte of blanks or quotes is read in linear time', async () => {
    expect(await read(`${' '.repeat(2 ** 20)}NSE:A-EQ`)).toEqual(['1 NSE:A-EQ']);
    expect((await read(`"${' "'.repeat(2 ** 19)}`)).length).toBeLessThanOrEqual(1);
  });

  test('an entry is not checked here', async () => {
    expect(await read('nse:sbin-eq\nwhat is this?')).toEqual(['1 nse:sbin-eq', '2 what is this?']);
  });

  test('whatever was joined is split again, however it was joined', async () => {
    const separator = fc.constantFrom(
      ',',
      '\n',
      '\r\n',
      ' , ',
      '\n\n',
      ' # a comment, NSE:NOT-EQ\r\n',
      ',\n',
      ' ',
      '\t',
    );
    const list = fc.array(fc.tuple(fc.constantFrom(...SYMBOLS), fc.constantFrom('', '"', "'"), separator), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(list, async (entries) => {
        const text = entries.map(([symbol, quote, end]) => quote + symbol + quote + end).join('');
        expect((await parseSymbolList(text)).map((entry) => entry.text)).toEqual(entries.map(([symbol]) => symbol));
      }),
    );
  });

  test('no entry is empty, blank around, or of two lines', async () => {
    const unit = fc.constantFrom('a', ' ', ',', '\n', '\r', '#', '"', "'", ':', 'symbol', ';');
    await fc.assert(
      fc.asyncProperty(fc.string({ unit }), async (text) => {
        const entries = await parseSymbolList(text).catch(() => []);
        for (const entry of entries) {
          expect(entry.text).not.toBe('');
          expect(entry.text).toBe(entry.text.trim());
        }
      }),
    );
  });
});

describe('parseSymbolList of a CSV', () => {
  test.each([
    ['commas', ','],
    ['tabs, as Excel writes Unicode text', '\t'],
    ['semicolons', ';'],
  ])('the column named symbol: %s', async (_, delimiter) => {
    const rows = [
      ['Name', ' "Symbol"', 'LTP'],
      ['STATE BANK', 'NSE:SBIN-EQ', '812.5'],
      ['NIFTY EQL', '"NSE:NIFTY50 EQL WGT-INDEX"', ''],
    ];
    const text = `${rows.map((row) => row.join(delimiter)).join('\r\n')}\r\n`;
    expect(await read(text)).toEqual(['2 NSE:SBIN-EQ', '3 NSE:NIFTY50 EQL WGT-INDEX']);
  });

  test('quoted cells with commas and line ends, comments, empty lines, short and long rows', async () => {
    const text = `# made by hand
symbol,note
NSE:SBIN-EQ,"a, b"

# NSE:NOT-EQ
NSE:INFY-EQ,"two
lines # not a comment"
NSE:TCS-EQ
NSE:LT-EQ,x,y,z
,nothing`;
    expect(await read(text)).toEqual(['3 NSE:SBIN-EQ', '6 NSE:INFY-EQ', '8 NSE:TCS-EQ', '9 NSE:LT-EQ']);
  });

  test('a quote without its end is an error', async () => {
    await expect(parseSymbolList('symbol,note\nNSE:SBIN-EQ,"x\n')).rejects.toMatchObject({
      code: 'MALFORMED_SYMBOL',
      message: expect.stringContaining('the CSV cannot be parsed'),
    });
  });
});

test('splitEntries: an argument is a line of a list', () => {
  expect(splitEntries(' nse:sbin-eq,,"NSE:INFY-EQ" NSE:LT-EQ')).toEqual(['nse:sbin-eq', 'NSE:INFY-EQ', 'NSE:LT-EQ']);
});
