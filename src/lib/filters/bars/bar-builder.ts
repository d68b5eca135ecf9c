import { DAY_MS } from '../../clock/ist.ts';
import type { Bar } from '../../market/bar.ts';
import type { Tick } from '../../market/tick.ts';
import type { Calendar } from '../../market/trading-hours.ts';
import { type BarKind, BarRow } from './bar-row.ts';
import type { BarSeries, BarSink } from './bar-series.ts';
import { CountedSeries } from './counted-series.ts';
import { type FormingBar, RowChange } from './forming-bar.ts';
import type { Interval } from './interval.ts';
import { SymbolBars } from './symbol-bars.ts';
import { TimedSeries } from './timed-series.ts';
import { TradingSpans } from './trading-spans.ts';

export interface BarBuilderOptions {
  readonly intervals: readonly Interval[];
  /** When the symbols trade. */
  readonly calendar: Calendar;
  /** Also takes ticks outside the session: a day is from midnight to midnight in India. */
  readonly allHours: boolean;
  /** How long a bar waits for rows behind its end, milliseconds by the clock of the exchange. */
  readonly graceMs: number;
  /** Leaves out bars of which a part was not seen. */
  readonly skipPartial: boolean;
  /** Gives a bar once more when a row comes that was late. */
  readonly revise: boolean;
  /** Gives flat bars for intervals without a trade. */
  readonly fill: boolean;
  /** Gives forming bars that changed, at most once in so many milliseconds of the rows' `received_at`; undefined: only final ones. */
  readonly changesMs: number | undefined;
}

export interface BarCounters {
  /** Rows that a bar has, or had before. */
  placed: number;
  /** Rows whose bar had been printed. */
  late: number;
  /** Trades outside the session. */
  outside: number;
  /** Rows of another type than the first one of their symbol. */
  otherTypes: number;
}

/** Without any row for so long after a bar's end and grace, a live feed is quiet: the wall clock closes the bar. */
export const QUIET_MS = 3_000;
/** Times of the exchange and of this machine that differ by less are one time. */
const USUAL_SKEW_MS = 5_000;

/**
 * Makes bars of the rows of any number of symbols, in the order in which they came (docs/bars.md has the rules). What it gives follows
 * from the rows and gaps alone, except for `quiet`. State is bounded per symbol; a row allocates nothing unless it begins a bar.
 *
 * Bars that close at the same time come in the order of their symbols' names.
 */
export class BarBuilder {
  readonly counters: BarCounters = { placed: 0, late: 0, outside: 0, otherTypes: 0 };
  readonly #options: BarBuilderOptions;
  readonly #give: (bar: Bar) => void;
  readonly #spans: TradingSpans;
  readonly #symbols = new Map<string, SymbolBars>();
  /** By name; undefined when a symbol is new or gone. */
  #sorted: readonly SymbolBars[] | undefined;
  readonly #row = new BarRow();
  readonly #change = new RowChange();
  readonly #sink: BarSink;
  /** The largest `exchange_time` of any row, epoch milliseconds. */
  #exchangeMs = Number.NEGATIVE_INFINITY;
  /** The largest `received_at`, epoch milliseconds: the clock of bars that are made of last prices. */
  #receivedMs = Number.NEGATIVE_INFINITY;
  /** How far `received_at` was ahead when the exchange's clock last moved, milliseconds. */
  #skewMs = 0;
  /** The clock when the input began, epoch seconds. */
  #beganAt = Number.NaN;
  /** When the next bar closes, epoch milliseconds. */
  #dueMs = Number.POSITIVE_INFINITY;
  #receivedDueMs = Number.POSITIVE_INFINITY;
  /** Which stretch of `changesMs` it is. */
  #stretch = Number.NEGATIVE_INFINITY;
  #hasChanged = false;
  #isEnding = false;

