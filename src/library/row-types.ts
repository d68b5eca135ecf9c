/*
 * Made from src/lib/market/rows.ts by `npm run docs`: declarations that need no other package.
 * `Time` is `number` in rows of a feed. In rows that were printed with `--time iso` times are texts: `Row<string>`.
 */

/** One level of the order book. */
export interface DepthLevel {
  /** Price of the level. Unit: rupees. Null: the feed has given no value. */
  readonly price: number | null;
  /** Quantity of all orders of the level. Unit: units. Null: the feed has given no value. */
  readonly quantity: number | null;
  /** Number of orders of the level. Unit: orders. Null: the feed has given no value. */
  readonly orders: number | null;
}

export interface SymbolUpdate<Time extends number | string = number> {
  /** The type of the row. */
  readonly type: 'SymbolUpdate';
  /** The symbol as FYERS writes it, for example NSE:SBIN-EQ. */
  readonly symbol: string;
  /** Last traded price. Unit: rupees. Null: the feed has given no value. */
  readonly ltp: number | null;
  /** The day's first price. Unit: rupees. Null: the feed has given no value. */
  readonly open: number | null;
  /** The day's highest price. Unit: rupees. Null: the feed has given no value. */
  readonly high: number | null;
  /** The day's lowest price. Unit: rupees. Null: the feed has given no value. */
  readonly low: number | null;
  /** Always equal to `ltp`. It is not the official closing price. Unit: rupees. Null: the feed has given no value. */
  readonly close: number | null;
  /** The previous session's closing price. Unit: rupees. Null: the feed has given no value. */
  readonly prev_close: number | null;
  /** `ltp` minus `prev_close`. Unit: rupees. Null: `ltp` or `prev_close` is null or 0. */
  readonly change: number | null;
  /** `change` in percent of `prev_close`, two decimals. Unit: percent. Null: `ltp` or `prev_close` is null or 0. */
  readonly change_percent: number | null;
  /** Best price that a buyer offers. Unit: rupees. Null: the feed has given no value. */
  readonly bid: number | null;
  /** Best price that a seller asks. Unit: rupees. Null: the feed has given no value. */
  readonly ask: number | null;
  /** Quantity at `bid`. Unit: units. Null: the feed has given no value. */
  readonly bid_size: number | null;
  /** Quantity at `ask`. Unit: units. Null: the feed has given no value. */
  readonly ask_size: number | null;
  /** Quantity traded today. Unit: units. Null: the feed has given no value. */
  readonly volume: number | null;
  /** Quantity of the last trade. Unit: units. Null: the feed has given no value. */
  readonly last_qty: number | null;
  /** The day's average price, weighted by quantity. Unit: rupees. Null: the feed has given no value. */
  readonly avg_price: number | null;
  /** Quantity of all buy orders. Unit: units. Null: the feed has given no value. */
  readonly total_buy_qty: number | null;
  /** Quantity of all sell orders. Unit: units. Null: the feed has given no value. */
  readonly total_sell_qty: number | null;
  /** Open interest of a derivative. Unit: units. Null: the feed has given no value. */
  readonly oi: number | null;
  /** Highest price of the last 52 weeks. Unit: rupees. Null: the feed has given no value. */
  readonly year_high: number | null;
  /** Lowest price of the last 52 weeks. Unit: rupees. Null: the feed has given no value. */
  readonly year_low: number | null;
  /** Lowest price that the exchange accepts today. Unit: rupees. Null: the feed has given no value. */
  readonly lower_circuit: number | null;
  /** Highest price that the exchange accepts today. Unit: rupees. Null: the feed has given no value. */
  readonly upper_circuit: number | null;
  /** When the last trade was made, by the exchange. Unit: epoch seconds. Null: the feed has given no time, or 0. */
  readonly last_trade_time: Time | null;
  /** When the exchange sent this update. Unit: epoch seconds. Null: the feed has given no time, or 0. */
  readonly exchange_time: Time | null;
  /** When this machine received the message that made the row. Unit: epoch milliseconds. */
  readonly received_at: Time;
  /** Present, and last, when the prices come from the simulator. Live rows do not have the key. */
  readonly simulated?: true | undefined;
}

