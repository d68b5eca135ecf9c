import type { Segment } from '../../market/topics.ts';
import { type SessionHours, usualSessions } from '../../market/trading-hours.ts';
import { MASTER_FILES, type MasterFileName } from '../../symbols/master/symbol-master.ts';

/** FYERS' numbers for kinds of instruments. */
export const INSTRUMENT_TYPE = {
  equity: 0,
  index: 10,
  indexFuture: 11,
  stockFuture: 13,
  indexOption: 14,
  stockOption: 15,
  currencyFuture: 16,
  currencyOption: 19,
  commodityFuture: 30,
  commodityOption: 31,
} as const;

/** One instrument with all that the two files say of it. Prices are rupees. */
export interface MasterRow {
  readonly symbol: string;
  readonly fytoken: string;
  readonly name: string;
  readonly instrumentType: number;
  /** What one lot has, also where the CSV hides it. 0 for an index. */
  readonly lotSize: number;
  readonly tickSize: number;
  /** Empty for what has none. */
  readonly isin: string;
  /** The moment at which a contract ends, epoch milliseconds. */
  readonly expiresAtMs: number | undefined;
  readonly underlying: string;
  /** The exchange token of the underlying, and its fytoken. */
  readonly underlyingToken: string;
  readonly underlyingFytoken: string;
  readonly strike: number | undefined;
  readonly right: 'CE' | 'PE' | undefined;
  /** `EQ` and so on for shares, empty for others. */
  readonly series: string;
  readonly previousClose: number;
}

/** The first four digits of the fytokens of a file: exchange and segment. */
export const SEGMENT_DIGITS: Readonly<Record<MasterFileName, string>> = {
  NSE_CM: '1010',
  NSE_FO: '1011',
  NSE_CD: '1012',
  NSE_COM: '1020',
  MCX_COM: '1120',
  BSE_CM: '1210',
  BSE_FO: '1211',
};

/** Which file holds an instrument; undefined for a segment that has none. */
export function fileOfFytoken(fytoken: string): MasterFileName | undefined {
  return MASTER_FILES.find((file) => fytoken.startsWith(SEGMENT_DIGITS[file]));
}

/** The session column: the hours of a day, and those of the evening of Muhurat. @param date `YYYY-MM-DD` in IST */
export function sessionColumn(segment: Segment, date: string): string {
  const [open, close] = usualSessions(segment, date)[0] as SessionHours;
  return `${clockDigits(open)}-${clockDigits(close)}|1815-1915:`;
}

function clockDigits(timeMs: number): string {
  const minutes = timeMs / 60_000;
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}${String(minutes % 60).padStart(2, '0')}`;
}
