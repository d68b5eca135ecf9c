import { EXCHANGE_TOKEN_AT } from '../../market/topics.ts';
import { SOURCE_FILES } from '../../symbols/master/source-files.ts';
import type { MasterFileName } from '../../symbols/master/symbol-master.ts';
import type { MasterRow } from './master-row.ts';

/** What is the same for all rows of a file on a day. */
export interface FileFacts {
  readonly file: MasterFileName;
  /** `YYYY-MM-DD`, in IST. */
  readonly date: string;
  readonly session: string;
}

/** A row of a `NAME.csv`: 21 columns, nothing quoted, a line end after it. */
export function writeCsvRow(row: MasterRow, { file, date, session }: FileFacts): string {
  const { fytoken, expiresAtMs, strike, right } = row;
  const expiry = expiresAtMs === undefined ? '' : String(expiresAtMs / 1_000);
  const isDerivative = expiresAtMs !== undefined;
  const columns = [
    fytoken,
    row.name,
    row.instrumentType,
    SOURCE_FILES[file].lotsInJson ? 1 : row.lotSize,
    writeFloat(row.tickSize),
    row.isin,
    session,
    date,
    expiry,
    row.symbol,
    fytoken.slice(0, 2),
    fytoken.slice(2, 4),
    fytoken.slice(EXCHANGE_TOKEN_AT),
    row.underlying,
    row.underlyingToken,
    strike === undefined ? '-1.0' : writeFloat(strike),
    // The file of BSE's derivatives says nothing where the others have XX.
    right ?? (file === 'BSE_FO' ? '' : 'XX'),
    row.underlyingFytoken,
    file === 'MCX_COM' && isDerivative ? expiry : 'None',
    row.isin === '' ? 0 : 1,
    row.isin === '' ? '0.0' : '3.7',
  ];
  return `${columns.join(',')}\n`;
}

/** A number as Python writes a float: with a point. */
function writeFloat(value: number): string {
  const text = String(value);
  return Number.isInteger(value) ? `${text}.0` : text;
}
