import { z } from 'zod';
import { DEPTH_LEVELS } from './slots.ts';

/*
 * The rows of the contract as schemas: what tickpipe prints, and what others may check it with. Key order is the contract's.
 * Each column carries its meaning, its unit and when it is null; `tickpipe schema`, docs/rows.md and the hub's OpenAPI
 * document are made from them. Prices and counts follow docs/protocol.md; `close` and the derived columns are ours.
 */

/** What the documents say about a column, beside its type. */
export interface ColumnMeta {
  readonly description: string;
  /** `rupees`, `points` of an index, `units` of the instrument, `percent`, `epoch seconds` or `epoch milliseconds`. */
  readonly 'x-unit'?: string;
  /** When the value is null; a column without it never is. */
  readonly 'x-null'?: string;
}

const NOT_GIVEN = 'the feed has given no value';

function meta(description: string, unit?: string, nullWhen?: string): ColumnMeta & Record<string, unknown> {
  return { description, ...(unit && { 'x-unit': unit }), ...(nullWhen && { 'x-null': nullWhen }) };
}

const value = (description: string, unit: string, nullWhen: string) =>
  z
    .number()
    .nullable()
    .meta(meta(description, unit, nullWhen));
const price = (description: string, unit = 'rupees') => value(description, unit, NOT_GIVEN);
const count = (description: string, unit = 'units') => value(description, unit, NOT_GIVEN);
/** Epoch seconds, or ISO 8601 with `--time iso`. */
const seconds = (description: string) =>
  z
    .union([z.number(), z.string()])
    .nullable()
    .meta(meta(description, 'epoch seconds', 'the feed has given no time, or 0'));

const type = <T extends string>(name: T) => z.literal(name).meta(meta('The type of the row.'));
const symbol = z.string().meta(meta('The symbol as FYERS writes it, for example NSE:SBIN-EQ.'));
/** Epoch milliseconds, or ISO 8601 with `--time iso`. */
const receivedAt = z
  .union([z.number(), z.string()])
  .meta(meta('When this machine received the message that made the row.', 'epoch milliseconds'));
const simulated = z
  .literal(true)
  .optional()
  .meta(meta('Present, and last, when the prices come from the simulator. Live rows do not have the key.'));

/** The columns that quotes and indices share, their prices in one unit. */
const lastPrices = (unit: string) => ({
  ltp: price('Last traded price.', unit),
  open: price("The day's first price.", unit),
  high: price("The day's highest price.", unit),
  low: price("The day's lowest price.", unit),
  close: price('Always equal to `ltp`. It is not the official closing price.', unit),
  prev_close: price("The previous session's closing price.", unit),
  change: value('`ltp` minus `prev_close`.', unit, '`ltp` or `prev_close` is null or 0'),
  change_percent: value(
    '`change` in percent of `prev_close`, two decimals.',
    'percent',
    '`ltp` or `prev_close` is null or 0',
  ),
});

export const symbolUpdateSchema = z.strictObject({
  type: type('SymbolUpdate'),
  symbol,
  ...lastPrices('rupees'),
  bid: price('Best price that a buyer offers.'),
  ask: price('Best price that a seller asks.'),
  bid_size: count('Quantity at `bid`.'),
  ask_size: count('Quantity at `ask`.'),
  volume: count('Quantity traded today.'),
  last_qty: count('Quantity of the last trade.'),
  avg_price: price("The day's average price, weighted by quantity."),
  total_buy_qty: count('Quantity of all buy orders.'),
  total_sell_qty: count('Quantity of all sell orders.'),
  oi: count('Open interest of a derivative.'),
  year_high: price('Highest price of the last 52 weeks.'),
  year_low: price('Lowest price of the last 52 weeks.'),
  lower_circuit: price('Lowest price that the exchange accepts today.'),
  upper_circuit: price('Highest price that the exchange accepts today.'),
  last_trade_time: seconds('When the last trade was made, by the exchange.'),
  exchange_time: seconds('When the exchange sent this update.'),
  received_at: receivedAt,
  simulated,
});

