import { EXCHANGE_TOKEN_AT } from '../../market/topics.ts';
import { SOURCE_FILES } from '../../symbols/master/source-files.ts';
import { onGrid } from './contract-block.ts';
import type { FileFacts } from './csv-row.ts';
import type { MasterRow } from './master-row.ts';

/** How far prices may go in a day: as the ticks of the simulated market say. */
const CIRCUIT = 0.2;

/**
 * An entry of a `NAME_sym_master.json`: `"SYMBOL": {...}`. Numbers that come from prices are texts in every second row: the live
 * files have both.
 */
export function writeJsonEntry(row: MasterRow, { file, date, session }: FileFacts): string {
  const { fytoken, expiresAtMs, lotSize, isin } = row;
  const token = fytoken.slice(EXCHANGE_TOKEN_AT);
  const { exchange, lotsInJson } = SOURCE_FILES[file];
  const isIndex = lotSize === 0;
  const form = Number(token) % 2 === 0 ? (value: number) => String(value) : (value: number) => value;
  const entry = {
    fyToken: fytoken,
    isin,
    exSymbol: row.series === '' ? row.underlying : symbolWithoutSeries(row.symbol),
    symDetails: row.name,
    symTicker: row.symbol,
    exchange: Number(fytoken.slice(0, 2)),
    segment: Number(fytoken.slice(2, 4)),
    exSymName: row.name,
    exToken: Number(token),
    exSeries: row.series,
    optType: row.right ?? 'XX',
    underSym: row.underlying,
    underFyTok: row.underlyingFytoken,
    exInstType: row.instrumentType,
    minLotSize: form(lotsInJson ? 1 : lotSize),
    tickSize: row.tickSize,
    tradingSession: session,
    lastUpdate: date,
    expiryDate: expiresAtMs === undefined ? '' : String(expiresAtMs / 1_000),
    strikePrice: row.strike ?? -1,
    qtyFreeze: '',
    tradeStatus: 1,
    currencyCode: 'INR',
    upperPrice: form(isIndex ? 0 : onGrid(row.previousClose * (1 + CIRCUIT), row.tickSize)),
    lowerPrice: form(isIndex ? 0 : onGrid(row.previousClose * (1 - CIRCUIT), row.tickSize)),
    faceValue: form(isin === '' ? 0 : 1),
    qtyMultiplier: form(isIndex ? 1 : lotSize),
    previousClose: form(row.previousClose),
    previousOi: form(expiresAtMs === undefined ? 0 : lotSize * (Number(token) % 5_000)),
    asmGsmVal: '',
    exchangeName: exchange,
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
