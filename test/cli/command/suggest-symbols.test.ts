import { describe, expect, test } from 'vitest';
import {
  describeSuggestions,
  type KnownSymbols,
  ListedSymbols,
  suggestSymbols,
} from '../../../src/lib/cli/command/suggest-symbols.ts';
import { Universe } from '../../../src/lib/simulator/universe.ts';
import { listIndexSymbols } from '../../../src/lib/symbols/index-names.ts';

const INDICES = new ListedSymbols(listIndexSymbols());
const SIMULATOR = new ListedSymbols(new Universe().symbols);
const suggest = (text: string, ...known: KnownSymbols[]): string[] => suggestSymbols(text, known, 3);

describe('with the table of index names alone', () => {
  test.each([
    ['NIFTY', 'NSE:NIFTY50-INDEX'],
    ['nifty50', 'NSE:NIFTY50-INDEX'],
    ['Nifty 50', 'NSE:NIFTY50-INDEX'],
    ['BANKNIFTY', 'NSE:NIFTYBANK-INDEX'],
    ['NSE:BANKNIFTY-INDEX', 'NSE:NIFTYBANK-INDEX'],
    ['NSE:NIFTY-INDEX', 'NSE:NIFTY50-INDEX'],
    ['NSE:NIFTYBNK-INDEX', 'NSE:NIFTYBANK-INDEX'],
    ['nse:finnifty', 'NSE:FINNIFTY-INDEX'],
    ['SENSEX', 'BSE:SENSEX-INDEX'],
    ['NSE:SENSEX-INDEX', 'BSE:SENSEX-INDEX'],
    ['India VIX', 'NSE:INDIAVIX-INDEX'],
    ['NSE_INDEX:NIFTY', 'NSE:NIFTY50-INDEX'],
    ['NSE:NIFTY50\u2013INDEX', 'NSE:NIFTY50-INDEX'],
    ['"NSE:NIFTYIT"', 'NSE:NIFTYIT-INDEX'],
    ['NSE:NIFTY50EQLWGT-INDEX', 'NSE:NIFTY50 EQL WGT-INDEX'],
  ])('%s means %s', (text, meant) => expect(suggest(text, INDICES)[0]).toBe(meant));

  test.each(['NSE:TITN-EQ', 'NSE:ITT-EQ', 'TITN', 'NSE:NOPE-EQ', '', ':', 'NSE:', '-', '\u0000', 'x'.repeat(500)])(
    '%j is nothing like an index',
    (text) => expect(suggest(text, INDICES)).toEqual([]),
  );
});

describe('with the universe of the simulator', () => {
  test.each([
    ['SBIN', 'NSE:SBIN-EQ'],
    ['sbin', 'NSE:SBIN-EQ'],
    ['NSE:SBIN', 'NSE:SBIN-EQ'],
    ['SBIN-EQ', 'NSE:SBIN-EQ'],
    ['SBIN.NS', 'NSE:SBIN-EQ'],
    ['BSE:SBIN-EQ', 'BSE:SBIN-A'],
    ['NSE:RELAINCE-EQ', 'NSE:RELIANCE-EQ'],
    ['NSE:RELIANCE-BE', 'NSE:RELIANCE-EQ'],
    ['NSE:BAJAJ-AUTO', 'NSE:BAJAJ-AUTO-EQ'],
    ['NSE:SIBN-EQ', 'NSE:SBIN-EQ'],
    ['M&M', 'NSE:M&M-EQ'],
    ['BANKNIFTY', 'NSE:NIFTYBANK-INDEX'],
  ])('%s means %s', (text, meant) => expect(suggest(text, SIMULATOR)).toContain(meant));

  test.each(['NSE:SBIN-EQ', ' nse:sbin-eq ', 'NSE:NIFTY50-INDEX'])('%j itself is never meant', (text) => {
    expect(suggest(text, SIMULATOR)).not.toContain(text.trim().toUpperCase());
  });

  test('a contract under the name that other programs give its segment', () => {
    const future = [...new Universe().symbols].find((symbol) => symbol.endsWith('FUT')) as string;
    expect(suggest(future.replace(/^[A-Z]+:/, future.startsWith('MCX') ? 'MCX_FO:' : 'NFO:'), SIMULATOR)).toEqual([
      future,
    ]);
  });

  test('a name of four letters with two mistakes is another name', () => {
    expect(suggest('NSE:NOPE-EQ', SIMULATOR)).toEqual([]);
  });
});

test('words are searched where they can be', () => {
  const words: KnownSymbols = { has: () => false, nearest: () => [], search: (text) => [`found ${text}`] };
  expect(suggest('state bank', INDICES, words)).toEqual(['found STATE BANK']);
  expect(suggest('NSE:STATEBANK-EQ', words)).toEqual([]);
});

test.each([
  [[], undefined],
  [['A'], 'did you mean A?'],
  [['A', 'B'], 'did you mean A or B?'],
  [['A', 'B', 'C'], 'did you mean A, B or C?'],
])('%j: %s', (symbols, text) => expect(describeSuggestions(symbols)).toBe(text));
