import { NO_VALUE } from '../hsm/wire.ts';
import { INDEX_SLOTS, SLOT_COUNTS } from '../market/slots.ts';
import type { Instrument } from '../market/topics.ts';
import { SeededRandom, seedFor } from './chance/random.ts';
import type { CandleSource } from './history/candle-source.ts';
import { CandleTape } from './history/candle-tape.ts';
import type { MarketInstrument } from './instrument.ts';
import { rawPrice, rawTickSize } from './listings.ts';
import type { Mover, Source } from './source.ts';

const I = INDEX_SLOTS;
const SCALE = { multiplier: 1, precision: 2 } as const;
const TICK_SIZE = 0.05;
/** Members that trade for one tick of the index. */
const TRADES_PER_STEP = 4;

/** One member of an index and its part of the value at the previous close. */
export interface Member {
  readonly instrument: MarketInstrument;
  readonly weight: number;
}

/** An index: its value follows its members' prices. A step lets a few of them trade. */
export class MarketIndex implements Mover {
  readonly symbol: string;
  readonly moves = true;
  readonly sources: readonly [Source];
  readonly candles: CandleSource;
  readonly #tape = new CandleTape();
  readonly #values = new Int32Array(SLOT_COUNTS.if);
  readonly #members: readonly { instrument: MarketInstrument; perUnit: number; upTo: number }[];
  readonly #random: SeededRandom;

  /** @param members not empty, weights sum to 1 @param nowSeconds epoch seconds by the exchange */
  constructor(
    instrument: Instrument,
    previousClose: number,
    members: readonly Member[],
    seed: number,
    nowSeconds: number,
  ) {
    this.symbol = instrument.symbol;
    this.#random = new SeededRandom(seedFor(seed, `${instrument.segment}|${instrument.feedName}`));
    const close = rawPrice(previousClose, TICK_SIZE, SCALE);
    let upTo = 0;
    this.#members = members.map(({ instrument: member, weight }) => {
      upTo += weight;
      return { instrument: member, perUnit: (close * weight) / member.rawPreviousClose, upTo };
    });
    const names = {
      ...SCALE,
      topic: `if|${instrument.segment}|${instrument.feedName}`,
      exchange: instrument.segment,
      exchangeToken: instrument.feedName,
      tradingSymbol: instrument.feedName,
    };
    this.sources = [{ kind: 'if', names, values: this.#values, mover: this }];
    this.#values[I.exchangeTime] = nowSeconds;
    this.#open(close);
    const value = (slot: number): number => this.#values[slot] as number;
    this.candles = {
      seed,
      symbol: instrument.symbol,
      segment: instrument.segment,
      scale: SCALE,
      tick: rawTickSize(TICK_SIZE, SCALE),
      lotSize: 1,
      hasVolume: false,
      tape: this.#tape,
      opening: {
        at: nowSeconds,
        open: value(I.open),
        high: value(I.high),
        low: value(I.low),
        last: value(I.ltp),
        previousClose: close,
        volume: 0,
        oi: NO_VALUE,
      },
    };
  }

  step(nowSeconds: number, changed: (mover: Mover) => void): void {
    for (let trade = 0; trade < TRADES_PER_STEP; trade++) {
      this.#pickMember()?.step(nowSeconds, changed);
    }
    const value = this.#value();
    const values = this.#values;
    values[I.ltp] = value;
    values[I.exchangeTime] = nowSeconds;
    this.#tape.record(nowSeconds, value, 0, NO_VALUE);
    if (value > (values[I.high] as number)) values[I.high] = value;
    if (value < (values[I.low] as number)) values[I.low] = value;
    if (value > (values[I.yearHigh] as number)) values[I.yearHigh] = value;
    if (value < (values[I.yearLow] as number)) values[I.yearLow] = value;
    changed(this);
  }

  /** Heavy members trade more often. */
  #pickMember(): MarketInstrument | undefined {
    const at = this.#random.between(0, 1);
    return (this.#members.find(({ upTo }) => at < upTo) ?? this.#members.at(-1))?.instrument;
  }

  #value(): number {
    let sum = 0;
    for (const { instrument, perUnit } of this.#members) sum += instrument.rawLtp * perUnit;
    const tick = rawTickSize(TICK_SIZE, SCALE);
    return Math.round(sum / tick) * tick;
  }

  #open(close: number): void {
    const tick = rawTickSize(TICK_SIZE, SCALE);
    const onGrid = (raw: number): number => Math.round(raw / tick) * tick;
    const values = this.#values;
    const value = this.#value();
    values[I.ltp] = value;
    values[I.prevClose] = close;
    values[I.high] = onGrid(value * this.#random.between(1.001, 1.006));
    values[I.low] = onGrid(value * this.#random.between(0.994, 0.999));
    values[I.open] = onGrid(this.#random.between(values[I.low] as number, values[I.high] as number));
    values[I.yearHigh] = onGrid(close * this.#random.between(1.05, 1.15));
    values[I.yearLow] = onGrid(close * this.#random.between(0.8, 0.92));
  }
}
