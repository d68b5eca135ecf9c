import { NO_VALUE } from '../hsm/wire.ts';
import { countOf } from '../market/column-value.ts';
import { DEPTH_LEVELS, DEPTH_SLOTS, SLOT_COUNTS, SYMBOL_SLOTS } from '../market/slots.ts';
import type { Instrument } from '../market/topics.ts';
import { SeededRandom, seedFor } from './chance/random.ts';
import type { CandleSource } from './history/candle-source.ts';
import { CandleTape } from './history/candle-tape.ts';
import type { Listing } from './listings.ts';
import { rawPrice, rawTickSize, scaleOf } from './listings.ts';
import type { Mover, Source } from './source.ts';

const S = SYMBOL_SLOTS;
const D = DEPTH_SLOTS;
/** How far volume goes, however long a simulation runs: on below 2^31, which would be "no value", and above it below 2^32. */
const MAX_VOLUME_BELOW = 2_000_000_000;
const MAX_VOLUME_ABOVE = 4_000_000_000;
const CIRCUIT = 0.2;
/** One trade moves a price by about so much of it; the spread is about twice that. */
const STEP_SHARE = 0.0001;
/** Steps of one trade, picked by four random bits. They sum to zero. */
const STEPS = Int8Array.of(-3, -2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1, 2, 3);
/** A price wanders this far from the day's open before it is drawn back. */
const WANDER = 0.03;

/** A share or contract with its quote and its book. Its n-th state depends on the seed, its symbol and the clock only. */
export class MarketInstrument implements Mover {
  readonly symbol: string;
  readonly moves: boolean;
  readonly sources: readonly [quote: Source, book: Source];
  readonly candles: CandleSource;
  readonly #listing: Listing;
  readonly #random: SeededRandom;
  readonly #quote = new Int32Array(SLOT_COUNTS.sf);
  readonly #book = new Int32Array(SLOT_COUNTS.dp);
  readonly #tick: number;
  readonly #step: number;
  readonly #spread: number;
  readonly #anchor: number;
  readonly #isDerivative: boolean;
  readonly #countsFrom: number;
  readonly #tape = new CandleTape();
  readonly #maxVolume: number;
  /** Sum of quantity times raw price: the average price follows from it. */
  #turnover = 0;

