import { isIndexSymbol, normalizeSymbol } from '../market/symbols.ts';
import { bareIndexName, type Instrument, instrumentOf } from '../market/topics.ts';
import {
  equityListing,
  type IndexListing,
  indexListing,
  knownIndices,
  type Listing,
  wellKnownListings,
} from './listings.ts';
import { SeededRandom, seedFor } from './random.ts';

/** Made-up instruments that are there without being asked for: as many as one connection carries. */
export const DEFAULT_GENERATED = 5_000;

/** Exchange tokens of generated and of added instruments begin here; real ones are below. */
const FIRST_GENERATED_TOKEN = 1_000_000;
const FIRST_ADDED_TOKEN = 2_000_000;
const MAX_GENERATED = 100_000;
/** Known to the symbol lookup, but clients call its feed by another name: subscribed, it never ticks. */
const SILENT_INDEX = 'NSE:SIMSILENT-INDEX';
const GENERATED_SYMBOL = /^NSE:SIM(\d{4,6})-EQ$/;
const GENERATED_PLACE = /^nse_cm\|(1\d{6})$/;

/** What there is to trade: everything well known, and what the user asked for. */
export interface UniverseOptions {
  /** How many instruments to make up: `NSE:SIM0001-EQ` and so on. At most 100,000. */
  readonly generated?: number;
  /** Symbols to make known beside the well-known ones, in any spelling. Malformed ones throw `MALFORMED_SYMBOL`. */
  readonly symbols?: readonly string[];
}

/** A listing with its place at the exchange. */
export type Listed =
  | { readonly kind: 'instrument'; readonly listing: Listing; readonly instrument: Instrument }
  | { readonly kind: 'index'; readonly listing: IndexListing; readonly instrument: Instrument };

/** Looks symbols and topics up. The market creates an instrument when it is first asked for. */
export class Universe {
  readonly #bySymbol = new Map<string, Listed>();
  /** By `segment|feed name`. The first symbol of a shared feed name stands for all. */
  readonly #byPlace = new Map<string, Listed>();
  readonly #generated: number;

  constructor(options: UniverseOptions = {}) {
    for (const listing of wellKnownListings()) this.#addInstrument(listing);
    for (const listing of knownIndices()) this.#addIndex(listing);
    this.#addIndex(indexListing(SILENT_INDEX, 'SIM SILENT', 900));
    this.#generated = Math.min(options.generated ?? 0, MAX_GENERATED);
    for (const [position, text] of (options.symbols ?? []).entries()) this.#addSymbol(normalizeSymbol(text), position);
  }

  bySymbol(symbol: string): Listed | undefined {
    return this.#bySymbol.get(symbol) ?? this.#generate(symbol, Number(GENERATED_SYMBOL.exec(symbol)?.[1]));
  }

  /** @param place `segment|feed name`, what follows the kind in a topic */
  byPlace(place: string): Listed | undefined {
    const known = this.#byPlace.get(place);
    if (known !== undefined) return known;
    const number = Number(GENERATED_PLACE.exec(place)?.[1]) - FIRST_GENERATED_TOKEN;
    return this.#generate(generatedSymbol(number), number);
  }

  /** The well-known and the added ones, without the generated ones. */
  get symbols(): IterableIterator<string> {
    return this.#bySymbol.keys();
  }

  /** Made-up instruments are listed when first asked for: most never are. */
  #generate(symbol: string, number: number): Listed | undefined {
    if (!(number >= 1 && number <= this.#generated) || symbol !== generatedSymbol(number)) return undefined;
    this.#addInstrument(equityListing(symbol, cashToken('NSE', FIRST_GENERATED_TOKEN + number), madeUpPrice(symbol)));
    return this.#bySymbol.get(symbol);
  }

  #addSymbol(symbol: string, position: number): void {
    if (this.#bySymbol.has(symbol)) return;
    if (isIndexSymbol(symbol)) this.#addIndex(indexListing(symbol, bareIndexName(symbol), 1_000 + position));
    else this.#addInstrument(addedListing(symbol, FIRST_ADDED_TOKEN + position));
  }

  #addInstrument(listing: Listing): void {
    const instrument = instrumentOf(listing.symbol, listing.fytoken);
    if (instrument !== undefined) this.#add(listing.symbol, { kind: 'instrument', listing, instrument });
  }

  #addIndex(listing: IndexListing): void {
    const instrument = instrumentOf(listing.symbol, listing.fytoken, listing.feedName);
    if (instrument !== undefined) this.#add(listing.symbol, { kind: 'index', listing, instrument });
  }

  #add(symbol: string, listed: Listed): void {
    this.#bySymbol.set(symbol, listed);
    const place = `${listed.instrument.segment}|${listed.instrument.feedName}`;
    const known = this.#byPlace.get(place);
    // Of the symbols that share a feed name, one that people know gives the value.
    const knowsMore = listed.kind === 'index' && known?.kind === 'index' && known.listing.previousClose === undefined;
    if (known === undefined || knowsMore) this.#byPlace.set(place, listed);
  }
}

/** The name of the n-th generated instrument, from 1. */
export function generatedSymbol(number: number): string {
  return `NSE:SIM${String(number).padStart(4, '0')}-EQ`;
}

function cashToken(exchange: 'NSE' | 'BSE', token: number): string {
  return `${exchange === 'NSE' ? '1010' : '1210'}000000${token}`;
}

/** An instrument that was asked for: a contract when its name ends like one, else a share. */
function addedListing(symbol: string, token: number): Listing {
  const price = madeUpPrice(symbol);
  const isMcx = symbol.startsWith('MCX:');
  if (isMcx || /\d(?:FUT|CE|PE)$/.test(symbol)) {
    const segment = isMcx ? '1120' : symbol.startsWith('BSE:') ? '1211' : '1011';
    const fytoken = `${segment}261229${token}`;
    return { symbol, fytoken, previousClose: price, tickSize: 0.05, lotSize: 50, temper: 'trading' };
  }
  return equityListing(symbol, cashToken(symbol.startsWith('BSE:') ? 'BSE' : 'NSE', token), price);
}

/** 20 to 4,000 rupees, the same whatever the seed of the market. */
function madeUpPrice(symbol: string): number {
  const random = new SeededRandom(seedFor(0, symbol));
  return Math.round(20 * 200 ** random.between(0, 1) * 10) / 10;
}
