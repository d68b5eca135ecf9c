import type { FileFacts } from './csv-row.ts';
import type { MasterRow } from './master-row.ts';

const EXCHANGE_TOKEN_AT = 10;
/** How far prices may go in a day: as the ticks of the simulated market say. */
const CIRCUIT = 0.2;
const EXCHANGE_NAMES: Readonly<Record<string, string>> = { '10': 'NSE', '11': 'MCX', '12': 'BSE' };

/**
 * An entry of a `NAME_sym_master.json`: `"SYMBOL": {...}`. Numbers that come from prices are texts in every second row: the live
 * files have both.
 */
export function writeJsonEntry(row: MasterRow, { date, session }: FileFacts): string {
  const { fytoken, expiresAtMs, lotSize, isin } = row;
  const token = fytoken.slice(EXCHANGE_TOKEN_AT);
  const exchange = fytoken.slice(0, 2);
  const isIndex = lotSize === 0;
  const form = Number(token) % 2 === 0 ? (value: number) => String(value) : (value: number) => value;
  const entry = {
    fyToken: fytoken,
    isin,
    exSymbol: row.series === '' ? row.underlying : symbolWithoutSeries(row.symbol),
    symDetails: row.name,
    symTicker: row.symbol,
    exchange: Number(exchange),
    segment: Number(fytoken.slice(2, 4)),
    exSymName: row.name,
    exToken: Number(token),
    exSeries: row.series,
    optType: row.right ?? 'XX',
    underSym: row.underlying,
    underFyTok: row.underlyingFytoken,
    exInstType: row.instrumentType,
    minLotSize: form(exchange === '11' || fytoken.startsWith('1012') || fytoken.startsWith('1020') ? 1 : lotSize),
    tickSize: row.tickSize,
    tradingSession: session,
    lastUpdate: date,
    expiryDate: expiresAtMs === undefined ? '' : String(expiresAtMs / 1_000),
    strikePrice: row.strike ?? -1,
    qtyFreeze: '',
    tradeStatus: 1,
    currencyCode: 'INR',
    upperPrice: form(isIndex ? 0 : roundToTick(row.previousClose * (1 + CIRCUIT), row.tickSize)),
    lowerPrice: form(isIndex ? 0 : roundToTick(row.previousClose * (1 - CIRCUIT), row.tickSize)),
    faceValue: form(isin === '' ? 0 : 1),
    qtyMultiplier: form(isIndex ? 1 : lotSize),
    previousClose: form(row.previousClose),
    previousOi: form(expiresAtMs === undefined ? 0 : lotSize * (Number(token) % 5_000)),
    asmGsmVal: '',
    exchangeName: EXCHANGE_NAMES[exchange] ?? '',
    symbolDesc: row.name,
    originalExpDate: null,
    is_mtf_tradable: isin === '' ? 0 : 1,
    mtf_margin: isin === '' ? 0 : 3.7,
    stream: isin === '' ? '' : 'Group 1',
  };
  return `${JSON.stringify(row.symbol)}: ${JSON.stringify(entry)}`;
}

function symbolWithoutSeries(symbol: string): string {
  const name = symbol.slice(symbol.indexOf(':') + 1);
  return name.slice(0, name.lastIndexOf('-'));
}

/** On the grid of ticks, without the noise of binary fractions. */
function roundToTick(price: number, tickSize: number): number {
  return Number((Math.round(price / tickSize) * tickSize).toFixed(4));
}