export const indexUpdateSchema = z.strictObject({
  type: type('IndexUpdate'),
  symbol,
  ...lastPrices('points'),
  year_high: price('Highest value of the last 52 weeks.', 'points'),
  year_low: price('Lowest value of the last 52 weeks.', 'points'),
  exchange_time: seconds('When the exchange sent this update.'),
  received_at: receivedAt,
  simulated,
});

const levelSchema = z
  .strictObject({
    price: price('Price of the level.'),
    quantity: count('Quantity of all orders of the level.'),
    orders: count('Number of orders of the level.', 'orders'),
  })
  .meta(meta('One price level of the order book.'));
const side = (description: string) => z.array(levelSchema).length(DEPTH_LEVELS).meta(meta(description));

export const depthUpdateSchema = z.strictObject({
  type: type('DepthUpdate'),
  symbol,
  bid: side('The five best levels of buyers, the highest price first.'),
  ask: side('The five best levels of sellers, the lowest price first.'),
  spread: value(
    'Best ask price minus best bid price.',
    'rupees',
    'a best price or its quantity is null or 0, as in a locked circuit',
  ),
  imbalance: value(
    'Bid quantities minus ask quantities, divided by their sum: from -1 (only sellers) to 1 (only buyers), four decimals.',
    'ratio',
    'the sum of all quantities is 0',
  ),
  received_at: receivedAt,
  simulated,
});

export const liteUpdateSchema = z.strictObject({
  type: type('LiteUpdate'),
  symbol,
  ltp: price('Last traded price; the value of an index.', 'rupees, or points of an index'),
  received_at: receivedAt,
  simulated,
});

export const rowSchema = z.discriminatedUnion('type', [
  symbolUpdateSchema,
  indexUpdateSchema,
  depthUpdateSchema,
  liteUpdateSchema,
]);

export type SymbolUpdate = z.infer<typeof symbolUpdateSchema>;
export type IndexUpdate = z.infer<typeof indexUpdateSchema>;
export type DepthUpdate = z.infer<typeof depthUpdateSchema>;
export type LiteUpdate = z.infer<typeof liteUpdateSchema>;
export type DepthLevel = z.infer<typeof levelSchema>;
export type Row = z.infer<typeof rowSchema>;

const at = (description: string) => z.union([z.number(), z.string()]).meta(meta(description, 'epoch milliseconds'));

/** The rows that `--events` prints among the ticks. */
export const gapSchema = z.strictObject({
  type: type('Gap'),
  from: at('When the last data came before the break.'),
  to: at('When data came again. Never before `from`.'),
  reason: z.string().meta(meta('Why no data came, for example `server_closed`.')),
  symbols: z.array(z.string()).meta(meta('The symbols whose ticks may be missing.')),
});

export const statusSchema = z.strictObject({
  type: type('Status'),
  state: z
    .string()
    .meta(
      meta('The new state of the feed: `idle`, `connecting`, `live`, `disconnected`, `waiting_for_token` or `closed`.'),
    ),
  at: at('When the state changed.'),
  reason: z
    .string()
    .nullable()
    .meta(meta('Why the feed left the state before.', undefined, 'there is no reason, as when it goes live')),
});

export const skippedSchema = z.strictObject({
  type: type('Skipped'),
  rows: z.number().meta(meta('How many rows were left out because the reader was slow.', 'rows')),
  at: at('When the reader read on.'),
});

/** Every row that tickpipe prints while it streams, by its type. */
export const ROW_SCHEMAS = {
  SymbolUpdate: symbolUpdateSchema,
  IndexUpdate: indexUpdateSchema,
  DepthUpdate: depthUpdateSchema,
  LiteUpdate: liteUpdateSchema,
  Gap: gapSchema,
  Status: statusSchema,
  Skipped: skippedSchema,
} as const;
export type RowSchemaName = keyof typeof ROW_SCHEMAS;
