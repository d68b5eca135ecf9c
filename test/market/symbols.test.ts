import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TickpipeError } from '../../src/lib/errors/tickpipe-error.ts';
import { isIndexSymbol, normalizeSymbol, normalizeSymbols } from '../../src/lib/market/symbols.ts';

function failureOf(text: string): TickpipeError {
  try {
    normalizeSymbol(text);
  } catch (error) {
    if (error instanceof TickpipeError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const SYMBOLS = [
  'NSE:SBIN-EQ',
  'NSE:M&M-EQ',
  'NSE:BAJAJ-AUTO-EQ',
  'NSE:NIFTY50-INDEX',
  'NSE:NIFTY50 EQL WGT-INDEX',
  'NSE:HANGSENG BEES-NAV-INDEX',
  'NSE:NIFTY26SEPFUT',
  'NSE:NIFTY26SEP29200CE',
  'NSE:M&M26NOVFUT',
  'NSE:USDINR26NOVFUT',
  'NSE:USDINR26N2788.25CE',
  'BSE:SENSEX-INDEX',
  'BSE:100LARGECAPTMC-INDEX',
  'BSE:SBIN-A',
  'MCX:CRUDEOIL26SEPFUT',
  'MCX:GOLDM26DEC121000PE',
];

describe('normalizeSymbol', () => {
  it.each(SYMBOLS)('takes %s as it is', (symbol) => {
    expect(normalizeSymbol(symbol)).toBe(symbol);
  });

  it('forgives case and blanks around, and keeps blanks inside', () => {
    expect(normalizeSymbol('  nse:sbin-eq\t')).toBe('NSE:SBIN-EQ');
    expect(normalizeSymbol('nse:nifty50  eql\u00a0wgt-index')).toBe('NSE:NIFTY50 EQL WGT-INDEX');
    expect(normalizeSymbol('\uFEFFNSE:SBIN-EQ')).toBe('NSE:SBIN-EQ');
  });

  it.each([
    '',
    ' ',
    'SBIN',
    'SBIN-EQ',
    'NSE',
    'NSE:-EQ',
    'NSE: SBIN-EQ',
    'NSE:SBIN-EQ:X',
    'NYSE:IBM-EQ',
    'NCDEX:X-1',
    'NSE;SBIN-EQ',
    'NSE:A"B-EQ',
    'NSE:A|B-EQ',
    'NSE:A\\B-EQ',
  ])('refuses %j', (text) => {
    const error = failureOf(text);
    expect(error).toMatchObject({ code: 'MALFORMED_SYMBOL', exit: 2 });
    expect(error.message).toBe(`malformed symbol ${JSON.stringify(text)}`);
    expect(error.hint).not.toContain('quote');
  });

  it.each(['NSE:M', 'nse:l', 'NSE:SBIN', 'NSE:'])('takes %s for one cut at an ampersand', (text) => {
    expect(failureOf(text).hint).toContain(`'NSE:M&M-EQ'`);
  });

  it.each([
    ['NSE:SBIN', /^an equity ends in its series, as in NSE:SBIN-EQ; quote /],
    ['BSE:SBIN', /^an equity ends in its series, as in BSE:SBIN-A; quote /],
    ['MCX:CRUDEOIL', /^a contract ends in its month, /],
    ['NSE:M', /^quote a symbol that has "&" in it: /],
    ['NSE:GMRP', /^quote a symbol that has "&" in it: /],
  ])('says first of %s what it lacks most likely', (text, hint) => {
    expect(failureOf(text).hint).toMatch(hint);
  });

  it('refuses letters that only look like others once in upper case', () => {
    for (const text of ['nse:ſbin-eq', 'nse:sbın-eq', 'nse:straße-eq', 'NSE:ＳBIN-EQ', 'NSE:SBİN-EQ']) {
      expect(failureOf(text).code).toBe('MALFORMED_SYMBOL');
    }
  });

  it('names a hostile symbol without letting it at the terminal, and not at length', () => {
    const error = failureOf(`NSE:\u001b[2J\u009b2J\u202ex${'y'.repeat(5_000)}`);
    expect(error.message).toMatch(/^[\x20-\x7e]+$/);
    expect(error.message.length).toBeLessThan(200);
    expect(error.message).toMatch(/"\.\.\.$/);
    expect(failureOf(`NSE:${'A1'.repeat(60)}`).code).toBe('MALFORMED_SYMBOL');
  });

  it('is a symbol or a coded error for any text, and settled once done', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string().map((name) => `NSE:${name}`),
        ),
        (text) => {
          let symbol: string;
          try {
            symbol = normalizeSymbol(text);
          } catch (error) {
            expect((error as TickpipeError).code).toBe('MALFORMED_SYMBOL');
            return;
          }
          expect(normalizeSymbol(symbol)).toBe(symbol);
        },
      ),
    );
  });
});

describe('isIndexSymbol', () => {
  it('goes by the series', () => {
    expect(SYMBOLS.filter(isIndexSymbol)).toEqual([
      'NSE:NIFTY50-INDEX',
      'NSE:NIFTY50 EQL WGT-INDEX',
      'NSE:HANGSENG BEES-NAV-INDEX',
      'BSE:SENSEX-INDEX',
      'BSE:100LARGECAPTMC-INDEX',
    ]);
  });
});

describe('a character that looks like another', () => {
  it.each([
    ['NSE:SBIN\u2013EQ', 'malformed symbol "NSE:SBIN\u2013EQ": it contains "\u2013" (U+2013)'],
    ['NSE\uff1aSBIN-EQ', 'malformed symbol "NSE\uff1aSBIN-EQ": it contains "\uff1a" (U+FF1A)'],
    ['NSE:S\u0412IN-EQ', 'malformed symbol "NSE:S\u0412IN-EQ": it contains "\u0412" (U+0412)'],
    ['NSE:SBIN\u200b-EQ', 'malformed symbol "NSE:SBIN\\u200b-EQ": it contains "\\u200b" (U+200B)'],
  ])('%j is named', (text, message) => {
    expect(failureOf(text).message).toBe(message);
  });

  it('is a dash: the hint says what to type', () => {
    expect(failureOf('NSE:SBIN\u2013EQ').hint).toBe('type a plain hyphen, as in NSE:SBIN-EQ');
    expect(failureOf('NSE:S\u0412IN-EQ').hint).toBe('write it like NSE:SBIN-EQ');
  });
});

describe('normalizeSymbols', () => {
  it('keeps the first of each, in order', () => {
    expect(normalizeSymbols(['nse:infy-eq', 'NSE:SBIN-EQ', ' NSE:INFY-EQ'])).toEqual(['NSE:INFY-EQ', 'NSE:SBIN-EQ']);
  });

  it('names the first malformed one', () => {
    expect(() => normalizeSymbols(['NSE:SBIN-EQ', 'bad', 'worse'])).toThrow('malformed symbol "bad"');
  });
});
