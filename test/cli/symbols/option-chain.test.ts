import { expect, test } from 'vitest';
import { optionsOf } from '../../../src/lib/cli/symbols/option-chain.ts';
import type { Exchange, ListedInstrument } from '../../../src/lib/symbols/master/symbol-master.ts';
import { NOW_MS } from '../../symbols/master/csv-lines.ts';
import { openSmallMaster } from '../../symbols/master/small-master.ts';

const NSE = openSmallMaster().contractsOf('SBIN', NOW_MS);
/** The same as they would trade elsewhere. */
const at = (exchange: Exchange, segment: ListedInstrument['segment']): ListedInstrument[] =>
  NSE.map((one) => ({ ...one, exchange, segment }));
const segmentsOf = (contracts: readonly ListedInstrument[], exchange?: Exchange): string[] => [
  ...new Set(optionsOf(contracts, exchange).map(({ segment }) => segment)),
];

test('a name with options on several exchanges means those of shares at NSE, of commodities at MCX', () => {
  expect(segmentsOf([...at('BSE', 'bse_fo'), ...NSE])).toEqual(['nse_fo']);
  expect(segmentsOf([...at('NSE', 'nse_com'), ...at('MCX', 'mcx_fo')])).toEqual(['mcx_fo']);
  expect(segmentsOf([...at('BSE', 'bcs_fo'), ...at('NSE', 'cde_fo')])).toEqual(['cde_fo']);
});

test('a symbol means the options of its exchange, if that has some', () => {
  expect(segmentsOf([...at('BSE', 'bse_fo'), ...NSE], 'BSE')).toEqual(['bse_fo']);
  expect(segmentsOf([...at('NSE', 'nse_com'), ...at('MCX', 'mcx_fo')], 'NSE')).toEqual(['nse_com']);
  expect(segmentsOf(NSE, 'BSE')).toEqual(['nse_fo']);
});

test('futures are no options', () => {
  expect(NSE.some(({ type }) => type === 'future')).toBe(true);
  expect(optionsOf(NSE, undefined).filter(({ type }) => type !== 'option')).toEqual([]);
  expect(optionsOf([], undefined)).toEqual([]);
});