export interface IndexUpdate<Time extends number | string = number> {
  /** The type of the row. */
  readonly type: 'IndexUpdate';
  /** The symbol as FYERS writes it, for example NSE:SBIN-EQ. */
  readonly symbol: string;
  /** Last traded price. Unit: points. Null: the feed has given no value. */
  readonly ltp: number | null;
  /** The day's first price. Unit: points. Null: the feed has given no value. */
  readonly open: number | null;
  /** The day's highest price. Unit: points. Null: the feed has given no value. */
  readonly high: number | null;
  /** The day's lowest price. Unit: points. Null: the feed has given no value. */
  readonly low: number | null;
  /** Always equal to `ltp`. It is not the official closing price. Unit: points. Null: the feed has given no value. */
  readonly close: number | null;
  /** The previous session's closing price. Unit: points. Null: the feed has given no value. */
  readonly prev_close: number | null;
  /** `ltp` minus `prev_close`. Unit: points. Null: `ltp` or `prev_close` is null or 0. */
  readonly change: number | null;
  /** `change` in percent of `prev_close`, two decimals. Unit: percent. Null: `ltp` or `prev_close` is null or 0. */
  readonly change_percent: number | null;
  /** Highest value of the last 52 weeks. Unit: points. Null: the feed has given no value. */
  readonly year_high: number | null;
  /** Lowest value of the last 52 weeks. Unit: points. Null: the feed has given no value. */
  readonly year_low: number | null;
  /** When the exchange sent this update. Unit: epoch seconds. Null: the feed has given no time, or 0. */
  readonly exchange_time: Time | null;
  /** When this machine received the message that made the row. Unit: epoch milliseconds. */
  readonly received_at: Time;
  /** Present, and last, when the prices come from the simulator. Live rows do not have the key. */
  readonly simulated?: true | undefined;
}

export interface DepthUpdate<Time extends number | string = number> {
  /** The type of the row. */
  readonly type: 'DepthUpdate';
  /** The symbol as FYERS writes it, for example NSE:SBIN-EQ. */
  readonly symbol: string;
  /** The five best levels of buyers, the highest price first. */
  readonly bid: readonly DepthLevel[];
  /** The five best levels of sellers, the lowest price first. */
  readonly ask: readonly DepthLevel[];
  /** Best ask price minus best bid price. Unit: rupees. Null: a best price or its quantity is null or 0, as in a locked circuit. */
  readonly spread: number | null;
  /** Bid quantities minus ask quantities, divided by their sum: from -1 (only sellers) to 1 (only buyers), four decimals. Unit: ratio. Null: the sum of all quantities is 0. */
  readonly imbalance: number | null;
  /** When this machine received the message that made the row. Unit: epoch milliseconds. */
  readonly received_at: Time;
  /** Present, and last, when the prices come from the simulator. Live rows do not have the key. */
  readonly simulated?: true | undefined;
}

export interface LiteUpdate<Time extends number | string = number> {
  /** The type of the row. */
  readonly type: 'LiteUpdate';
  /** The symbol as FYERS writes it, for example NSE:SBIN-EQ. */
  readonly symbol: string;
  /** Last traded price; the value of an index. Unit: rupees, or points of an index. Null: the feed has given no value. */
  readonly ltp: number | null;
  /** When this machine received the message that made the row. Unit: epoch milliseconds. */
  readonly received_at: Time;
  /** Present, and last, when the prices come from the simulator. Live rows do not have the key. */
  readonly simulated?: true | undefined;
}

export interface GapRow<Time extends number | string = number> {
  /** The type of the row. */
  readonly type: 'Gap';
  /** When the last data came before the break. Unit: epoch milliseconds. */
  readonly from: Time;
  /** When data came again. Never before `from`. Unit: epoch milliseconds. */
  readonly to: Time;
  /** Why no data came, for example `server_closed`. */
  readonly reason: string;
  /** The symbols whose ticks may be missing. */
  readonly symbols: readonly string[];
}

