import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BrokenList, isTable, parseSymbolList, splitEntries } from '../../src/lib/symbols/symbol-list.ts';

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

  test('a watchlist is an entry, and begins one after a blank; a semicolon separates', async () => {
    expect(await read('@banks @it;NSE:M&M-EQ @my-list "@x" "@y"\n @z # @not')).toEqual([
      '1 @banks',
      '1 @it',
      '1 NSE:M&M-EQ',
      '1 @my-list',
      '1 @x',
      '1 @y',
      '2 @z',
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

  test.each(['Symbol', 'SYMBOL', '"symbol"', '" Symbol "', "'Symbol'", '="Symbol"', '\u00a0symbol'])(
    'the header %j',
    async (header) => expect(await read(`${header},LTP\nNSE:SBIN-EQ,1\n`)).toEqual(['2 NSE:SBIN-EQ']),
  );

  test.each([
    ['a formula, so that the cell stays a text', '="NSE:SBIN-EQ"'],
    ['the same, quoted', '"=""NSE:SBIN-EQ"""'],
    ['an apostrophe, which does the same', "'NSE:SBIN-EQ"],
    ['blanks', '"  NSE:SBIN-EQ\u00a0"'],
    ['a line end after it', '"NSE:SBIN-EQ\n"'],
  ])('a cell with %s', async (_, cell) => {
    expect(await read(`Name;Symbol\r\nSTATE BANK;${cell}\r\n`)).toEqual(['2 NSE:SBIN-EQ']);
  });

  test('the line for Excel, and separators and line ends in the header', async () => {
    const text =
      'sep=,\r\n"Last, price","Qty\r\n(lots)",Symbol\r\n"1,200.50",5,NSE:SBIN-EQ\r\n1,2,"NSE:LT-EQ, @it"\r\n';
    expect(await read(text)).toEqual(['4 NSE:SBIN-EQ', '5 NSE:LT-EQ', '5 @it']);
  });

  test('no table: a line that only speaks of symbols, or names one beside them', async () => {
    expect(await read('my symbol list\nNSE:SBIN-EQ')).toEqual(['1 my symbol list', '2 NSE:SBIN-EQ']);
    expect(await read('NSE:SBIN-EQ\nsymbol,ltp\nNSE:LT-EQ,1')).toEqual([
      '1 NSE:SBIN-EQ',
      '2 symbol',
      '2 ltp',
      '3 NSE:LT-EQ',
      '3 1',
    ]);
    expect(await isTable('# symbol,x\nNSE:SBIN-EQ')).toBe(false);
    expect(await isTable('# a list\n\nx,Symbol')).toBe(true);
  });

  test('a quote without its end is an error with its line', async () => {
    const error = await parseSymbolList('symbol,note\nNSE:LT-EQ,"a"\nNSE:SBIN-EQ,"x\nNSE:TCS-EQ\n').catch(
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(BrokenList);
    expect(error).toMatchObject({
      code: 'MALFORMED_SYMBOL',
      line: 3,
      message: 'the CSV cannot be parsed: a quote is opened and never closed',
    });
  });

  test('the search for a header ends: a quote that is never closed, before many lines', async () => {
    const text = `"symbol${'\n'.repeat(2 ** 18)}`;
    expect(await read(text)).toEqual(['1 "symbol']);
  });
});

test('splitEntries: an argument is a line of a list', () => {
  expect(splitEntries(' nse:sbin-eq,,"NSE:INFY-EQ" NSE:LT-EQ')).toEqual(['nse:sbin-eq', 'NSE:INFY-EQ', 'NSE:LT-EQ']);
});
