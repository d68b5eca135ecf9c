import type { Segment } from '../../market/topics.ts';
import { type SessionHours, usualSessions } from '../../market/trading-hours.ts';
import type { MasterFileName } from '../../symbols/master/symbol-master.ts';

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

/** Which file holds an instrument, by the first four digits of its fytoken. */
export const FILE_OF_SEGMENT: Readonly<Record<string, MasterFileName>> = {
  '1010': 'NSE_CM',
  '1011': 'NSE_FO',
  '1012': 'NSE_CD',
  '1020': 'NSE_COM',
  '1120': 'MCX_COM',
  '1210': 'BSE_CM',
  '1211': 'BSE_FO',
};

export const SEGMENT_OF_FILE: Readonly<Record<MasterFileName, Segment>> = {
  NSE_CM: 'nse_cm',
  NSE_FO: 'nse_fo',
  NSE_CD: 'cde_fo',
  NSE_COM: 'nse_com',
  BSE_CM: 'bse_cm',
  BSE_FO: 'bse_fo',
  MCX_COM: 'mcx_fo',
};

/** The session column: the hours of a day, and those of the evening of Muhurat. @param date `YYYY-MM-DD` in IST */
export function sessionColumn(segment: Segment, date: string): string {
  const [open, close] = usualSessions(segment, date)[0] as SessionHours;
  return `${clockDigits(open)}-${clockDigits(close)}|1815-1915:`;
}

function clockDigits(timeMs: number): string {
  const minutes = timeMs / 60_000;
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}${String(minutes % 60).padStart(2, '0')}`;
}
