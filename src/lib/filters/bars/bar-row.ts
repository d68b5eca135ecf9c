import { isNumeric, type NumericColumn, numberOf } from '../../market/column-value.ts';
import { COLUMNS } from '../../market/columns.ts';
import type { Kind } from '../../market/kinds.ts';
import type { Tick } from '../../market/tick.ts';

/** What bars are made of. Depth has no last price. */
export type BarKind = Exclude<Kind, 'depth'>;

/**
 * The numbers of a row that bars are made of; NaN where there is none. One object for all rows: nothing is allocated for a row.
 * Prices in rupees or points, times in epoch seconds.
 */
export class BarRow {
  kind: BarKind = 'symbol';
  price = Number.NaN;
  /** Cumulative volume of the day. */
  volume = Number.NaN;
  /** When the last trade was made: of an index its own time, of a lite row when it was received. */
  time = Number.NaN;
  exchangeTime = Number.NaN;
  dayHigh = Number.NaN;
  dayLow = Number.NaN;
  oi = Number.NaN;
  /** Epoch milliseconds. */
  receivedAt = Number.NaN;

  /** Takes over a tick. */
  read(kind: BarKind, { state }: Tick): void {
    const columns = BAR_COLUMNS[kind];
    this.kind = kind;
    this.receivedAt = state.receivedAt;
    this.price = numberOf(columns.ltp, state) ?? Number.NaN;
    if (kind === 'lite') {
      this.volume = this.dayHigh = this.dayLow = this.oi = this.exchangeTime = Number.NaN;
      this.time = Math.floor(this.receivedAt / 1_000);
      return;
    }
    this.exchangeTime = numberOf(columns.exchangeTime, state) ?? Number.NaN;
    this.dayHigh = numberOf(columns.high, state) || Number.NaN;
    this.dayLow = numberOf(columns.low, state) || Number.NaN;
    if (kind === 'index') {
      this.volume = this.oi = Number.NaN;
      this.time = this.exchangeTime;
      return;
    }
    this.volume = numberOf(columns.volume, state) ?? Number.NaN;
    this.oi = numberOf(columns.oi, state) ?? Number.NaN;
    this.time = numberOf(columns.lastTradeTime, state) ?? Number.NaN;
  }
}

/** Columns of a kind by name; the price where a kind does not have one, which is not read then. */
function columnsOf(kind: BarKind) {
  const find = (name: string): NumericColumn => {
    const columns = COLUMNS[kind].filter(isNumeric);
    return columns.find((column) => column.name === name) ?? (columns[0] as NumericColumn);
  };
  return {
    ltp: find('ltp'),
    high: find('high'),
    low: find('low'),
    volume: find('volume'),
    oi: find('oi'),
    lastTradeTime: find('last_trade_time'),
    exchangeTime: find('exchange_time'),
  };
}

const BAR_COLUMNS = { symbol: columnsOf('symbol'), index: columnsOf('index'), lite: columnsOf('lite') } as const;
