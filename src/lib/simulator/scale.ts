import type { Scale } from '../market/price.ts';
import type { Listing } from './listings.ts';

/** One share has another multiplier, so that a client which forgets it is found out. */
const MULTIPLIED = new Map([['NSE:IDEA-EQ', 100]]);

/** Two decimals; currency futures tick in 0.0025, and come like that under a multiplier of 100, as the live server sends them. */
export function scaleOf(listing: Pick<Listing, 'symbol' | 'tickSize'>): Scale {
  const hasFourDecimals = Math.round(listing.tickSize * 10_000) % 100 !== 0;
  return { multiplier: MULTIPLIED.get(listing.symbol) ?? (hasFourDecimals ? 100 : 1), precision: 2 };
}

/** A price in rupees as the wire has it, on the grid of ticks. */
export function rawPrice(price: number, tickSize: number, scale: Scale): number {
  const rawTick = rawTickSize(tickSize, scale);
  return Math.round((price * scale.multiplier * 10 ** scale.precision) / rawTick) * rawTick;
}

export function rawTickSize(tickSize: number, scale: Scale): number {
  return Math.max(1, Math.round(tickSize * scale.multiplier * 10 ** scale.precision));
}
