import { z } from 'zod';

/*
 * The rows of the contract as schemas: what tickpipe prints and what others may check it with. Prices and counts are
 * numbers, or null where the feed has given no value. Key order is the contract's.
 */

const number = z.number().nullable();
/** Epoch seconds (milliseconds for `received_at`), or ISO 8601 with `--time iso`. */
const time = z.union([z.number(), z.string()]);
const simulated = z.literal(true).optional();

export const symbolUpdateSchema = z.strictObject({
  type: z.literal('SymbolUpdate'),
  symbol: z.string(),
  ltp: number,
  open: number,
  high: number,
  low: number,
  close: number,
  prev_close: number,
  change: number,
  change_percent: number,
  bid: number,
  ask: number,
  bid_size: number,
  ask_size: number,
  volume: number,
  last_qty: number,
  avg_price: number,
  total_buy_qty: number,
  total_sell_qty: number,
  oi: number,
  year_high: number,
  year_low: number,
  lower_circuit: number,
  upper_circuit: number,
  last_trade_time: time.nullable(),
  exchange_time: time.nullable(),
  received_at: time,
  simulated,
});

export const indexUpdateSchema = z.strictObject({
  type: z.literal('IndexUpdate'),
  symbol: z.string(),
  ltp: number,
  open: number,
  high: number,
  low: number,
  close: number,
  prev_close: number,
  change: number,
  change_percent: number,
  year_high: number,
  year_low: number,
  exchange_time: time.nullable(),
  received_at: time,
  simulated,
});

const levelSchema = z.strictObject({ price: number, quantity: number, orders: number });
const side = z.tuple([levelSchema, levelSchema, levelSchema, levelSchema, levelSchema]);

export const depthUpdateSchema = z.strictObject({
  type: z.literal('DepthUpdate'),
  symbol: z.string(),
  bid: side,
  ask: side,
  spread: number,
  imbalance: number,
  received_at: time,
  simulated,
});

export const liteUpdateSchema = z.strictObject({
  type: z.literal('LiteUpdate'),
  symbol: z.string(),
  ltp: number,
  received_at: time,
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
