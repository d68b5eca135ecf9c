import type { Listing } from './listings.ts';

/** How prices of an instrument travel: raw = price x multiplier x 10^precision. */
export interface Scale {
  readonly multiplier: number;
  readonly precision: number;
}

/** One instrument has another multiplier, so that a client which forgets it is found out. */
const MULTIPLIED = new Map([['NSE:IDEA-EQ', 100]]);

/** Two decimals, four in currency. */
export function scaleOf(listing: Pick<Listing, 'symbol' | 'tickSize'>): Scale {
  const fourDecimals = Math.round(listing.tickSize * 10_000) % 100 !== 0;
  return { multiplier: MULTIPLIED.get(listing.symbol) ?? 1, precision: fourDecimals ? 4 : 2 };
}

/** A price in rupees as the wire has it, on the grid of ticks. */
export function rawPrice(price: number, tickSize: number, scale: Scale): number {
  const rawTick = rawTickSize(tickSize, scale);
  return Math.round((price * scale.multiplier * 10 ** scale.precision) / rawTick) * rawTick;
}

export function rawTickSize(tickSize: number, scale: Scale): number {
  return Math.max(1, Math.round(tickSize * scale.multiplier * 10 ** scale.precision));
}
