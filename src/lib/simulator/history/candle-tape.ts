import { NO_VALUE } from '../../hsm/wire.ts';

/** What was traded in a stretch of time. Prices and open interest are raw values; open interest is `NO_VALUE` without one. */
export interface Trades {
  /** Epoch seconds. */
  readonly start: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly oi: number;
}

/** The shortest candles of the broker. */
const SHORT_S = 5;
const LONG_S = 60;
/** Short stretches are kept for so long; older ones become minutes. */
const SHORT_KEPT_S = 15 * 60;
const FIRST_ENTRIES = 16;
/** Beyond it the oldest half is forgotten. */
const MAX_ENTRIES = 2_880;

const START = 0;
const OPEN = 1;
const HIGH = 2;
const LOW = 3;
const CLOSE = 4;
const VOLUME = 5;
const OI = 6;
const WIDTH = 7;

/** Remembers the trades of one instrument since the simulator knows it: stretches of 5 s, older ones of a minute. */
export class CandleTape {
  /** Made by the first trade: most instruments of a simulator never trade. */
  #entries: Int32Array | undefined;
  #count = 0;

  /** @param nowSeconds epoch seconds @param oi open interest, or `NO_VALUE` */
  record(nowSeconds: number, price: number, quantity: number, oi: number): void {
    const start = nowSeconds - (nowSeconds % SHORT_S);
    const entries = this.#entries;
    const at = (this.#count - 1) * WIDTH;
    if (entries === undefined || this.#count === 0 || entries[at] !== start) {
      this.#append(start, price, quantity, oi);
      return;
    }
    if (price > (entries[at + HIGH] as number)) entries[at + HIGH] = price;
    if (price < (entries[at + LOW] as number)) entries[at + LOW] = price;
    entries[at + CLOSE] = price;
    entries[at + VOLUME] = (entries[at + VOLUME] as number) + quantity;
    entries[at + OI] = oi;
  }

  /** What was traded, in the order of time. */
  *list(): Generator<Trades> {
    for (let index = 0; index < this.#count; index++) yield this.#at(index);
  }

  #at(index: number): Trades {
    const entries = this.#entries as Int32Array;
    const value = (column: number): number => entries[index * WIDTH + column] as number;
    return {
      start: value(START),
      open: value(OPEN),
      high: value(HIGH),
      low: value(LOW),
      close: value(CLOSE),
      volume: value(VOLUME),
      oi: value(OI),
    };
  }

  #append(start: number, price: number, quantity: number, oi: number): void {
    this.#entries ??= new Int32Array(FIRST_ENTRIES * WIDTH);
    if ((this.#count + 1) * WIDTH > this.#entries.length) this.#makeRoom(start);
    this.#entries.set([start, price, price, price, price, quantity, oi], this.#count * WIDTH);
    this.#count++;
  }

  #makeRoom(nowSeconds: number): void {
    const merged = mergeTrades(this.list(), (entry) =>
      entry.start < nowSeconds - SHORT_KEPT_S ? entry.start - (entry.start % LONG_S) : entry.start,
    );
    const kept = merged.length < MAX_ENTRIES ? merged : merged.slice(merged.length / 2);
    const capacity = Math.min(MAX_ENTRIES, Math.max(FIRST_ENTRIES, kept.length * 2));
    const entries = new Int32Array(capacity * WIDTH);
    for (const [index, { start, open, high, low, close, volume, oi }] of kept.entries()) {
      entries.set([start, open, high, low, close, volume, oi], index * WIDTH);
    }
    this.#entries = entries;
    this.#count = kept.length;
  }
}

/** Joins trades, in the order of time, that have the same label. */
export function mergeTrades(trades: Iterable<Trades>, labelOf: (trades: Trades) => number): Trades[] {
  const merged: Trades[] = [];
  for (const one of trades) {
    const start = labelOf(one);
    const last = merged.at(-1);
    if (last?.start !== start) merged.push({ ...one, start });
    else {
      merged[merged.length - 1] = {
        ...last,
        high: Math.max(last.high, one.high),
        low: Math.min(last.low, one.low),
        close: one.close,
        volume: last.volume + one.volume,
        oi: one.oi === NO_VALUE ? last.oi : one.oi,
      };
    }
  }
  return merged;
}
