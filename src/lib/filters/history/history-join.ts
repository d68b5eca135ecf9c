import type { Clock } from '../../clock/clock.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { BarHistory } from '../../history/bar-history.ts';
import type { HistoryInterval } from '../../history/history-interval.ts';
import type { Bar } from '../../market/bar.ts';
import { segmentsOfName } from '../../market/symbol-segments.ts';
import type { TradingSegment } from '../../market/trading-hours.ts';
import type { BarJoin, JoinedBars } from '../bars/bar-join.ts';
import { HistoryReads } from './history-reads.ts';
import { JoinedSeries, type WantedBars } from './joined-series.ts';

/** Markets without open interest. */
const CASH: ReadonlySet<TradingSegment> = new Set(['nse_cm', 'bse_cm']);

export interface HistoryJoinOptions extends JoinedBars {
  readonly history: BarHistory;
  readonly clock: Clock;
  /** By the name that the bars have. */
  readonly intervals: readonly HistoryInterval[];
  /** From when on the history of a symbol is printed. @param atMs when its first row came, by the clock of its rows. All are epoch milliseconds */
  readonly beginOf: (symbol: string, atMs: number) => number;
  /** The start of the bar in which a moment is. All are epoch seconds. */
  readonly startOf: (symbol: string, interval: HistoryInterval, time: number) => number;
  readonly warn: (message: string, fields: { readonly event: string; readonly code: string }) => void;
  /** Called with true when bars of ticks wait for the broker, so that the source may wait, too, and with false when none does. */
  readonly onWaiting: (isWaiting: boolean) => void;
}

/** Joins bars of ticks and bars of the broker into one series for each symbol and interval, without a seam and no bar twice. */
export class HistoryJoin implements BarJoin {
  readonly #options: HistoryJoinOptions;
  readonly #reads: HistoryReads;
  /** By symbol, then by interval. */
  readonly #series = new Map<string, ReadonlyMap<string, JoinedSeries>>();
  /** Answers that have not come. */
  #pending = 0;
  readonly #settled: (() => void)[] = [];
  /** The codes of the errors that were reported. */
  readonly #reported = new Set<string>();
  #isOver = false;

  constructor(options: HistoryJoinOptions) {
    this.#options = options;
    this.#reads = new HistoryReads(options);
  }

  has(symbol: string): boolean {
    return this.#series.has(symbol);
  }

  /** Whether the broker gave bars before the first one of ticks. */
  isFilled(symbol: string, interval: string): boolean {
    return this.#series.get(symbol)?.get(interval)?.isFilled === true;
  }

  begin(symbol: string, atMs: number, forming: readonly Bar[]): void {
    const { intervals, beginOf, startOf, give, skipPartial } = this.#options;
    const series = new Map<string, JoinedSeries>();
    this.#series.set(symbol, series);
    for (const interval of intervals) {
      const joined = new JoinedSeries({
        interval,
        startOf: (time) => startOf(symbol, interval, time),
        ask: (wanted) => this.#ask(symbol, interval, wanted),
        give,
        skipPartial,
      });
      series.set(interval.name, joined);
      const from = startOf(symbol, interval, beginOf(symbol, atMs) / 1_000);
      const first = forming.find((bar) => bar.interval === interval.name);
      joined.begin(from, first?.start ?? startOf(symbol, interval, atMs / 1_000));
    }
  }

  take(bar: Bar): void {
    const joined = this.#series.get(bar.symbol)?.get(bar.interval);
    if (joined === undefined) this.#options.give(bar);
    else joined.take(bar);
  }

  gap(fromMs: number, toMs: number, symbols: Iterable<string>): void {
    for (const symbol of symbols) {
      for (const joined of this.#series.get(symbol)?.values() ?? []) joined.gap(fromMs / 1_000, toMs / 1_000);
    }
  }

  gapOfAll(fromMs: number, toMs: number): void {
    this.gap(fromMs, toMs, this.#series.keys());
  }

  settle(): Promise<void> | undefined {
    if (this.#pending === 0) return undefined;
    return new Promise((resolve) => this.#settled.push(resolve));
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reads.close();
    for (const series of this.#series.values()) for (const joined of series.values()) joined.end();
  }

  async #ask(symbol: string, interval: HistoryInterval, { from, to, isAwaited }: WantedBars): Promise<readonly Bar[]> {
    if (this.#pending++ === 0) this.#options.onWaiting(true);
    try {
      const oi = !CASH.has(segmentsOfName(symbol)[0]);
      const span = { fromMs: from * 1_000, toMs: to * 1_000 };
      return await this.#reads.read({ symbol, interval, oi, ...span }, isAwaited);
    } catch (error) {
      this.#report(symbol, error);
      return [];
    } finally {
      this.#pending--;
      // After the answer is in its place.
      if (this.#pending === 0) queueMicrotask(() => queueMicrotask(() => this.#noteSettled()));
    }
  }

  /** An error of each kind once: it is the same for most symbols. */
  #report(symbol: string, error: unknown): void {
    if (this.#isOver) return;
    const { code, message } = error instanceof TickpipeError ? error : { code: 'BUG', message: String(error) };
    if (this.#reported.has(code)) return;
    this.#reported.add(code);
    this.#options.warn(`bars of ${symbol} are without history: ${message}`, { event: 'history', code });
  }

  #noteSettled(): void {
    if (this.#pending > 0) return;
    if (!this.#isOver) this.#options.onWaiting(false);
    for (const resolve of this.#settled.splice(0)) resolve();
  }
}
