import { defineRecord, numberColumn, textColumn } from './record-type.ts';

const NOT_A_CONTRACT = 'it is not a contract';
const NOT_AN_OPTION = 'it is not an option';

/** One instrument of the symbol master. */
export const SYMBOL = defineRecord({
  name: 'Symbol',
  printedBy: '`symbols search`, `symbols show` and `symbols chain`',
  columns: {
    symbol: textColumn('The symbol as FYERS writes it: what every other command takes.'),
    name: textColumn('The name of the company, index or contract.', { rank: 1 }),
    exchange: textColumn('The exchange.', { values: ['NSE', 'BSE', 'MCX'], isHidden: true }),
    segment: textColumn(
      'The segment of the exchange, by its name on the data socket: `nse_cm` are the shares of NSE.',
      {
        isHidden: true,
      },
    ),
    kind: textColumn('What it is.', { values: ['equity', 'index', 'future', 'option'], rank: 2 }),
    isin: textColumn('The ISIN of a share.', { nullWhen: 'it has none, as indices and contracts', rank: 7 }),
    underlying: textColumn('What a contract is on; the short name of a share or index itself.', {
      nullWhen: 'the master does not say it',
      rank: 5,
    }),
    expiry: textColumn('The last day of a contract in India, `YYYY-MM-DD`.', { nullWhen: NOT_A_CONTRACT, rank: 4 }),
    strike: numberColumn('The strike price.', { nullWhen: NOT_AN_OPTION, unit: 'rupees or points', rank: 4 }),
    right: textColumn('Call or put.', { nullWhen: NOT_AN_OPTION, values: ['CE', 'PE'], rank: 4 }),
    lot_size: numberColumn('How many units one lot has.', {
      nullWhen: 'the master does not say it; for commodities and currencies only its JSON files do',
      unit: 'units',
      rank: 3,
    }),
    tick_size: numberColumn('The smallest change of the price.', {
      nullWhen: 'the master does not say it',
      unit: 'rupees or points',
      rank: 6,
    }),
    session: textColumn('The trading hours of a day in India, `09:15-15:30`.', {
      nullWhen: 'the master does not say it',
      rank: 8,
    }),
    topic: textColumn('Its topic on the data socket: of its quotes, or of its values for an index.', {
      nullWhen: 'the data socket has no topic for it',
      isHidden: true,
    }),
  },
  sample: {
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
    tick_size: 0.1,
    session: '09:15-15:30',
    topic: 'sf|nse_cm|3045',
  },
});

/** What a refresh did with one file of the symbol master. */
export const MASTER_FILE = defineRecord({
  name: 'MasterFile',
  printedBy: '`symbols refresh`, one for each file',
  columns: {
    file: textColumn('The file, by the name that FYERS gives it.', {
      values: ['NSE_CM', 'NSE_FO', 'NSE_CD', 'NSE_COM', 'BSE_CM', 'BSE_FO', 'MCX_COM'],
    }),
    status: textColumn(
      'What came of it. `updated`: a new content was fetched. `unchanged`: the server confirmed the cached one. `kept`: it failed and the cached one stays. `missing`: it failed and there is none.',
      { values: ['updated', 'unchanged', 'kept', 'missing'] },
    ),
    rows: numberColumn('How many instruments the cached file has.', { unit: 'rows' }),
    checked_at: textColumn('When the server confirmed this content last, ISO 8601 in IST.', {
      nullWhen: 'the file is missing',
    }),
  },
  sample: { file: 'NSE_FO', status: 'updated', rows: 89_412, checked_at: '2026-11-30T08:41:07.512+05:30' },
});
