import { MASTER_FILES, type MasterFileName } from '../../../src/lib/symbols/master/symbol-master.ts';
import { addDays, csvLine, futureLine, optionLine } from './csv-lines.ts';

const WORDS =
  'STATE BANK,RELIANCE,TATA,ADANI,BAJAJ,HINDUSTAN,INDIAN OIL,GODREJ,MAHINDRA,LARSEN,APOLLO,BHARAT,CENTRAL,EASTERN,GUJARAT,KERALA,MYSORE,ORIENT,PUNJAB,SUNDARAM'.split(
    ',',
  );
const TRADES =
  'STEEL LTD,FINANCE LIMITED,INDUSTRIES LTD,POWER LTD,CHEMICALS LTD,MOTORS LTD,PHARMA LIMITED,CEMENT LTD,SUGAR MILLS LTD,INFRA LTD'.split(
    ',',
  );

/** A master of about so many rows, file by file, as CSV: the full size is 160,000. */
export function generateMaster(rows: number): Record<MasterFileName, string> {
  const files = Object.fromEntries(MASTER_FILES.map((name) => [name, [] as string[]])) as Record<
    MasterFileName,
    string[]
  >;
  let token = 30_000;
  const share = Math.round(rows * 0.07);
  for (let n = 0; n < share; n++) {
    const code = `X${n.toString(36).toUpperCase()}${(WORDS[n % 20] as string).slice(0, 4).trim()}`;
    const name = `${WORDS[n % 20]} ${n.toString(36).toUpperCase()} ${TRADES[(n >> 4) % 10]}`;
    const isin = `INE${String(n).padStart(6, '0')}010${n % 10}`.slice(0, 11) + (n % 10);
    files.NSE_CM.push(
      csvLine('NSE_CM', {
        symbol: `NSE:${code}-${n % 8 === 0 ? 'BE' : 'EQ'}`,
        token: token++,
        name,
        underlying: code,
        isin,
      }),
    );
    files.BSE_CM.push(
      csvLine('BSE_CM', {
        symbol: `BSE:${code}-${n % 3 === 0 ? 'A' : 'B'}`,
        token: 500_000 + n,
        name,
        underlying: code,
        isin,
      }),
    );
  }
  files.NSE_CM.push(
    csvLine('NSE_CM', {
      symbol: 'NSE:SBIN-EQ',
      token: 3045,
      name: 'STATE BANK OF INDIA',
      underlying: 'SBIN',
      isin: 'INE062A01020',
    }),
    csvLine('NSE_CM', {
      symbol: 'NSE:M&M-EQ',
      token: 2031,
      name: 'MAHINDRA & MAHINDRA LTD',
      underlying: 'M&M',
      isin: 'INE101A01026',
    }),
    csvLine('NSE_CM', {
      symbol: 'NSE:RELIANCE-EQ',
      token: 2885,
      name: 'RELIANCE INDUSTRIES LTD',
      underlying: 'RELIANCE',
      isin: 'INE002A01018',
    }),
    csvLine('NSE_CM', {
      symbol: 'NSE:NIFTY50-INDEX',
      token: 26000,
      name: 'NIFTY50-INDEX',
      underlying: 'NIFTY',
      code: 10,
    }),
    csvLine('NSE_CM', {
      symbol: 'NSE:NIFTYBANK-INDEX',
      token: 26009,
      name: 'NIFTYBANK-INDEX',
      underlying: 'BANKNIFTY',
      code: 10,
    }),
    csvLine('NSE_CM', {
      symbol: 'NSE:NIFTY50 EQL WGT-INDEX',
      token: 26065,
      name: 'NIFTY50 EQL WGT-INDEX',
      underlying: 'NIFTY50 EQL WGT',
      code: 10,
    }),
  );
  files.BSE_CM.push(
    csvLine('BSE_CM', {
      symbol: 'BSE:SBIN-A',
      token: 500112,
      name: 'STATE BANK OF INDIA',
      underlying: 'SBIN',
      isin: 'INE062A01020',
    }),
  );
  const months = ['2026-12-29', '2027-01-26', '2027-02-23'];
  const fill = (
    file: MasterFileName,
    underlyings: readonly string[],
    expiries: readonly string[],
    wanted: number,
    weekly: boolean,
  ): void => {
    const steps = Math.max(4, Math.round(wanted / (underlyings.length * expiries.length * 2)));
    for (const [at, underlying] of underlyings.entries()) {
      for (const month of months) files[file].push(futureLine(file, underlying, month, token++));
      for (const expiry of expiries) {
        const middle = underlying === 'NIFTY' ? 24_000 : 1_000 + at * 100;
        const week =
          weekly && !months.includes(expiry)
            ? `${expiry.slice(2, 4)}${'123456789OND'[Number(expiry.slice(5, 7)) - 1]}${expiry.slice(8)}`
            : undefined;
        for (let step = 0; step < steps; step++) {
          const strike = middle + (step - (steps >> 1)) * 50;
          if (strike <= 0) continue;
          files[file].push(
            optionLine(file, underlying, expiry, strike, 'CE', token++, week),
            optionLine(file, underlying, expiry, strike, 'PE', token++, week),
          );
        }
      }
    }
  };
  const stocks = [
    'SBIN',
    'RELIANCE',
    'M&M',
    ...Array.from(
      { length: 200 },
      (_, n) => `X${n.toString(36).toUpperCase()}${(WORDS[n % 20] as string).slice(0, 4).trim()}`,
    ),
  ];
  const weeks = [...Array.from({ length: 10 }, (_, week) => addDays('2026-12-01', week * 7)), ...months.slice(1)];
  fill('NSE_FO', ['NIFTY', 'BANKNIFTY', 'FINNIFTY', 'MIDCPNIFTY', 'NIFTYNXT50'], weeks, rows * 0.08, true);
  fill('NSE_FO', stocks, months, rows * 0.42, false);
  fill('BSE_FO', ['SENSEX', 'BANKEX', 'SENSEX50'], weeks, rows * 0.16, true);
  fill('NSE_CD', ['USDINR', 'EURINR', 'GBPINR', 'JPYINR'], weeks, rows * 0.06, true);
  fill(
    'MCX_COM',
    ['CRUDEOIL', 'CRUDEOILM', 'GOLD', 'GOLDM', 'SILVER', 'NATURALGAS', 'COPPER', 'ZINC'],
    months,
    rows * 0.13,
    false,
  );
  fill('NSE_COM', ['GOLDM'], months, 50, false);
  return Object.fromEntries(MASTER_FILES.map((name) => [name, `${files[name].join('\n')}\n`])) as Record<
    MasterFileName,
    string
  >;
}
