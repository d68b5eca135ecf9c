import { describe, expect, it } from 'vitest';
import { completeSymbol, completeUnderlying } from '../../../src/lib/cli/completion/listed-symbols.ts';
import { openMaster } from '../../../src/lib/symbols/master/opened-master.ts';
import { csvLine, fileOf, futureLine, NOW_MS } from '../../symbols/master/csv-lines.ts';
import { openSmallMaster } from '../../symbols/master/small-master.ts';

const master = openSmallMaster();
const texts = (typed: string): string[] => completeSymbol(master, typed, NOW_MS, true).map(({ text }) => text);

describe('the symbols that begin with a text', () => {
  it.each([
    ['NSE:SBIN-', ['NSE:SBIN-EQ', 'NSE:SBIN-N5']],
    ['nse:sbin-e', ['NSE:SBIN-EQ']],
    ['infy-', ['NSE:INFY-EQ', 'BSE:INFY-A']],
    ['NSE:M&M-', ['NSE:M&M-EQ']],
    ['NSE:NIFTY50 E', ['NSE:NIFTY50 EQL WGT-INDEX']],
    ['NFO:', []],
    ['ZZZ', []],
    ['NSE:SBIN-EQ:', []],
    [':', []],
  ])('%j', (typed, expected) => expect(texts(typed)).toEqual(expected));

  it('are the exchanges before the first letter', () => {
    expect(completeSymbol(master, '', NOW_MS, true)).toEqual([
      { text: 'NSE:', isOpen: true },
      { text: 'BSE:', isOpen: true },
      { text: 'MCX:', isOpen: true },
    ]);
  });

  it('are also names that begin as an exchange does', () => {
    expect(texts('M')).toEqual(expect.arrayContaining(['MCX:', 'NSE:M&M-EQ', 'BSE:M&M-A']));
    expect(texts('BSE')).toEqual(['BSE:', 'NSE:BSE-EQ']);
  });

  it('have the name of the instrument beside them', () => {
    expect(completeSymbol(master, 'NSE:INFY-', NOW_MS, true)).toEqual([
      { text: 'NSE:INFY-EQ', summary: 'INFOSYS LIMITED' },
    ]);
    expect(completeSymbol(master, 'NSE:INFY-', NOW_MS, false)).toEqual([{ text: 'NSE:INFY-EQ' }]);
  });

  it('are never so many that a shell asks whether to list them', () => {
    for (const typed of ['N', 'B', 'NSE:', 'NSE:NIFTY', 'S']) expect(texts(typed).length).toBeLessThan(100);
  });
});

describe('the underlyings that begin with a text', () => {
  const names = (typed: string): string[] => completeUnderlying(master, typed, NOW_MS, true).map(({ text }) => text);

  it('have contracts', () => {
    expect(names('NIF')).toEqual(['NIFTY', 'NIFTYNXT50']);
    expect(names('crude')).toEqual(['CRUDEOIL', 'CRUDEOILM']);
    expect(names('INFY')).toEqual([]);
    expect(names('')).toEqual([]);
  });

  it('are found among many symbols that begin alike', () => {
    const indices = Array.from({ length: 120 }, (_, n) =>
      csvLine('NSE_CM', { symbol: `NSE:NIFTY${n}-INDEX`, token: n + 1, name: `NIFTY${n}`, code: 10 }),
    );
    const future = futureLine('NSE_FO', 'NIFTY', '2026-12-29', 4711);
    const crowded = openMaster([fileOf('NSE_CM', indices), fileOf('NSE_FO', [future])]);
    expect(completeUnderlying(crowded, 'nif', NOW_MS, true)).toEqual([{ text: 'NIFTY' }]);
  });

  it('may be given as symbols', () => expect(names('NSE:NIFTY50-')).toEqual(['NSE:NIFTY50-INDEX']));
});
