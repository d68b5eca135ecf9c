import { DAY_MS, IST_OFFSET_MS } from '../../clock/ist.ts';
import type { BarKind, BarRow } from './bar-row.ts';
import type { BarSeries, SeriesOwner } from './bar-series.ts';
import type { RowChange } from './forming-bar.ts';
import { GapTimes } from './gap-times.ts';
import { NO_SPAN, type Span } from './trading-spans.ts';

const DAY_SECONDS = DAY_MS / 1_000;
const IST_OFFSET_SECONDS = IST_OFFSET_MS / 1_000;

/**
 * What a row is to its symbol. `quote`: it shows no trade. `baseline`: it shows one, but its volume, high and low cannot be compared
 * with those of the row before, because it is of a new session or corrects them; `correction`: the same without a trade.
 */
export type RowRole = 'first' | 'baseline' | 'correction' | 'trade' | 'quote';

/** One symbol: what its last row said, against which the next one is read, and its bars. */
export class SymbolBars implements SeriesOwner {
  readonly symbol: string;
  readonly kind: BarKind;
  readonly series: readonly BarSeries[];
  readonly gaps = new GapTimes();
  /** The session, or the time between sessions, of its last row. */
  span: Span = NO_SPAN;
  /** Epoch milliseconds, of its last row. */
  receivedAt = Number.NaN;
  #hasRow = false;
  #price = Number.NaN;
  #volume = Number.NaN;
  /** Of its last trade, epoch seconds. */
  #time = Number.NEGATIVE_INFINITY;
  #dayHigh = Number.NaN;
  #dayLow = Number.NaN;
  /** When it was last seen with this high and low, epoch seconds; minus infinity when there was a gap since. */
  #seenAt = Number.NEGATIVE_INFINITY;
  #isAfterGap = false;

  constructor(symbol: string, kind: BarKind, createSeries: (owner: SymbolBars) => readonly BarSeries[]) {
    this.symbol = symbol;
    this.kind = kind;
    this.series = createSeries(this);
  }

  /** What traded before the next row did so at an unknown time. @param fromMs,toMs epoch milliseconds */
  gap(fromMs: number, toMs: number): void {
    this.gaps.add(fromMs, toMs);
    this.#isAfterGap = true;
    this.#seenAt = Number.NEGATIVE_INFINITY;
  }

  /** Compares a row with the one before and takes its place. @param change is filled */
  take(row: BarRow, change: RowChange): RowRole {
    const role = this.#compare(row, change);
    const hasMoved = this.#moveExtremes(row, role);
    if (hasMoved)
      this.#seenAt = Number.isNaN(row.exchangeTime) || row.time > row.exchangeTime ? row.time : row.exchangeTime;
    this.#hasRow = true;
    this.#isAfterGap = false;
    this.#price = row.price;
    if (!Number.isNaN(row.volume)) this.#volume = row.volume;
    if (row.time > this.#time || (role === 'correction' && !Number.isNaN(row.time))) this.#time = row.time;
    this.receivedAt = row.receivedAt;
    return role;
  }

  #compare(row: BarRow, change: RowChange): RowRole {
    change.isTrade = change.isPartial = change.isHigher = change.isLower = false;
    change.volume = change.gapVolume = 0;
    if (!this.#hasRow) return 'first';
    const difference = row.volume - this.#volume;
    const hasAdvanced = row.time > this.#time;
    const isNewDay = hasAdvanced && Number.isFinite(this.#time) && dayOf(row.time) !== dayOf(this.#time);
    if (difference < 0 || (isNewDay && this.#volume > 0)) {
      change.isPartial = true;
      return hasAdvanced ? 'baseline' : 'correction';
    }
    const hasTraded = difference > 0 || hasAdvanced || (this.kind !== 'symbol' && row.price !== this.#price);
    if (!hasTraded) return 'quote';
    change.isTrade = true;
    if (difference > 0) change[this.#isAfterGap ? 'gapVolume' : 'volume'] = difference;
    // What was the high of another day says nothing about this one's.
    change.isHigher = row.dayHigh > (isNewDay ? row.price : this.#dayHigh);
    change.isLower = row.dayLow < (isNewDay ? row.price : this.#dayLow);
    change.seenAt = this.#seenAt;
    return 'trade';
  }

  /** A quote with another high or low belongs to a trade that the next row shows: it is compared with what was before. */
  #moveExtremes({ dayHigh, dayLow }: BarRow, role: RowRole): boolean {
    if (role === 'quote' && (dayHigh !== this.#dayHigh || dayLow !== this.#dayLow)) return false;
    this.#dayHigh = dayHigh;
    this.#dayLow = dayLow;
    return true;
  }
}

/** The day in India, as a number. */
function dayOf(time: number): number {
  return Math.floor((time + IST_OFFSET_SECONDS) / DAY_SECONDS);
}
