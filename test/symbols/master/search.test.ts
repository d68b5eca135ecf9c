import { describe, expect, it } from 'vitest';
import { openMaster } from '../../../src/lib/symbols/master/opened-master.ts';
import type { SearchQuery } from '../../../src/lib/symbols/master/symbol-master.ts';
import { fileOf, futureLine, NOW_MS } from './csv-lines.ts';
import { openSmallMaster } from './small-master.ts';

const master = openSmallMaster();

function search(text: string, filters: Partial<SearchQuery> = {}): string[] {
  return master.search({ text, limit: 6, nowMs: NOW_MS, ...filters }).map(({ symbol }) => symbol);
}

describe('the order of a search', () => {
  it.each([
    [
      'sbin',
      ['NSE:SBIN-EQ', 'BSE:SBIN-A', 'NSE:SBIN-N5', 'NSE:SBIN26DECFUT', 'NSE:SBIN27JANFUT', 'NSE:SBIN26D01875CE'],
    ],
    ['state bank', ['NSE:SBIN-EQ', 'BSE:SBIN-A']],
    ['statebank', ['NSE:SBIN-EQ', 'BSE:SBIN-A']],
    ['bank state', ['NSE:SBIN-EQ', 'BSE:SBIN-A']],
    ['  STATE   bank ', ['NSE:SBIN-EQ', 'BSE:SBIN-A']],
    ['INE062A01020', ['NSE:SBIN-EQ', 'BSE:SBIN-A']],
    ['ine062a01020', ['NSE:SBIN-EQ', 'BSE:SBIN-A']],
    ['3045', ['NSE:SBIN-EQ']],
    ['NSE:SBIN-EQ', ['NSE:SBIN-EQ']],
    ['sbin-eq', ['NSE:SBIN-EQ']],
    ['m&m', ['NSE:M&M-EQ', 'BSE:M&M-A', 'NSE:M&M26DECFUT', 'NSE:M&M27JANFUT', 'NSE:M&M26NOVFUT']],
    ['mahindra', ['NSE:M&M-EQ', 'BSE:M&M-A']],
    ['banknifty fut', ['NSE:BANKNIFTY26DECFUT', 'NSE:BANKNIFTY27JANFUT', 'NSE:BANKNIFTY26NOVFUT']],
    ['bank nifty fut', ['NSE:BANKNIFTY26DECFUT', 'NSE:BANKNIFTY27JANFUT', 'NSE:BANKNIFTY26NOVFUT']],
    ['bankniftyfut', ['NSE:BANKNIFTY26DECFUT', 'NSE:BANKNIFTY27JANFUT', 'NSE:BANKNIFTY26NOVFUT']],
    [
      'crude',
      [
        'MCX:CRUDEOIL26DECFUT',
        'MCX:CRUDEOILM26DECFUT',
        'MCX:CRUDEOIL27JANFUT',
        'MCX:CRUDEOILM27JANFUT',
        'MCX:CRUDEOIL26NOVFUT',
        'MCX:CRUDEOILM26NOVFUT',
      ],
    ],
    ['usdinr', ['NSE:USDINR26DECFUT', 'NSE:USDINR27JANFUT', 'NSE:USDINR26NOVFUT']],
    ['bse', ['NSE:BSE-EQ']],
    ['mcx gold', ['MCX:GOLD26DECFUT', 'MCX:GOLD27JANFUT', 'MCX:GOLD26NOVFUT']],
    [
      'reliance',
      [
        'NSE:RELIANCE-EQ',
        'BSE:RELIANCE-A',
        'NSE:RPOWER-EQ',
        'BSE:RPOWER-A',
        'NSE:RELIANCE26DECFUT',
        'NSE:RELIANCE27JANFUT',
      ],
    ],
    ['nifty50 eql', ['NSE:NIFTY50 EQL WGT-INDEX']],
    ['nifty50eqlwgt', ['NSE:NIFTY50 EQL WGT-INDEX']],
    ['bajaj auto', ['NSE:BAJAJ-AUTO-EQ', 'BSE:BAJAJ-AUTO-A']],
    [
      'sbin 882.5 pe',
      [
        'NSE:SBIN26D01882.5PE',
        'NSE:SBIN26D08882.5PE',
        'NSE:SBIN26DEC882.5PE',
        'NSE:SBIN27105882.5PE',
        'NSE:SBIN27JAN882.5PE',
      ],
    ],
    ['nothing like this', []],
    ['mini', []],
  ])('%s', (text, symbols) => {
    expect(search(text)).toEqual(symbols);
  });

  it.each(['nifty 24000 ce', '24000 ce nifty', 'nifty24000ce', 'NIFTY 24000CE', 'nifty ce 24000'])(
    '%s names the nearest weekly first',
    (text) => {
      expect(search(text).slice(0, 5)).toEqual([
        'NSE:NIFTY26D0124000CE',
        'NSE:NIFTY26D0824000CE',
        'NSE:NIFTY26DEC24000CE',
        'NSE:NIFTY2710524000CE',
        'NSE:NIFTY27JAN24000CE',
      ]);
    },
  );

  it.each([
    ['nifty december future', 'nifty dec fut', 'NSE:NIFTY26DECFUT'],
    ['sensex 82000 calls', 'sensex 82000 ce', 'BSE:SENSEX26D0182000CE'],
    ['sbin 882.5 put', 'sbin 882.5 pe', 'NSE:SBIN26D01882.5PE'],
    ['sbin882.5put', 'sbin 882.5 pe', 'NSE:SBIN26D01882.5PE'],
    ['crude oil mini futures', 'crudeoilm fut', 'MCX:CRUDEOILM26DECFUT'],
  ])('takes %s for %s', (spoken, written, first) => {
    expect(search(spoken)[0]).toBe(first);
    expect(search(spoken)).toEqual(search(written));
  });

  it('puts a contract that has ended behind all that has not', () => {
    expect(search('sbin fut', { limit: 3 })).toEqual(['NSE:SBIN26DECFUT', 'NSE:SBIN27JANFUT', 'NSE:SBIN26NOVFUT']);
  });

  it('moves on as expiries pass', () => {
    const nowMs = Date.parse('2026-12-01T15:30:00+05:30');
    expect(search('nifty 24000 ce', { nowMs })[0]).toBe('NSE:NIFTY26D0824000CE');
    expect(search('nifty 24000 ce', { nowMs: nowMs - 1 })[0]).toBe('NSE:NIFTY26D0124000CE');
  });

  it('gives at most as many rows as are wanted', () => {
    expect(search('nifty', { limit: 2 })).toEqual(['NSE:NIFTY50-INDEX', 'NSE:NIFTYBANK-INDEX']);
    expect(search('nifty', { limit: 0 })).toEqual([]);
    expect(search('', { limit: 10_000 })).toHaveLength(master.size);
  });
});

