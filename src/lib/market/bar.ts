/** How the interval of a bar is given: a length of time such as `1m`, the session `1d`, so many trades `500t`, so much volume `100000v`. */
export type BarInterval = string;

/**
 * Open, high, low and close of the trades of one symbol in an interval, as rows of type `Bar` give them; keys in the order of the
 * contract. Prices in rupees, or points of an index. It is made of the broker's snapshots, not of every trade.
 */
export interface Bar {
  readonly symbol: string;
  readonly interval: BarInterval;
  /** Epoch seconds, inclusive. Of a tick or volume bar: its first trade. */
  readonly start: number;
  /** Epoch seconds, exclusive. Of a tick or volume bar: its last trade. */
  readonly end: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Quantity traded in the bar; null for an index and for last prices, which have no volume. */
  readonly volume: number | null;
  /** Average price, weighted by quantity; null without volume. */
  readonly vwap: number | null;
  /** How many rows showed a trade. */
  readonly ticks: number;
  readonly oi: number | null;
  /** False while the bar is forming. */
  readonly final: boolean;
  /** Whether a part of the interval was not seen. */
  readonly partial: boolean;
  /** How long the feed gave nothing within the bar, milliseconds. */
  readonly gap_ms: number;
  /** Of the last row that touched the bar, epoch milliseconds. */
  readonly received_at: number;
  /** The bar's time is the receiver's: its rows have no exchange time. */
  readonly clock?: 'received';
  /** Volume that was traded during or before a gap, whose place is not known. */
  readonly gap_volume?: number;
  /** The day's high or low changed at a time that is not known. */
  readonly extreme_unplaced?: true;
  /** The bar was printed before, and this is its better version: 1 and up. */
  readonly revision?: number;
  /** The bar is the broker's own candle. */
  readonly source?: 'history';
  /** Prices are the simulator's. The last key. */
  readonly simulated?: true;
}
