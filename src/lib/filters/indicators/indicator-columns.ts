import type { Bar } from '../../market/bar.ts';
import { columnsOf, type Indicator, periodOf, WARM } from './indicator.ts';
import { createIndicator, dayOf, type IndicatorNumbers, type RunningIndicator } from './indicator-values.ts';

/** A bar with the columns of indicators behind its own. */
export type BarWithIndicators = Bar & Readonly<Record<string, number | string | boolean | null | undefined>>;

/** Indicators are believed after so many times as many bars as they look back: what they began with then counts for little. */
const WARM_PERIODS = 4;

/** Of one symbol and interval. */
interface Track {
  readonly indicators: readonly RunningIndicator[];
  bars: number;
  /** Earlier bars were there, from another source. */
  isPrimed: boolean;
  /** Start of the last bar. */
  start: number;
  /** Whether the last bar is forming. */
  isForming: boolean;
  day: number;
  /** Whether the first bar of the day was seen as a whole. */
  hasWholeDay: boolean;
}

/** Adds the columns of indicators to bars, in the order in which these come. State is bounded per symbol and interval. */
export class IndicatorColumns {
  readonly #indicators: readonly Indicator[];
  readonly #names: readonly string[];
  readonly #warmBars: number;
  readonly #longest: number;
  readonly #hasVwap: boolean;
  readonly #tracks = new Map<string, Track>();

  constructor(indicators: readonly Indicator[]) {
    this.#indicators = indicators;
    this.#names = indicators.flatMap(columnsOf);
    this.#longest = Math.max(...indicators.map(periodOf));
    this.#warmBars = WARM_PERIODS * this.#longest;
    this.#hasVwap = indicators.some(({ kind }) => kind === 'vwap');
  }

  /** The bar with its columns. A forming bar, and one that is given again, takes the place of the bar that it is. */
  add(bar: Bar): BarWithIndicators {
    const track = this.#trackOf(bar);
    return { ...bar, ...this.#name(this.#numbersFor(track, bar)), [WARM]: this.#isWarm(track) };
  }

  /** Undefined when the bar is no longer, or not yet, the last one: what comes before it counts. */
  #numbersFor(track: Track, bar: Bar): IndicatorNumbers | undefined {
    const isSame = bar.start === track.start && track.bars > 0;
    if (bar.revision !== undefined) return isSame && !track.isForming ? this.#update(track, bar, true) : undefined;
    if (!track.isForming) return this.#update(track, bar, false);
    return isSame ? this.#update(track, bar, true) : undefined;
  }

  #update(track: Track, bar: Bar, replaces: boolean): IndicatorNumbers {
    if (!replaces) track.bars++;
    const day = dayOf(bar);
    if (day !== track.day || (replaces && track.bars === 1)) track.hasWholeDay = !bar.partial;
    track.day = day;
    track.start = bar.start;
    track.isForming = !bar.final;
    // The broker's bars fill an indicator once it is defined.
    if (bar.source !== undefined && track.bars >= this.#longest) track.isPrimed = true;
    return track.indicators.flatMap((indicator) => indicator.update(bar, replaces));
  }

  #isWarm({ bars, isPrimed, hasWholeDay }: Track): boolean {
    return (isPrimed || bars >= this.#warmBars) && (!this.#hasVwap || hasWholeDay);
  }

  #name(numbers: IndicatorNumbers | undefined): Record<string, number | null> {
    return Object.fromEntries(this.#names.map((name, at) => [name, round(numbers?.[at] ?? null)]));
  }

  #trackOf({ symbol, interval }: Bar): Track {
    const key = `${symbol} ${interval}`;
    let track = this.#tracks.get(key);
    if (track === undefined) {
      track = {
        indicators: this.#indicators.map(createIndicator),
        bars: 0,
        isPrimed: false,
        start: Number.NaN,
        isForming: false,
        day: Number.NaN,
        hasWholeDay: false,
      };
      this.#tracks.set(key, track);
    }
    return track;
  }
}

/** To four decimals, in print only. */
function round(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10_000) / 10_000 + 0;
}