describe('the filters of a search', () => {
  it('lets one exchange through', () => {
    expect(search('sbin', { exchange: 'BSE' })).toEqual(['BSE:SBIN-A']);
    expect(search('nse:sbin', { exchange: 'BSE' })).toEqual([]);
  });

  it('lets one type through', () => {
    expect(search('nifty', { type: 'index' })).toEqual([
      'NSE:NIFTY50-INDEX',
      'NSE:NIFTYBANK-INDEX',
      'NSE:NIFTY50 EQL WGT-INDEX',
    ]);
    expect(search('sbin', { type: 'future', limit: 1 })).toEqual(['NSE:SBIN26DECFUT']);
    expect(search('nifty', { type: 'equity' })).toEqual(['NSE:NIFTYBEES-EQ']);
  });

  it.each(['NIFTY', 'nifty50', 'NSE:NIFTY50-INDEX', 'nifty 50', 'NSE:NIFTY26DECFUT'])(
    'understands %s as an underlying',
    (underlying) => {
      expect(search('', { underlying, type: 'future' })).toEqual([
        'NSE:NIFTY26DECFUT',
        'NSE:NIFTY27JANFUT',
        'NSE:NIFTY26NOVFUT',
      ]);
    },
  );

  it('finds nothing for an underlying that there is not', () => {
    expect(search('', { underlying: 'NOSUCH' })).toEqual([]);
  });

  it.each([
    ['2026-12-08', 'NSE:NIFTY26D0824000CE'],
    ['nearest', 'NSE:NIFTY26D0124000CE'],
    ['weekly', 'NSE:NIFTY26D0124000CE'],
    ['monthly', 'NSE:NIFTY26DEC24000CE'],
  ])('expiry %s', (expiry, symbol) => {
    const query = { underlying: 'NIFTY', expiry, strike: 24_000, right: 'CE' } as const;
    expect(search('', query)).toEqual([symbol]);
  });

  it('counts neither a day without expiry nor one that has passed as the nearest', () => {
    expect(search('nifty', { expiry: '2026-12-09' })).toEqual([]);
    const nowMs = Date.parse('2026-12-08T15:30:00+05:30');
    const query = { underlying: 'NIFTY', strike: 24_000, right: 'CE', nowMs } as const;
    expect(search('', { ...query, expiry: 'nearest' })).toEqual(['NSE:NIFTY26DEC24000CE']);
    expect(search('', { ...query, expiry: 'weekly' })).toEqual(['NSE:NIFTY2710524000CE']);
  });
});

