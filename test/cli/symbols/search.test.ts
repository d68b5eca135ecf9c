import { describe, expect, test } from 'vitest';
import { type SearchRequest, searchMaster } from '../../../src/lib/cli/symbols/search.ts';
import { lookUpSymbols } from '../../../src/lib/cli/symbols/show.ts';
import { toSymbolRow } from '../../../src/lib/cli/symbols/symbol-row.ts';
import type { ListedInstrument } from '../../../src/lib/symbols/master/symbol-master.ts';
import { NOW_MS } from '../../symbols/master/csv-lines.ts';
import { openSmallMaster } from '../../symbols/master/small-master.ts';

const master = openSmallMaster();
const search = (words: string[], limit = 20) => searchMaster(master, { words, limit }, NOW_MS);
const given = (...symbols: string[]) => ({ symbols, placeOf: () => undefined });

describe('a search', () => {
  test('returns as many as the limit, and says that there are more', () => {
    const { found, hasMore } = search(['nifty'], 3);
    expect([found.length, hasMore]).toEqual([3, true]);
    expect(search(['INE062A01020']).hasMore).toBe(false);
  });

  test.each([
    [['relaince'], 'no instrument matches "relaince"', 'NSE:RELIANCE-EQ'],
    [['banknfty'], 'no instrument matches "banknfty"', 'NSE:NIFTYBANK-INDEX'],
    [['reliance', 'nonsense'], 'no instrument matches "reliance nonsense"', 'NSE:RELIANCE-EQ'],
  ])('for %j names the nearest', (words, message, hint) => {
    expect(() => search(words)).toThrow(expect.objectContaining({ code: 'NO_MATCH', exit: 3, message }));
    expect(() => search(words)).toThrow(expect.objectContaining({ hint: expect.stringContaining(hint) }));
  });

  test('for what is like nothing has a hint of its own', () => {
    expect(() => search(['qqqqqqqqqq'])).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('fewer words') }),
    );
  });
});

describe('symbols that are looked up', () => {
  test('come in the order given', () => {
    const { found, shortfall } = lookUpSymbols(master, given('NSE:INFY-EQ', 'MCX:GOLD26DECFUT', 'NSE:SBIN-EQ'), NOW_MS);
    expect(found.map(({ symbol }) => symbol)).toEqual(['NSE:INFY-EQ', 'MCX:GOLD26DECFUT', 'NSE:SBIN-EQ']);
    expect(shortfall).toBeUndefined();
  });

  test('and are unknown are named with what was meant', () => {
    const { found, shortfall } = lookUpSymbols(master, given('NSE:RELAINCE-EQ', 'NSE:SBIN-EQ'), NOW_MS);
    expect(found).toHaveLength(1);
    expect(shortfall).toEqual({
      message: 'unknown symbol NSE:RELAINCE-EQ; did you mean NSE:RELIANCE-EQ?',
      symbols: ['NSE:RELAINCE-EQ'],
    });
  });

  test('all unknown are an error', () => {
    expect(() => lookUpSymbols(master, given('NSE:BANKNIFTY-INDEX'), NOW_MS)).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_SYMBOL', hint: 'did you mean NSE:NIFTYBANK-INDEX?' }),
    );
  });
});

describe('a search without a match', () => {
  const seek = (words: string, filters: Partial<SearchRequest> = {}) =>
    searchMaster(master, { words: words.split(' '), limit: 5, ...filters }, NOW_MS);

  test('names what is nearest', () => {
    expect(() => seek('relaince')).toThrow(
      expect.objectContaining({
        message: 'no instrument matches "relaince"',
        hint: expect.stringContaining('did you mean NSE:RELIANCE-EQ'),
      }),
    );
  });

  test('because of a filter does not offer what the filter leaves out', () => {
    for (const filters of [{ type: 'equity', strike: 100 }, { expiry: '2020-01-01' }] as const) {
      expect(() => seek('sbin', filters)).toThrow(
        expect.objectContaining({
          code: 'NO_MATCH',
          message: 'no instrument passes the filters and matches "sbin"',
          hint: expect.not.stringContaining('did you mean'),
        }),
      );
    }
  });
});

describe('the row', () => {
  const rowOf = (symbol: string) => toSymbolRow(master.find(symbol) as ListedInstrument);

  test('of a share', () => {
    expect(rowOf('NSE:SBIN-EQ')).toEqual({
      symbol: 'NSE:SBIN-EQ',
      name: 'STATE BANK OF INDIA',
      exchange: 'NSE',
      segment: 'nse_cm',
      kind: 'equity',
      isin: 'INE062A01020',
      underlying: 'SBIN',
      expiry: null,
      strike: null,
      right: null,
      lot_size: 1,
      tick_size: 0.05,
      session: '09:15-15:30',
      topic: 'sf|nse_cm|3045',
    });
  });

  test('of an index: its topic has its name on the data socket', () => {
    expect(rowOf('NSE:NIFTYBANK-INDEX')).toMatchObject({
      kind: 'index',
      isin: null,
      underlying: 'BANKNIFTY',
      topic: 'if|nse_cm|Nifty Bank',
    });
  });

  test('of an option: the day on which it ends in India', () => {
    expect(rowOf('NSE:NIFTY26D0124000CE')).toMatchObject({
      kind: 'option',
      underlying: 'NIFTY',
      expiry: '2026-12-01',
      strike: 24_000,
      right: 'CE',
      lot_size: 75,
      topic: expect.stringMatching(/^sf\|nse_fo\|4\d{4}$/),
    });
  });

  test('of a commodity whose lot only the JSON file has', () => {
    expect(rowOf('MCX:CRUDEOIL26DECFUT')).toMatchObject({ kind: 'future', lot_size: null, strike: null });
  });

  test.each([
    ['0915-1530|1815-1915:', '09:15-15:30'],
    ['0900-1130,1700-2330|', '09:00-11:30,17:00-23:30'],
    ['0900-2330', '09:00-23:30'],
    ['', null],
    ['nonsense', null],
    [null, null],
  ])('session %j is %j', (session, expected) => {
    const listed = master.find('NSE:SBIN-EQ') as ListedInstrument;
    expect(toSymbolRow({ ...listed, session }).session).toBe(expected);
  });
});
