import { ATR, EMA, MACD, RSI, SMA } from 'trading-signals';
import { DAY_MS, IST_OFFSET_MS } from '../../clock/ist.ts';
import type { Bar } from '../../market/bar.ts';
import { type Indicator, MACD_PERIODS } from './indicator.ts';

/** The numbers of one indicator after a bar; null until they are defined. */
export type IndicatorNumbers = readonly (number | null)[];

/** One indicator of one symbol and interval. */
export interface RunningIndicator {
  /** @param replaces the bar takes the place of the one before */
  update(bar: Bar, replaces: boolean): IndicatorNumbers;
}

/** How an indicator is computed. The library seeds an EMA with the first price, and an ATR with the range of the first bar. */
export function createIndicator(indicator: Indicator): RunningIndicator {
  switch (indicator.kind) {
    case 'ema':
      return new RunningEma(indicator.period);
    case 'sma':
      return new RunningSma(indicator.period);
    case 'rsi':
      return new RunningRsi(indicator.period);
    case 'atr':
      return new RunningAtr(indicator.period);
    case 'macd':
      return new RunningMacd();
    case 'vwap':
      return new RunningVwap();
  }
}

class RunningEma implements RunningIndicator {
  readonly #ema: EMA;
  readonly #period: number;
  #bars = 0;

  constructor(period: number) {
    this.#ema = new EMA(period);
    this.#period = period;
  }

  update({ close }: Bar, replaces: boolean): IndicatorNumbers {
    if (!replaces) this.#bars++;
    const value = this.#ema.update(close, replaces);
    return [this.#bars >= this.#period ? value : null];
  }
}

class RunningSma implements RunningIndicator {
  readonly #sma: SMA;

  constructor(period: number) {
    this.#sma = new SMA(period);
  }

  update({ close }: Bar, replaces: boolean): IndicatorNumbers {
    return [this.#sma.update(close, replaces)];
  }
}

class RunningRsi implements RunningIndicator {
  readonly #rsi: RSI;
  #close: number | undefined;
  #closeBefore: number | undefined;
  /** Whether the price had changed before the last bar. */
  #hadChanged = false;

  constructor(period: number) {
    this.#rsi = new RSI(period);
  }

  update({ close }: Bar, replaces: boolean): IndicatorNumbers {
    if (!replaces) {
      this.#hadChanged = this.#hasChanged();
      this.#closeBefore = this.#close;
    }
    this.#close = close;
    const value = this.#rsi.update(close, replaces);
    // Neither gain nor loss: there is no ratio of them.
    return [this.#hasChanged() ? value : null];
  }

  #hasChanged(): boolean {
    return this.#hadChanged || (this.#closeBefore !== undefined && this.#close !== this.#closeBefore);
  }
}

class RunningAtr implements RunningIndicator {
  readonly #atr: ATR;

  constructor(period: number) {
    this.#atr = new ATR(period);
  }

  update({ high, low, close }: Bar, replaces: boolean): IndicatorNumbers {
    return [this.#atr.update({ high, low, close }, replaces)];
  }
}

class RunningMacd implements RunningIndicator {
  readonly #macd = new MACD(new EMA(MACD_PERIODS.short), new EMA(MACD_PERIODS.long), new EMA(MACD_PERIODS.signal));
  #bars = 0;

  update({ close }: Bar, replaces: boolean): IndicatorNumbers {
    if (!replaces) this.#bars++;
    const value = this.#macd.update(close, replaces);
    if (value === null) return [null, null, null];
    const hasSignal = this.#bars >= MACD_PERIODS.long + MACD_PERIODS.signal - 1;
    return hasSignal ? [value.macd, value.signal, value.histogram] : [value.macd, null, null];
  }
}

/** The average price of a day's bars so far, weighted by volume. */
class RunningVwap implements RunningIndicator {
  #day = Number.NaN;
  #turnover = 0;
  #volume = 0;
  /** The same before the last bar. */
  #before = { day: Number.NaN, turnover: 0, volume: 0 };

  update(bar: Bar, replaces: boolean): IndicatorNumbers {
    if (replaces) {
      this.#day = this.#before.day;
      this.#turnover = this.#before.turnover;
      this.#volume = this.#before.volume;
    } else this.#before = { day: this.#day, turnover: this.#turnover, volume: this.#volume };
    const day = dayOf(bar);
    if (day !== this.#day) {
      this.#day = day;
      this.#turnover = this.#volume = 0;
    }
    // A candle of the broker has no average price of its own.
    const price = bar.vwap ?? (bar.high + bar.low + bar.close) / 3;
    this.#turnover += price * (bar.volume ?? 0);
    this.#volume += bar.volume ?? 0;
    return [this.#volume > 0 ? this.#turnover / this.#volume : null];
  }
}

/** The day in India, as a number. */
export function dayOf({ start }: Bar): number {
  return Math.floor((start * 1_000 + IST_OFFSET_MS) / DAY_MS);
}