export interface StatusRow<Time extends number | string = number> {
  /** The type of the row. */
  readonly type: 'Status';
  /** The new state of the feed: `idle`, `connecting`, `live`, `disconnected`, `waiting_for_token` or `closed`. */
  readonly state: string;
  /** When the state changed. Unit: epoch milliseconds. */
  readonly at: Time;
  /** Why the feed left the state before. Null: there is no reason, as when it goes live. */
  readonly reason: string | null;
}

export interface SkippedRow<Time extends number | string = number> {
  /** The type of the row. */
  readonly type: 'Skipped';
  /** How many rows were left out because the reader was slow. Unit: rows. */
  readonly rows: number;
  /** When the reader read on. Unit: epoch milliseconds. */
  readonly at: Time;
}

/** A row of a tick. The four types differ in `type`. */
export type Row<Time extends number | string = number> =
  | SymbolUpdate<Time>
  | IndexUpdate<Time>
  | DepthUpdate<Time>
  | LiteUpdate<Time>;

/** A bar (`tickpipe schema Bar`). Columns of indicators are further keys. */
export interface Bar<Time extends number | string = number> {
  /** The type of the row. */
  readonly type: 'Bar';
  /** The symbol as FYERS writes it. */
  readonly symbol: string;
  /** How long the bar is: `1m`, `1h`, `1d` for the session, `500t` for so many trades, `100000v` for so much volume. */
  readonly interval: string;
  /** When the interval begins. Of a tick or volume bar: its first trade. Unit: epoch seconds. */
  readonly start: Time;
  /** When the interval ends; a trade at that time is in the next bar. Of a tick or volume bar: its last trade. Unit: epoch seconds. */
  readonly end: Time;
  /** Price of the first trade. Unit: rupees or points. */
  readonly open: number;
  /** Highest price. Unit: rupees or points. */
  readonly high: number;
  /** Lowest price. Unit: rupees or points. */
  readonly low: number;
  /** Price of the last trade. Unit: rupees or points. */
  readonly close: number;
  /** Quantity traded in the bar. Unit: units. Null: the bar is of an index or of last prices, which have no volume. */
  readonly volume: number | null;
  /** Average price, weighted by quantity. Unit: rupees. Null: nothing was traded in the bar, or there is no volume. */
  readonly vwap: number | null;
  /** How many rows showed a trade. Unit: rows. */
  readonly ticks: number;
  /** Open interest at the last row of the bar. Unit: units. Null: the symbol has none. */
  readonly oi: number | null;
  /** Whether the bar has ended; false while it is forming. */
  readonly final: boolean;
  /** Whether a part of the interval was not seen. */
  readonly partial: boolean;
  /** How long the feed gave nothing within the bar. Unit: milliseconds. */
  readonly gap_ms: number;
  /** When the last row of the bar was received. Unit: epoch milliseconds. */
  readonly received_at: Time;
  /** Set where the rows have no exchange time: the bar is by the time at which they were received. */
  readonly clock?: string | undefined;
  /** Quantity traded during or before a gap, of which nobody knows the interval. It is not in `volume`. Unit: units. */
  readonly gap_volume?: number | undefined;
  /** Set where the day's high or low changed at a time that is not known. */
  readonly extreme_unplaced?: boolean | undefined;
  /** Set where the bar was printed before: 1 and up, each a better version. Unit: versions. */
  readonly revision?: number | undefined;
  /** Set where the bar is the broker's own candle. */
  readonly source?: string | undefined;
  /** Set where the prices are simulated. */
  readonly simulated?: boolean | undefined;
}

/** Rows about the stream, which `--events` prints among the ticks. */
export type ControlRow<Time extends number | string = number> = GapRow<Time> | StatusRow<Time> | SkippedRow<Time>;
