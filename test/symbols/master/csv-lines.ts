import { DAY_MS } from '../../../src/lib/clock/ist.ts';
import { CsvParser } from '../../../src/lib/symbols/master/csv-parser.ts';
import { MasterFile } from '../../../src/lib/symbols/master/master-file.ts';
import { SOURCE_FILES } from '../../../src/lib/symbols/master/source-files.ts';
import type { ListedInstrument, MasterFileName } from '../../../src/lib/symbols/master/symbol-master.ts';

/** The moment of the tests: Monday, 30 November 2026, 10:00 in India. */
export const NOW_MS = Date.parse('2026-11-30T10:00:00+05:30');

const SEGMENT_DIGITS: Readonly<Record<MasterFileName, string>> = {
  NSE_CM: '1010',
  NSE_FO: '1011',
  NSE_CD: '1012',
  NSE_COM: '1020',
  BSE_CM: '1210',
  BSE_FO: '1211',
  MCX_COM: '1120',
};

/** What a test says of a row. The rest follows. */
export interface RowFacts {
  readonly symbol: string;
  readonly token: number | string;
  readonly name: string;
  readonly underlying?: string;
  readonly code?: number;
  readonly isin?: string;
  /** `YYYY-MM-DD`; it ends at 15:30 in India. */
  readonly expiry?: string;
  readonly strike?: number;
  readonly right?: 'CE' | 'PE';
  readonly lot?: number;
  readonly tick?: number;
}

/** A line of a CSV file as FYERS writes it, without its end. */
export function csvLine(file: MasterFileName, facts: RowFacts): string {
  const {
    symbol,
    token,
    name,
    underlying = '',
    code = 0,
    isin = '',
    expiry,
    strike,
    right,
    lot = 1,
    tick = 0.05,
  } = facts;
  const digits = SEGMENT_DIGITS[file];
  const date = expiry === undefined ? '000000' : expiry.slice(2).replaceAll('-', '');
  const seconds = expiry === undefined ? '' : String(Date.parse(`${expiry}T15:30:00+05:30`) / 1_000);
  const strikeText = strike === undefined ? '-1.0' : Number.isInteger(strike) ? `${strike}.0` : String(strike);
  const cells = [
    `${digits}${date}${token}`,
    name,
    code,
    lot,
    tick,
    isin,
    '0915-1530|1815-1915:',
    '2026-11-30',
    seconds,
    symbol,
    digits.slice(0, 2),
    digits.slice(2),
    token,
    underlying,
    token,
    strikeText,
    right ?? (file === 'BSE_FO' ? '' : 'XX'),
    `${digits}${date}${token}`,
    'None',
    0,
    '0.0',
  ];
  return cells.join(',');
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

function dateInName(expiry: string): string {
  const month = MONTHS[Number(expiry.slice(5, 7)) - 1] as string;
  return `${expiry.slice(8)} ${month[0]}${month.slice(1).toLowerCase()} ${expiry.slice(2, 4)}`;
}

function monthCode(expiry: string): string {
  return `${expiry.slice(2, 4)}${MONTHS[Number(expiry.slice(5, 7)) - 1]}`;
}

/** A future of a month. */
export function futureLine(file: MasterFileName, underlying: string, expiry: string, token: number, lot = 75): string {
  const { exchange } = SOURCE_FILES[file];
  const symbol = `${exchange}:${underlying}${monthCode(expiry)}FUT`;
  const name = `${underlying} ${dateInName(expiry)} FUT`;
  return csvLine(file, { symbol, token, name, underlying, code: 11, expiry, lot });
}

/** An option of a month, or of a week when `week` is what its symbol has for it, as `26D01`. */
export function optionLine(
  file: MasterFileName,
  underlying: string,
  expiry: string,
  strike: number,
  right: 'CE' | 'PE',
  token: number,
  week?: string,
): string {
  const { exchange } = SOURCE_FILES[file];
  const symbol = `${exchange}:${underlying}${week ?? monthCode(expiry)}${strike}${right}`;
  const name = `${underlying} ${dateInName(expiry)} ${strike} ${right}`;
  return csvLine(file, { symbol, token, name, underlying, code: 14, expiry, strike, right, lot: 75 });
}

/** A date some days after another, `YYYY-MM-DD`. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The cached form of some lines. */
export function fileOf(name: MasterFileName, lines: readonly string[]): MasterFile {
  const parser = new CsvParser(name);
  parser.write(Buffer.from(lines.map((line) => `${line}\n`).join('')));
  return fileOfParser(name, parser);
}

export function fileOfParser(name: MasterFileName, parser: CsvParser): MasterFile {
  const { builder } = parser.end();
  const bytes = builder.build({
    name,
    checkedAtMs: NOW_MS,
    fetchedAtMs: NOW_MS,
    etag: undefined,
    lastModified: undefined,
    hasExtras: false,
  });
  const file = MasterFile.read(bytes);
  if (file === undefined) throw new Error('what was just written cannot be read');
  return file;
}

/** All instruments of a file, in its order. */
export function instrumentsOf(file: MasterFile): ListedInstrument[] {
  return Array.from({ length: file.rows }, (_, row) => file.instrumentAt(row));
}