  /** @param nowSeconds epoch seconds by the exchange */
  constructor(listing: Listing, instrument: Instrument, seed: number, nowSeconds: number) {
    this.symbol = listing.symbol;
    this.moves = listing.temper === 'trading' || listing.temper === 'locked';
    this.#listing = listing;
    this.#countsFrom = listing.countsFrom ?? 0;
    this.#maxVolume = this.#countsFrom > 0 ? MAX_VOLUME_ABOVE : MAX_VOLUME_BELOW;
    this.#random = new SeededRandom(seedFor(seed, listing.symbol));
    const scale = scaleOf(listing);
    const close = rawPrice(listing.previousClose, listing.tickSize, scale);
    this.#tick = rawTickSize(listing.tickSize, scale);
    this.#step = this.#tick * Math.max(1, Math.round((close * STEP_SHARE) / this.#tick));
    this.#spread = this.#step * (1 + this.#random.below(2));
    this.#isDerivative = !listing.fytoken.startsWith('000000', 4);
    this.#anchor = this.#onGrid(close * this.#random.between(0.99, 1.01));
    const names = {
      ...scale,
      exchange: instrument.segment,
      exchangeToken: instrument.feedName,
      tradingSymbol: listing.symbol.slice(listing.symbol.indexOf(':') + 1),
    };
    const key = `${instrument.segment}|${instrument.feedName}`;
    this.sources = [
      { kind: 'sf', names: { ...names, topic: `sf|${key}` }, values: this.#quote, mover: this },
      { kind: 'dp', names: { ...names, topic: `dp|${key}` }, values: this.#book, mover: this },
    ];
    this.#open(close, nowSeconds);
    const quote = this.#quote;
    const price = (slot: number): number => countOf(quote[slot] as number);
    this.candles = {
      seed,
      symbol: listing.symbol,
      segment: instrument.segment,
      scale,
      tick: this.#tick,
      lotSize: listing.lotSize,
      hasVolume: true,
      tape: this.#tape,
      opening: {
        at: nowSeconds,
        open: price(S.open),
        high: price(S.high),
        low: price(S.low),
        last: price(S.volume) === 0 ? 0 : price(S.ltp),
        previousClose: close,
        volume: price(S.volume),
        oi: quote[S.oi] as number,
      },
    };
  }

  /** The last traded price in raw units. */
  get rawLtp(): number {
    return this.#quote[S.ltp] as number;
  }

  get rawPreviousClose(): number {
    return this.#quote[S.prevClose] as number;
  }

  step(nowSeconds: number, changed: (mover: Mover) => void): void {
    if (!this.moves) return;
    const bits = this.#random.next();
    const quote = this.#quote;
    if (this.#listing.temper === 'trading') this.#movePrice(bits);
    const quantity = this.#listing.lotSize * (1 + ((bits >>> 6) & 15));
    quote[S.lastQty] = quantity;
    quote[S.lastTradeTime] = nowSeconds;
    quote[S.exchangeTime] = nowSeconds;
    const sold = this.#count(quantity, bits);
    this.#tape.record(nowSeconds, quote[S.ltp] as number, sold, quote[S.oi] as number);
    this.#quoteBook(this.#random.next());
    changed(this);
  }

  #movePrice(bits: number): void {
    const quote = this.#quote;
    const last = quote[S.ltp] as number;
    let move = (STEPS[bits & 15] as number) * this.#step;
    const away = last - this.#anchor;
    if (Math.abs(away) > this.#anchor * WANDER && Math.sign(move) === Math.sign(away)) move = -move;
    const ltp = Math.min(
      Math.max(last + move, (quote[S.lowerCircuit] as number) + 6 * this.#spread),
      (quote[S.upperCircuit] as number) - 6 * this.#spread,
    );
    const bought = (bits & 16) !== 0;
    quote[S.ltp] = ltp;
    quote[S.bid] = bought ? ltp - this.#spread : ltp;
    quote[S.ask] = bought ? ltp : ltp + this.#spread;
    if (ltp > (quote[S.high] as number)) quote[S.high] = ltp;
    if (ltp < (quote[S.low] as number)) quote[S.low] = ltp;
    if (ltp > (quote[S.yearHigh] as number)) quote[S.yearHigh] = ltp;
    if (ltp < (quote[S.yearLow] as number)) quote[S.yearLow] = ltp;
  }

  /** Volume, average price, totals and open interest after a trade. Returns how much the volume grew: not beyond its end. */
  #count(quantity: number, bits: number): number {
    const quote = this.#quote;
    const volume = countOf(quote[S.volume] as number);
    const isCounted = volume + quantity <= this.#maxVolume;
    if (isCounted) {
      quote[S.volume] = volume + quantity;
      this.#turnover += quantity * (quote[S.ltp] as number);
      quote[S.avgPrice] = Math.round(this.#turnover / (volume + quantity));
    }
    this.#moveTotal(S.totalBuyQty, ((bits >>> 10) & 31) - 15);
    if (this.#listing.temper !== 'locked') this.#countSellers(bits);
    return isCounted ? quantity : 0;
  }

  #countSellers(bits: number): void {
    const quote = this.#quote;
    const lot = this.#listing.lotSize;
    this.#moveTotal(S.totalSellQty, ((bits >>> 15) & 31) - 15);
    if (this.#isDerivative && (bits & 0x700000) === 0) {
      quote[S.oi] = Math.max(lot, (quote[S.oi] as number) + lot * (((bits >>> 23) & 3) - 1));
    }
  }

  #moveTotal(slot: number, lots: number): void {
    const { lotSize } = this.#listing;
    const total = countOf(this.#quote[slot] as number) + lotSize * lots;
    this.#quote[slot] = Math.max(this.#countsFrom + lotSize * 500, total);
  }

  /** Five levels around the best prices; one level of each side changes its size. */
  #quoteBook(bits: number): void {
    const book = this.#book;
    const quote = this.#quote;
    const bid = quote[S.bid] as number;
    const ask = quote[S.ask] as number;
    for (let level = 0; level < DEPTH_LEVELS; level++) {
      if (bid > 0) book[D.bidPrice + level] = bid - level * this.#step;
      if (ask > 0) book[D.askPrice + level] = ask + level * this.#step;
    }
    if (bid > 0) this.#resize(D.bidQuantity, D.bidOrders, bits);
    if (ask > 0) this.#resize(D.askQuantity, D.askOrders, bits >>> 16);
    quote[S.bidSize] = book[D.bidQuantity] as number;
    quote[S.askSize] = book[D.askQuantity] as number;
  }

  #resize(quantities: number, orders: number, bits: number): void {
    const level = (bits & 7) % DEPTH_LEVELS;
    const count = 1 + ((bits >>> 3) & 31);
    this.#book[orders + level] = count;
    const quantity = this.#listing.lotSize * count * (1 + ((bits >>> 8) & 15) * (level + 1));
    this.#book[quantities + level] = this.#countsFrom + quantity;
  }

  #onGrid(raw: number): number {
    return Math.round(raw / this.#tick) * this.#tick;
  }

  /** The state at the start: the day so far. */
  #open(close: number, nowSeconds: number): void {
    const random = this.#random;
    const quote = this.#quote;
    const { temper, lotSize } = this.#listing;
    quote[S.prevClose] = close;
    quote[S.oi] = this.#isDerivative ? lotSize * (1_000 + random.below(40_000)) : NO_VALUE;
    quote[S.upperCircuit] = this.#onGrid(close * (1 + CIRCUIT));
    quote[S.lowerCircuit] = this.#onGrid(close * (1 - CIRCUIT));
    quote[S.yearHigh] = this.#onGrid(close * random.between(1.1, 1.45));
    quote[S.yearLow] = this.#onGrid(close * random.between(0.6, 0.9));
    if (temper === 'empty') return;
    quote[S.exchangeTime] = nowSeconds;
    const locked = temper === 'locked';
    quote[S.ltp] = locked ? (quote[S.upperCircuit] as number) : temper === 'quiet' ? close : this.#anchor;
    quote[S.bid] = (quote[S.ltp] as number) - (locked ? 0 : this.#spread);
    quote[S.ask] = locked ? 0 : (quote[S.ltp] as number) + this.#spread;
    quote[S.totalBuyQty] = this.#countsFrom + lotSize * (5_000 + random.below(50_000));
    quote[S.totalSellQty] = locked ? 0 : this.#countsFrom + lotSize * (5_000 + random.below(50_000));
    for (let level = 0; level < DEPTH_LEVELS; level++) {
      this.#resize(D.bidQuantity, D.bidOrders, (random.next() & ~7) | level);
      if (!locked) this.#resize(D.askQuantity, D.askOrders, (random.next() & ~7) | level);
    }
    this.#quoteBook(random.next());
    if (temper !== 'quiet') this.#openTrading(nowSeconds);
  }

  #openTrading(nowSeconds: number): void {
    const random = this.#random;
    const quote = this.#quote;
    quote[S.lastTradeTime] = nowSeconds;
    const ltp = quote[S.ltp] as number;
    const locked = this.#listing.temper === 'locked';
    const range = locked ? 0 : random.between(0.002, 0.012);
    quote[S.high] = this.#onGrid(ltp * (1 + range));
    quote[S.low] = this.#onGrid(ltp * (1 - range));
    quote[S.open] = locked ? ltp : this.#onGrid(random.between(quote[S.low] as number, quote[S.high] as number));
    if (locked) quote[S.yearHigh] = Math.max(quote[S.yearHigh] as number, ltp);
    const volume = this.#countsFrom + this.#listing.lotSize * (2_000 + random.below(400_000));
    quote[S.volume] = volume;
    quote[S.lastQty] = this.#listing.lotSize * (1 + random.below(20));
    this.#turnover = volume * (locked ? ltp : ltp * (1 + random.between(-range, range) / 2));
    quote[S.avgPrice] = Math.round(this.#turnover / volume);
  }
}