describe('underlyingOf', () => {
  it.each([
    ['NIFTY', 'NIFTY'],
    ['nifty50', 'NIFTY'],
    ['NSE:NIFTY50-INDEX', 'NIFTY'],
    ['bank nifty', 'BANKNIFTY'],
    ['NIFTYBANK', 'BANKNIFTY'],
    ['sbin', 'SBIN'],
    ['NSE:SBIN-EQ', 'SBIN'],
    ['BSE:SENSEX', 'SENSEX'],
    ['nse:nifty26d0124000ce', 'NIFTY'],
    ['m&m', 'M&M'],
    ['INFY', 'INFY'],
    ['nosuch', undefined],
    ['', undefined],
  ])('%s is %s', (text, underlying) => {
    expect(master.underlyingOf(text)).toBe(underlying);
  });
});

describe('contractsOf', () => {
  it('gives what has not ended, futures first, then by expiry, strike and right', () => {
    const contracts = master.contractsOf('SENSEX', NOW_MS);
    expect(contracts).toHaveLength(52);
    expect(contracts.slice(0, 4).map(({ symbol }) => symbol)).toEqual([
      'BSE:SENSEX26DECFUT',
      'BSE:SENSEX27JANFUT',
      'BSE:SENSEX26D0181800CE',
      'BSE:SENSEX26D0181800PE',
    ]);
    expect(master.contractsOf('NOSUCH', NOW_MS)).toEqual([]);
  });
});

