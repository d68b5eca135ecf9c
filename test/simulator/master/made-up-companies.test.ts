import { expect, it } from 'vitest';
import { knownCompanies } from '../../../src/lib/simulator/master/company-names.ts';
import { isinOf } from '../../../src/lib/simulator/master/isin.ts';
import {
  MAX_COMPANIES,
  madeUpNumber,
  madeUpNumberOfToken,
  madeUpShare,
} from '../../../src/lib/simulator/master/made-up-companies.ts';
import { isIsin } from './is-isin.ts';

it('an ISIN has the check digit of real ones', () => {
  expect(isinOf('INE062A0102')).toBe('INE062A01020');
  expect(isinOf('US037833100')).toBe('US0378331005');
  expect(isIsin('INE062A01021')).toBe(false);
  expect(isIsin('INE062A0102')).toBe(false);
});

it('every ISIN of a well-known company is one', () => {
  const isins = [...knownCompanies().values()].map(({ isin }) => isin).filter((isin) => isin !== '');
  expect(isins.length).toBeGreaterThan(50);
  expect(isins.filter((isin) => !isIsin(isin))).toEqual([]);
  expect(new Set(isins).size).toBe(isins.length);
});

it('each made-up company has a symbol, a token and an ISIN of its own', () => {
  const symbols = new Set<string>();
  const isins = new Set<string>();
  for (let number = 0; number < MAX_COMPANIES; number++) {
    const { underlying, isin } = madeUpShare('NSE', number);
    symbols.add(underlying);
    isins.add(isin);
  }
  expect([symbols.size, isins.size]).toEqual([MAX_COMPANIES, MAX_COMPANIES]);
});

it('a made-up share is found again by its symbol and by its token', () => {
  for (let number = 0; number < MAX_COMPANIES; number += 977) {
    for (const exchange of ['NSE', 'BSE'] as const) {
      const share = madeUpShare(exchange, number);
      expect(share.symbol).toMatch(/^(?:NSE:[A-Z]+-(?:EQ|BE|SM)|BSE:[A-Z]+-(?:A|B|X|T|XT|M))$/);
      expect(isIsin(share.isin)).toBe(true);
      expect(madeUpNumber(share.symbol)).toBe(number);
      expect(madeUpNumberOfToken(exchange, Number(share.fytoken.slice(10)))).toBe(number);
    }
  }
});

it('a company has one name and one ISIN on both exchanges', () => {
  const [nse, bse] = [madeUpShare('NSE', 4_711), madeUpShare('BSE', 4_711)];
  expect([bse.name, bse.isin]).toEqual([nse.name, nse.isin]);
  expect(nse.name).toMatch(/^[A-Z]+ [A-Z ]+ (?:\([A-Z]+\) )?LTD$/);
});

it.each([
  'NSE:SBIN-EQ',
  'NSE:AARAVCHEM',
  'NSE:AARAVCHEM-XX',
  'NSE:AARAVCHEMXXX-EQ',
  'MCX:AARAVCHEM-EQ',
  'AARAVCHEM-EQ',
  '',
])('%j is no made-up share', (symbol) => expect(madeUpNumber(symbol)).toBeUndefined());
