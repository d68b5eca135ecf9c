import type { Bar } from '../../market/bar.ts';
import type { BarKind, BarRow } from './bar-row.ts';

/** What a row changed of what is known of its symbol. One object for all rows. */
export class RowChange {
  /** Whether it shows a trade: the first row of a symbol does not, whatever its price. */
  isTrade = false;
  /** Traded since the row before; 0 where it is not known. */
  volume = 0;
  /** Traded before or during a gap. */
  gapVolume = 0;
  /** A part of the bar was not seen. */
  isPartial = false;
  /** The day's high rose, or its low fell, since `seenAt`. */
  isHigher = false;
  isLower = false;
  /** Of the row before, epoch seconds; minus infinity across a gap. */
  seenAt = Number.NEGATIVE_INFINITY;
}

/** A bar whose rows still come. Prices in rupees or points, times in epoch seconds. */
export class FormingBar {
  readonly start: number;
  /** Exclusive; of a bar by trades or volume that of its last trade. */
  end: number;
  /** The end of the session that it belongs to. */
  readonly sessionEnd: number;
  revision = 0;
  gapMs = 0;
  isPartial = false;
  /** Whether it changed since it was printed as a forming one. */
  isChanged = true;
  #open: number;
  #high: number;
  #low: number;
  #close: number;
  /** Of the trades that gave open and close. */
  #firstTime: number;
  #lastTime: number;
  #volume = 0;
  #turnover = 0;
  #ticks = 0;
  #oi = Number.NaN;
  #receivedAt: number;
  #gapVolume = 0;
  #hasUnplacedExtreme = false;

  /** A flat bar at a price. @param time of the price, epoch seconds @param receivedAt epoch milliseconds */
  constructor(start: number, end: number, sessionEnd: number, price: number, time: number, receivedAt: number) {
    this.start = start;
    this.end = end;
    this.sessionEnd = sessionEnd;
    this.#open = this.#high = this.#low = this.#close = price;
    this.#firstTime = this.#lastTime = time;
    this.#receivedAt = receivedAt;
  }

  get close(): number {
    return this.#close;
  }

  get oi(): number {
    return this.#oi;
  }

  get ticks(): number {
    return this.#ticks;
  }

  get volume(): number {
    return this.#volume;
  }

  /** The open interest of the bar before, for one without rows. */
  keepOi(oi: number): void {
    this.#oi = oi;
  }

  /** @param isWithin the row before is of the same bar, so that an extreme between them is, too */
  add(row: BarRow, change: RowChange, isWithin: boolean): void {
    const { price, time } = row;
    if (time < this.#firstTime) {
      this.#firstTime = time;
      this.#open = price;
    }
    if (time >= this.#lastTime) {
      this.#lastTime = time;
      this.#close = price;
    }
    if (price > this.#high) this.#high = price;
    if (price < this.#low) this.#low = price;
    if (change.isTrade) this.#ticks++;
    this.#volume += change.volume;
    this.#turnover += price * change.volume;
    this.#gapVolume += change.gapVolume;
    if (change.isPartial) this.isPartial = true;
    if (change.isHigher || change.isLower) this.#placeExtremes(row, change, isWithin);
    // An open interest that is not given is that of before.
    if (!Number.isNaN(row.oi)) this.#oi = row.oi;
    this.#receivedAt = row.receivedAt;
    this.isChanged = true;
  }

  /** A snapshot does not show every trade: one at the day's new high or low was made between two of them. */
  #placeExtremes({ price, dayHigh, dayLow }: BarRow, { isHigher, isLower }: RowChange, isWithin: boolean): void {
    if (isWithin) {
      if (isHigher && dayHigh > this.#high) this.#high = dayHigh;
      if (isLower && dayLow < this.#low) this.#low = dayLow;
    } else if ((isHigher && price < dayHigh) || (isLower && price > dayLow)) this.#hasUnplacedExtreme = true;
  }

  /** @param isFinal false while it is forming */
  toBar(symbol: string, interval: string, kind: BarKind, isFinal: boolean): Bar {
    const hasVolume = kind === 'symbol';
    return {
      symbol,
      interval,
      start: this.start,
      end: this.end,
      open: this.#open,
      high: this.#high,
      low: this.#low,
      close: this.#close,
      volume: hasVolume ? this.#volume : null,
      vwap: this.#volume > 0 ? roundVwap(this.#turnover / this.#volume) : null,
      ticks: this.#ticks,
      oi: Number.isNaN(this.#oi) ? null : this.#oi,
      final: isFinal,
      partial: this.isPartial,
      gap_ms: this.gapMs,
      received_at: this.#receivedAt,
      ...(kind === 'lite' && { clock: 'received' }),
      ...(this.#gapVolume > 0 && { gap_volume: this.#gapVolume }),
      ...(this.#hasUnplacedExtreme && { extreme_unplaced: true }),
      ...(this.revision > 0 && { revision: this.revision }),
    };
  }
}

/** To four decimals: the exchange's prices have at most as many. */
function roundVwap(vwap: number): number {
  return Math.round(vwap * 10_000) / 10_000;
}