  /** @param give gets each bar when it is complete, and with `changesMs` also before */
  constructor(options: BarBuilderOptions, give: (bar: Bar) => void) {
    this.#options = options;
    this.#give = give;
    this.#spans = new TradingSpans(options.calendar, options.allHours);
    this.#sink = {
      close: (series, bar) => this.#print(series, bar, true),
      revise: (series, bar) => this.#print(series, bar, true),
    };
  }

  /** The largest time of the exchange that any row had, epoch milliseconds; minus infinity before the first. */
  get exchangeMs(): number {
    return this.#exchangeMs;
  }

  /** The largest time at which a row was received, epoch milliseconds; minus infinity before the first. */
  get receivedMs(): number {
    return this.#receivedMs;
  }

  /** Takes a row. Depth is passed over. */
  tick(tick: Tick): void {
    const { kind } = tick;
    if (kind === 'depth') return;
    const row = this.#row;
    row.read(kind, tick);
    if (row.receivedAt > this.#receivedMs) this.#receivedMs = row.receivedAt;
    if (this.#options.changesMs !== undefined) this.#giveChanges(row.receivedAt);
    const exchangeTime = Number.isNaN(row.exchangeTime) ? row.time : row.exchangeTime;
    if (Number.isNaN(this.#beganAt)) this.#beganAt = exchangeTime;
    if (row.price !== 0 && !Number.isNaN(row.price)) this.#take(tick.symbol, row, exchangeTime * 1_000);
    if (kind === 'lite') this.#closeReceived(this.#receivedMs);
    else this.#advance(exchangeTime * 1_000, row.receivedAt);
  }

  /** There were no rows of these symbols from one time to another, epoch milliseconds. Call it before the rows that follow. */
  gap(fromMs: number, toMs: number, symbols: Iterable<string>): void {
    for (const symbol of symbols) {
      const bars = this.#symbols.get(symbol);
      if (bars === undefined) continue;
      bars.gap(fromMs, toMs);
      for (const series of bars.series) series.gap();
      this.#hasChanged = true;
    }
  }

  /** Rows of unknown symbols are missing since the last one. @param atMs when rows come again, epoch milliseconds */
  skipped(atMs: number): void {
    this.gap(this.#receivedMs, atMs, this.#symbols.keys());
  }

  /**
   * Closes what the exchange's clock would have closed, had there been a row. To be called only on a feed that delivers as it happens,
   * is connected and has been silent for `QUIET_MS`.
   * @param nowMs wall time, epoch milliseconds
   */
  quiet(nowMs: number): void {
    const skewMs = Math.abs(this.#skewMs) < USUAL_SKEW_MS ? 0 : this.#skewMs;
    if (this.#options.changesMs !== undefined) this.#giveChanges(nowMs - QUIET_MS);
    this.#closeExchange(nowMs - skewMs - QUIET_MS);
    this.#closeReceived(nowMs - QUIET_MS);
  }

  /** The input is over: all bars close as they are. */
  end(): void {
    this.#isEnding = true;
    let open = this.#listSymbols().flatMap(({ series }) => series);
    for (;;) {
      open = open.filter(({ forming }) => forming.length > 0);
      if (open.length === 0) return;
      const firstMs = open.reduce((first, { dueMs }) => Math.min(first, dueMs), Number.POSITIVE_INFINITY);
      for (const series of open) if (series.dueMs === firstMs) series.closeNext();
    }
  }

  /** The bars of a symbol as they are, not final. */
  formingOf(symbol: string): Bar[] {
    const bars = this.#symbols.get(symbol);
    if (bars === undefined) return [];
    return bars.series.flatMap((series) =>
      series.forming.map((bar) => bar.toBar(symbol, series.interval, bars.kind, false)),
    );
  }

  /** Drops a symbol and its bars. Its next row is a first one. */
  forget(symbol: string): void {
    if (this.#symbols.delete(symbol)) this.#sorted = undefined;
  }

  /** @param nowMs the row's own time of the exchange, epoch milliseconds */
  #take(symbol: string, row: BarRow, nowMs: number): void {
    const bars = this.#symbols.get(symbol) ?? this.#add(symbol, row.kind);
    if (bars.kind !== row.kind) {
      this.counters.otherTypes++;
      return;
    }
    const role = bars.take(row, this.#change);
    if (role === 'quote') return;
    // A first row without a trade.
    if (Number.isNaN(row.time) && role !== 'trade') return;
    if (Number.isNaN(row.time)) row.time = row.exchangeTime;
    if (!isCredible(row.time * 1_000, row.receivedAt)) {
      this.counters.outside++;
      return;
    }
    if (row.time < bars.span.from || row.time >= bars.span.to) bars.span = this.#spans.find(symbol, row.time);
    if (bars.span.isSession) this.#place(bars, row, role, Math.max(nowMs, this.#clockOf(bars)));
    else if (role === 'trade' || role === 'baseline') this.counters.outside++;
  }

  #place(bars: SymbolBars, row: BarRow, role: 'first' | 'baseline' | 'correction' | 'trade', nowMs: number): void {
    const change = this.#change;
    const { span } = bars;
    if (role === 'first') change.isPartial = !(span.from > this.#beganAt);
    let isLate = false;
    for (const series of bars.series) {
      if (role === 'trade') {
        if (series.add(row, change, span) === 'late') isLate = true;
      } else if (role === 'correction') series.spoil(row.time);
      else series.addPrice(row, change, span, nowMs);
      this.#watch(bars, series);
    }
    this.counters.placed++;
    if (isLate) this.counters.late++;
    this.#hasChanged = true;
    if (this.#options.changesMs === 0) this.#giveAllChanges();
  }

  #add(symbol: string, kind: BarKind): SymbolBars {
    const { intervals, graceMs, fill, revise } = this.#options;
    const bars = new SymbolBars(symbol, kind, (owner) =>
      intervals.map((one): BarSeries => {
        const { name: interval } = one;
        switch (one.by) {
          case 'ticks':
            return new CountedSeries(owner, { interval, by: 'ticks', full: one.count, graceMs }, this.#sink);
          case 'volume':
            return new CountedSeries(owner, { interval, by: 'volume', full: one.volume, graceMs }, this.#sink);
          default: {
            const seconds = one.by === 'time' ? one.seconds : Number.POSITIVE_INFINITY;
            return new TimedSeries(owner, { interval, seconds, graceMs, fill, revise }, this.#sink);
          }
        }
      }),
    );
    this.#symbols.set(symbol, bars);
    this.#sorted = undefined;
    return bars;
  }

  #clockOf({ kind }: SymbolBars): number {
    return kind === 'lite' ? this.#receivedMs : this.#exchangeMs;
  }

  /** A bar that is over closes at once, though the clock does not move; of others the time is noted. */
  #watch(bars: SymbolBars, series: BarSeries): void {
    const nowMs = this.#clockOf(bars);
    while (series.dueMs <= nowMs) series.closeNext();
    if (bars.kind === 'lite') {
      if (series.dueMs < this.#receivedDueMs) this.#receivedDueMs = series.dueMs;
    } else if (series.dueMs < this.#dueMs) this.#dueMs = series.dueMs;
  }

  #advance(exchangeMs: number, receivedAt: number): void {
    if (!(exchangeMs > this.#exchangeMs) || !isCredible(exchangeMs, receivedAt)) return;
    this.#exchangeMs = exchangeMs;
    this.#skewMs = receivedAt - exchangeMs;
    if (exchangeMs >= this.#dueMs) this.#closeExchange(exchangeMs);
  }

  #closeExchange(nowMs: number): void {
    while (this.#dueMs <= nowMs) this.#dueMs = this.#closeDue(this.#dueMs, false);
  }

  #closeReceived(nowMs: number): void {
    while (this.#receivedDueMs <= nowMs) this.#receivedDueMs = this.#closeDue(this.#receivedDueMs, true);
  }

  /** Closes the bars that are due at one time, and returns when the next is. */
  #closeDue(dueMs: number, isReceived: boolean): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { kind, series } of this.#listSymbols()) {
      if ((kind === 'lite') !== isReceived) continue;
      for (const one of series) {
        while (one.dueMs <= dueMs) one.closeNext();
        if (one.dueMs < nextMs) nextMs = one.dueMs;
      }
    }
    return nextMs;
  }

  #listSymbols(): readonly SymbolBars[] {
    this.#sorted ??= [...this.#symbols.values()].sort((one, other) => (one.symbol < other.symbol ? -1 : 1));
    return this.#sorted;
  }

  /** Gives what changed in a stretch of time when the next one begins. */
  #giveChanges(timeMs: number): void {
    const { changesMs } = this.#options;
    if (changesMs === undefined || changesMs === 0) return;
    const stretch = Math.floor(timeMs / changesMs);
    if (!(stretch > this.#stretch)) return;
    this.#stretch = stretch;
    this.#giveAllChanges();
  }

  #giveAllChanges(): void {
    if (!this.#hasChanged) return;
    this.#hasChanged = false;
    for (const { series } of this.#listSymbols()) {
      for (const one of series) for (const bar of one.forming) if (bar.isChanged) this.#print(one, bar, false);
    }
  }

  #print(series: BarSeries, bar: FormingBar, isFinal: boolean): void {
    bar.isChanged = false;
    if (this.#isEnding) bar.isPartial = true;
    if (bar.isPartial && this.#options.skipPartial) return;
    const { owner } = series;
    this.#give(bar.toBar(owner.symbol, series.interval, owner.kind, isFinal));
  }
}

/** A time that is far ahead is an error of the sender: it would close all bars for good. Both are epoch milliseconds. */
function isCredible(exchangeMs: number, receivedAt: number): boolean {
  return exchangeMs <= receivedAt + DAY_MS;
}