describe('nearest', () => {
  it.each([
    ['SBIN', 'NSE:SBIN-EQ'],
    ['NSE:SBIN', 'NSE:SBIN-EQ'],
    ['BSE:SBIN-EQ', 'NSE:SBIN-EQ'],
    ['nifty50', 'NSE:NIFTY50-INDEX'],
    ['NIFTY', 'NSE:NIFTY50-INDEX'],
    ['BANKNIFTY', 'NSE:NIFTYBANK-INDEX'],
    ['NSE:BANKNIFTY-INDEX', 'NSE:NIFTYBANK-INDEX'],
    ['NSE:RELAINCE-EQ', 'NSE:RELIANCE-EQ'],
    ['NFO:NIFTY26DECFUT', 'NSE:NIFTY26DECFUT'],
    ['NIFTY26DECFUT', 'NSE:NIFTY26DECFUT'],
    ['NSE:NIFTY26NOVFUT', 'NSE:NIFTY26DECFUT'],
    ['NSE:NIFTY26DEC24010CE', 'NSE:NIFTY26DEC24000CE'],
    ['NSE:NIFTY26DE24000CE', 'NSE:NIFTY26DEC24000CE'],
    ['NSE:NIFY26DECFUT', 'NSE:NIFTY26DECFUT'],
    ['NSE:INFI-EQ', 'NSE:INFY-EQ'],
  ])('%s is most like %s', (text, symbol) => {
    expect(master.nearest(text, 3, NOW_MS)[0]).toBe(symbol);
  });

  it('names nothing for what is like nothing, and no contract that has ended', () => {
    expect(master.nearest('NSE:QQQQQQQQ-EQ', 3, NOW_MS)).toEqual([]);
    expect(master.nearest('', 3, NOW_MS)).toEqual([]);
    expect(master.nearest('NSE:NIFTY26NOVFUT', 10, NOW_MS)).not.toContain('NSE:NIFTY26NOVFUT');
  });
});

describe('startingWith', () => {
  it('takes a prefix with the exchange and without it', () => {
    expect(master.startingWith('NSE:SBI', 3, NOW_MS)).toEqual(['NSE:SBIN-EQ', 'NSE:SBIN-N5', 'NSE:SBIN26DECFUT']);
    expect(master.startingWith('sbin-', 5, NOW_MS)).toEqual(['NSE:SBIN-EQ', 'BSE:SBIN-A', 'NSE:SBIN-N5']);
    expect(master.startingWith('MC', 9, NOW_MS)).toEqual(
      expect.arrayContaining(['MCX:CRUDEOIL26DECFUT', 'MCX:GOLD26DECFUT']),
    );
    expect(master.startingWith('FOO:', 9, NOW_MS)).toEqual([]);
  });

  it('has some of each character that may follow, where there are too many', () => {
    const first = (prefix: string, limit: number): string[] => [
      ...new Set(master.startingWith(prefix, limit, NOW_MS).map((symbol) => symbol.slice(0, 5))),
    ];
    expect(first('MCX:', 1)).toEqual(['MCX:C', 'MCX:G']);
    expect(first('NSE:', 20).sort()).toEqual(['NSE:B', 'NSE:H', 'NSE:I', 'NSE:M', 'NSE:N', 'NSE:R', 'NSE:S', 'NSE:U']);
    // Both exchanges have some, so that a shell does not type one of them.
    expect(first('S', 2).sort()).toEqual(['BSE:S', 'NSE:S']);
  });

  it('goes on into strikes, and leaves out what has ended', () => {
    expect(master.startingWith('NSE:NIFTY26D01240', 5, NOW_MS)).toEqual([
      'NSE:NIFTY26D0124000CE',
      'NSE:NIFTY26D0124000PE',
      'NSE:NIFTY26D0124050CE',
      'NSE:NIFTY26D0124050PE',
    ]);
    expect(master.startingWith('NSE:SBIN26NOV', 5, NOW_MS)).toEqual([]);
    expect(master.startingWith('NFO:', 5, NOW_MS)).toEqual([]);
  });
});

it("puts MCX before NSE's commodities, of which the contracts of a day end at another hour", () => {
  const both = openMaster([
    fileOf('NSE_COM', [futureLine('NSE_COM', 'CRUDEOIL', '2026-12-17', 1)]),
    fileOf('MCX_COM', [
      futureLine('MCX_COM', 'CRUDEOIL', '2026-12-17', 2).replace(
        /,(\d{10}),MCX/,
        (_, end) => `,${Number(end) + 28_800},MCX`,
      ),
    ]),
  ]);
  const found = both.search({ text: 'crude', limit: 6, nowMs: NOW_MS }).map(({ symbol }) => symbol);
  expect(found).toEqual(['MCX:CRUDEOIL26DECFUT', 'NSE:CRUDEOIL26DECFUT']);
});
