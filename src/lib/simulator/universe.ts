import { isIndexSymbol, normalizeSymbol } from '../market/symbols.ts';
import { bareIndexName, instrumentOf } from '../market/topics.ts';
import indexNames from '../symbols/index-names.json' with { type: 'json' };
import { SOURCE_FILES } from '../symbols/master/source-files.ts';
import { MASTER_FILES, type MasterFileName } from '../symbols/master/symbol-master.ts';
import { SeededRandom, seedFor } from './chance/random.ts';
import { type Listed, listedInstrument } from './listed.ts';
import {
  equityListing,
  type IndexListing,
  indexListing,
  knownIndices,
  type Listing,
  wellKnownListings,
  wellKnownLots,
  wellKnownShares,
} from './listings.ts';
import { MadeUpListings } from './master/made-up-listings.ts';
import { fileOfFytoken, type MasterRow } from './master/master-row.ts';
import { DEFAULT_MASTER_ROWS, MAX_GENERATED, type UniverseOptions } from './universe-options.ts';

/** Exchange tokens of generated and of added instruments begin here; real ones are below. */
const FIRST_GENERATED_TOKEN = 1_000_000;
const FIRST_ADDED_TOKEN = 2_000_000;
/** Known to the symbol lookup, but clients call its feed by another name: subscribed, it never ticks. */
const SILENT_INDEX = 'NSE:SIMSILENT-INDEX';
/** In the index table that the simulator serves, and not in the one that tickpipe brings along. */
const UNBUNDLED_INDEX = 'NSE:SIMNEWINDEX-INDEX';
const UNBUNDLED_FEED_NAME = 'Sim New Index';
const GENERATED_SYMBOL = /^NSE:SIM(\d{4,6})-EQ$/;
const GENERATED_PLACE = /^nse_cm\|(1\d{6})$/;

/** Looks symbols and topics up. The market creates an instrument when it is first asked for. */
export class Universe {
  readonly #bySymbol = new Map<string, Listed>();
  /** By `segment|feed name`. The first symbol of a shared feed name stands for all. */
  readonly #byPlace = new Map<string, Listed>();
  readonly #generated: number;
  readonly #masterRows: number;
  readonly #date: string | undefined;
  #madeUp: MadeUpListings | undefined;

  /** @param date today, `YYYY-MM-DD` in IST: made-up contracts end after it; without it nothing is made up to fill the symbol master */
  constructor(options: UniverseOptions = {}, date?: string) {
    for (const listing of wellKnownListings()) this.#addInstrument(listing);
    for (const listing of knownIndices()) this.#addIndex(listing);
    this.#addIndex(indexListing(SILENT_INDEX, 'SIM SILENT', 900));
    this.#addIndex(indexListing(UNBUNDLED_INDEX, UNBUNDLED_FEED_NAME, 901));
    this.#generated = Math.min(options.generated ?? 0, MAX_GENERATED);
    this.#masterRows = options.masterRows ?? DEFAULT_MASTER_ROWS;
    this.#date = date;
    for (const [position, text] of (options.symbols ?? []).entries()) this.#addSymbol(normalizeSymbol(text), position);
  }

  bySymbol(symbol: string): Listed | undefined {
    return (
      this.#bySymbol.get(symbol) ??
      this.#generate(symbol, Number(GENERATED_SYMBOL.exec(symbol)?.[1])) ??
      listedOf(this.madeUp?.findBySymbol(symbol))
    );
  }

  /** @param place `segment|feed name`, what follows the kind in a topic */
  byPlace(place: string): Listed | undefined {
    const known = this.#byPlace.get(place);
    if (known !== undefined) return known;
    const number = Number(GENERATED_PLACE.exec(place)?.[1]) - FIRST_GENERATED_TOKEN;
    return this.#generate(generatedSymbol(number), number) ?? this.#makeUp(place);
  }

  /** What is listed in a file of the symbol master, without `madeUp`. Generated ones are made when their turn comes. */
  *listedIn(file: MasterFileName): Generator<Listed> {
    for (const symbol of this.#named) {
      const listed = this.#bySymbol.get(symbol);
      if (listed !== undefined && fileOfFytoken(listed.listing.fytoken) === file) yield listed;
    }
    if (file !== 'NSE_CM') return;
    for (let number = 1; number <= this.#generated; number++) {
      const listed = listedInstrument(generatedListing(number));
      if (listed !== undefined) yield listed;
    }
  }

  /** Names all that the symbol master depends on. */
  get version(): string {
    return [this.#date, this.#masterRows, this.#generated, ...this.#named].join(' ');
  }

  /** The feed names of indices, as FYERS' table of them. */
  get indexTable(): Readonly<Record<string, string>> {
    return { ...indexNames, [UNBUNDLED_INDEX]: UNBUNDLED_FEED_NAME };
  }

  /** The well-known and the added ones, without the generated ones. */
  get symbols(): IterableIterator<string> {
    return this.#bySymbol.keys();
  }

  /** Made-up instruments are listed when first asked for: most never are. */
  #generate(symbol: string, number: number): Listed | undefined {
    if (!(number >= 1 && number <= this.#generated) || symbol !== generatedSymbol(number)) return undefined;
    this.#addInstrument(generatedListing(number));
    return this.#bySymbol.get(symbol);
  }

  /** The symbols that are listed under names of their own. */
  get #named(): string[] {
    return [...this.#bySymbol.keys()].filter((symbol) => !this.#isGenerated(symbol));
  }

  #isGenerated(symbol: string): boolean {
    return Number(GENERATED_SYMBOL.exec(symbol)?.[1]) <= this.#generated;
  }

  /** What fills the symbol master up. Most simulations never need it. */
  get madeUp(): MadeUpListings | undefined {
    if (this.#date === undefined) return undefined;
    this.#madeUp ??= new MadeUpListings({
      date: this.#date,
      rows: this.#masterRows,
      listed: new Set(this.#named),
      listedUnnamed: this.#generated,
      find: (symbol) => {
        const listing = this.#bySymbol.get(symbol)?.listing;
        return listing && { fytoken: listing.fytoken, previousClose: listing.previousClose ?? 0 };
      },
      stocks: wellKnownShares(),
      lots: wellKnownLots(),
    });
    return this.#madeUp;
  }

  #makeUp(place: string): Listed | undefined {
    const bar = place.indexOf('|');
    const file = MASTER_FILES.find((name) => SOURCE_FILES[name].segment === place.slice(0, bar));
    const token = place.slice(bar + 1);
    if (file === undefined || !/^[1-9]\d{0,8}$/.test(token)) return undefined;
    return listedOf(this.madeUp?.findByToken(file, Number(token)));
  }

  #addSymbol(symbol: string, position: number): void {
    if (this.bySymbol(symbol) !== undefined) return;
    if (isIndexSymbol(symbol)) this.#addIndex(indexListing(symbol, bareIndexName(symbol), 1_000 + position));
    else this.#addInstrument(addedListing(symbol, FIRST_ADDED_TOKEN + position));
  }

  #addInstrument(listing: Listing): void {
    const listed = listedInstrument(listing);
    if (listed !== undefined) this.#add(listing.symbol, listed);
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

/** A made-up row of the symbol master as something that trades. */
function listedOf(row: MasterRow | undefined): Listed | undefined {
  return row && listedInstrument({ ...row, temper: 'trading' });
}

function generatedListing(number: number): Listing {
  const symbol = generatedSymbol(number);
  return equityListing(symbol, cashToken('NSE', FIRST_GENERATED_TOKEN + number), madeUpPrice(symbol));
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
