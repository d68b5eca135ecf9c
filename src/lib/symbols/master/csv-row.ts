import { isIndexSymbol, isSymbol } from '../../market/symbols.ts';
import { SEGMENTS } from '../../market/topics.ts';
import type { SourceFile } from './source-files.ts';
import type { InstrumentType, ListedInstrument, OptionRight } from './symbol-master.ts';

/** Columns of FYERS' CSV, which has no header and no quotes. */
const COLUMNS = 21;
const FYTOKEN = /^\d{11,30}$/;
const ISIN = /^[A-Z]{2}[A-Z0-9]{9}\d$/;
const SESSION = /^[0-9|:-]{4,100}$/;
/** A name longer than this is not one. */
const MAX_NAME_CHARACTERS = 200;
const MAX_UNDERLYING_CHARACTERS = 60;
/** Instrument types of FYERS that are indices: of shares, and of the currency market. */
const INDEX_CODES: ReadonlySet<string> = new Set(['10', '24']);
/** 2000 and 2100 in epoch seconds: another expiry is not one. */
const FIRST_EXPIRY = 946_684_800;
const LAST_EXPIRY = 4_102_444_800;
/** What would change how a terminal shows the line: control, direction and invisible characters, and bytes that are no UTF-8. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}\ufffd]/gu;
/** Runs of blanks, and blanks of other kinds. */
const WHITE_SPACE = /\s{2,}|[^\S ]/g;
const HAS_UNPRINTABLE = new RegExp(UNPRINTABLE.source, 'u');

/**
 * The instrument of one line of a CSV file; `undefined` for a line that has another number of columns, holds a NUL, has no
 * symbol, or is of another exchange or segment than its file.
 */
export function readRow(line: string, { exchange, segment, lotsInJson }: SourceFile): ListedInstrument | undefined {
  const cells = line.split(',');
  if (cells.length !== COLUMNS || line.includes('\0')) return undefined;
  const [fytoken, name, code, lot, tick, isin, session] = cells as [string, ...string[]] & Record<number, string>;
  const symbol = cells[9] as string;
  if (!FYTOKEN.test(fytoken) || SEGMENTS[fytoken.slice(0, 4)] !== segment) return undefined;
  if (!symbol.startsWith(`${exchange}:`) || !isSymbol(symbol)) return undefined;
  const expiry = readExpiry(cells[8] as string);
  const right = readRight(cells[16] as string);
  const type = typeOf(symbol, code as string, segment.endsWith('_cm'), right, expiry);
  const isContract = type === 'future' || type === 'option';
  const underlying = clean(cells[13] as string).toUpperCase();
  return {
    symbol,
    name: clean(name as string) || symbol,
    exchange,
    segment,
    type,
    isin: ISIN.test(isin as string) ? (isin as string) : null,
    underlying: underlying !== '' && underlying.length <= MAX_UNDERLYING_CHARACTERS ? underlying : null,
    expiresAtMs: isContract && expiry !== undefined ? expiry * 1000 : null,
    strike: type === 'option' ? readPositive(cells[15] as string) : null,
    right: type === 'option' ? (right ?? null) : null,
    lotSize: lotsInJson || type === 'index' ? null : readPositive(lot as string),
    tickSize: readPositive(tick as string),
    session: SESSION.test(session as string) ? (session as string) : null,
    fytoken,
    isActive: null,
  };
}

/** What stands in a derivative market and is no contract is the price of an underlying. */
function typeOf(
  symbol: string,
  code: string,
  isCash: boolean,
  right: OptionRight | undefined,
  expiry: number | undefined,
): InstrumentType {
  if (isIndexSymbol(symbol) || INDEX_CODES.has(code)) return 'index';
  if (isCash) return 'equity';
  if (expiry === undefined) return 'index';
  return right === undefined ? 'future' : 'option';
}

function clean(text: string): string {
  const printable = HAS_UNPRINTABLE.test(text) ? text.replace(UNPRINTABLE, '') : text;
  return printable.replace(WHITE_SPACE, ' ').trim().slice(0, MAX_NAME_CHARACTERS).trimEnd();
}

function readRight(text: string): OptionRight | undefined {
  return text === 'CE' || text === 'PE' ? text : undefined;
}

/** Epoch seconds. */
function readExpiry(text: string): number | undefined {
  const seconds = text === '' ? Number.NaN : Number(text);
  return Number.isInteger(seconds) && seconds >= FIRST_EXPIRY && seconds <= LAST_EXPIRY ? seconds : undefined;
}

/** Lots, ticks and strikes are more than 0; the file has 0 or -1 where there is none. */
function readPositive(text: string): number | null {
  const value = text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) && value > 0 ? value : null;
}
