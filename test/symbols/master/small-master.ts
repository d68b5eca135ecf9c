import { openMaster } from '../../../src/lib/symbols/master/opened-master.ts';
import type { SymbolMaster } from '../../../src/lib/symbols/master/symbol-master.ts';
import { csvLine, fileOf, futureLine, optionLine } from './csv-lines.ts';

const SHARES: readonly (readonly [name: string, company: string, nse: number, bse: number, isin: string])[] = [
  ['SBIN', 'STATE BANK OF INDIA', 3045, 500112, 'INE062A01020'],
  ['RELIANCE', 'RELIANCE INDUSTRIES LTD', 2885, 500325, 'INE002A01018'],
  ['RPOWER', 'RELIANCE POWER LTD.', 15259, 532939, 'INE614G01033'],
  ['M&M', 'MAHINDRA & MAHINDRA LTD', 2031, 500520, 'INE101A01026'],
  ['INFY', 'INFOSYS LIMITED', 1594, 500209, 'INE009A01021'],
  ['HDFCBANK', 'HDFC BANK LTD', 1333, 500180, 'INE040A01034'],
  ['BAJAJ-AUTO', 'BAJAJ AUTO LIMITED', 16669, 532977, 'INE917I01010'],
  ['BSE', 'BSE LIMITED', 19585, 0, 'INE118H01025'],
];
const WEEKS: readonly (readonly [expiry: string, code: string | undefined])[] = [
  ['2026-12-01', '26D01'],
  ['2026-12-08', '26D08'],
  ['2026-12-29', undefined],
  ['2027-01-05', '27105'],
  ['2027-01-26', undefined],
];
const MONTHS = ['2026-11-24', '2026-12-29', '2027-01-26'];

/** A master of a few hundred rows in which everything has its place: what is asked for in the tests of the search. */
export function openSmallMaster(): SymbolMaster {
  let token = 40_000;
  const nseShares = SHARES.map(([name, company, nse, , isin]) =>
    csvLine('NSE_CM', { symbol: `NSE:${name}-EQ`, token: nse, name: company, underlying: name, isin }),
  );
  const bseShares = SHARES.filter(([, , , bse]) => bse !== 0).map(([name, company, , bse, isin]) =>
    csvLine('BSE_CM', { symbol: `BSE:${name}-A`, token: bse, name: company, underlying: name, isin }),
  );
  const indexLine = (file: 'NSE_CM' | 'BSE_CM', symbol: string, underlying: string, number: number): string =>
    csvLine(file, { symbol, token: number, name: symbol.slice(4), underlying, code: 10, lot: 0 });
  const options = (file: 'NSE_FO' | 'BSE_FO', underlying: string, middle: number, step: number): string[] =>
    WEEKS.flatMap(([expiry, code]) =>
      [-2, -1, 0, 1, 2].flatMap((place) =>
        (['CE', 'PE'] as const).map((right) =>
          optionLine(file, underlying, expiry, middle + place * step, right, token++, code),
        ),
      ),
    );
  const futures = (file: 'NSE_FO' | 'BSE_FO' | 'NSE_CD' | 'MCX_COM', underlying: string): string[] =>
    MONTHS.map((expiry) => futureLine(file, underlying, expiry, token++));
  return openMaster([
    fileOf('NSE_CM', [
      ...nseShares,
      csvLine('NSE_CM', { symbol: 'NSE:SBIN-N5', token: 7001, name: 'SBIN 8.5% BOND', underlying: 'SBINN5', code: 2 }),
      csvLine('NSE_CM', {
        symbol: 'NSE:NIFTYBEES-EQ',
        token: 10576,
        name: 'NIP IND ETF NIFTY BEES',
        underlying: 'NIFTYBEES',
        code: 9,
      }),
      indexLine('NSE_CM', 'NSE:NIFTY50-INDEX', 'NIFTY', 26000),
      indexLine('NSE_CM', 'NSE:NIFTYBANK-INDEX', 'BANKNIFTY', 26009),
      indexLine('NSE_CM', 'NSE:NIFTY50 EQL WGT-INDEX', 'NIFTY50 EQL WGT', 26065),
    ]),
    fileOf('NSE_FO', [
      ...['NIFTY', 'BANKNIFTY', 'NIFTYNXT50', 'SBIN', 'RELIANCE', 'M&M'].flatMap((name) => futures('NSE_FO', name)),
      ...options('NSE_FO', 'NIFTY', 24_000, 50),
      ...options('NSE_FO', 'NIFTYNXT50', 24_000, 50),
      ...options('NSE_FO', 'BANKNIFTY', 54_000, 100),
      ...options('NSE_FO', 'SBIN', 880, 2.5),
    ]),
    fileOf('NSE_CD', futures('NSE_CD', 'USDINR')),
    fileOf('BSE_CM', [...bseShares, indexLine('BSE_CM', 'BSE:SENSEX-INDEX', 'SENSEX', 1)]),
    fileOf('BSE_FO', [...futures('BSE_FO', 'SENSEX'), ...options('BSE_FO', 'SENSEX', 82_000, 100)]),
    fileOf(
      'MCX_COM',
      ['CRUDEOIL', 'CRUDEOILM', 'GOLD'].flatMap((name) => futures('MCX_COM', name)),
    ),
  ]);
}
