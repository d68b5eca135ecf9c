import { type Instrument, instrumentOf } from '../market/topics.ts';
import type { IndexListing, Listing } from './listings.ts';

/** A listing with its place at the exchange. */
export type Listed =
  | { readonly kind: 'instrument'; readonly listing: Listing; readonly instrument: Instrument }
  | { readonly kind: 'index'; readonly listing: IndexListing; readonly instrument: Instrument };

/** Undefined for a listing whose fytoken names no segment that we know. */
export function listedInstrument(listing: Listing): Listed | undefined {
  const instrument = instrumentOf(listing.symbol, listing.fytoken);
  return instrument && { kind: 'instrument', listing, instrument };
}
