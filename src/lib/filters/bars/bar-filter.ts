import type { Timer } from '../../clock/clock.ts';
import type { Bar } from '../../market/bar.ts';
import type { Tick } from '../../market/tick.ts';
import type { ControlRow } from '../../output/rows/control-rows.ts';
import type { CreateFilter, FilterOutput, FilterSurroundings, TickFilter } from '../tick-filter.ts';
import { BarBuilder, type BarBuilderOptions, QUIET_MS } from './bar-builder.ts';
import type { BarJoin, BarJoinPlan } from './bar-join.ts';

/** How often a live feed is checked for silence. */
const CHECK_MS = 500;
/** How often a live table shows forming bars. */
const PREVIEW_MS = 500;

/** The columns of ticks that bars are made of. */
export const BAR_NEEDS = [
  'ltp',
  'high',
  'low',
  'volume',
  'oi',
  'last_trade_time',
  'exchange_time',
  'received_at',
] as const;

export interface BarFilterOptions extends BarBuilderOptions {
  /** Adds columns to each bar that is given, in the order in which they are. */
  readonly addColumns?: ((bar: Bar) => Bar) | undefined;
  /** Joins the bars with those of the broker. */
  readonly history?: BarJoinPlan | undefined;
}

/** Makes the filter of the `bars` command. @param options `changesMs` undefined: only final bars are printed */
export function createBarFilter(options: BarFilterOptions): CreateFilter<Bar> {
  return (output, surroundings) => new BarFilter(options, output, surroundings);
}

class BarFilter implements TickFilter {
  readonly #builder: BarBuilder;
  readonly #join: BarJoin | undefined;
  readonly #output: FilterOutput<Bar>;
  readonly #surroundings: FilterSurroundings;
  readonly #timer: Timer | undefined;
  /** Since when a live feed is connected and has given no row, epoch milliseconds; undefined while it is not connected. */
  #silentSince: number | undefined;
  #hasTick = false;
  #hasWarned = false;

  constructor(options: BarFilterOptions, output: FilterOutput<Bar>, surroundings: FilterSurroundings) {
    this.#output = output;
    this.#surroundings = surroundings;
    const isPrinted = options.changesMs !== undefined;
    // A live table shows forming bars, too, though they are no printed rows.
    const changesMs = options.changesMs ?? (surroundings.isLiveTable ? PREVIEW_MS : undefined);
    const { addColumns = (bar: Bar) => bar, history, skipPartial } = options;
    const give = (made: Bar): void => {
      const bar = addColumns(made);
      if (bar.final || isPrinted) output.emit(bar);
      else output.preview(bar);
    };
    const join = history?.createJoin(output, surroundings, { give, skipPartial });
    this.#join = join;
    this.#builder = new BarBuilder(
      // Left out by the join: of a partial bar the broker has a better version.
      { ...options, changesMs, skipPartial: skipPartial && join === undefined },
      join === undefined ? give : (bar) => join.take(bar),
    );
    if (surroundings.isLive) this.#timer = surroundings.clock.every(CHECK_MS, () => this.#check());
  }

  tick(tick: Tick): void {
    this.#hasTick = true;
    this.#builder.tick(tick);
    if (this.#join !== undefined && !this.#join.has(tick.symbol)) this.#beginHistory(this.#join, tick);
    const { outside, placed } = this.#builder.counters;
    if (outside > 0 && placed === 0 && !this.#hasWarned) this.#warnOfHours(tick.symbol);
  }

  control(row: ControlRow): void {
    if (row.type === 'Gap') {
      this.#builder.gap(row.from, row.to, row.symbols);
      this.#join?.gap(row.from, row.to, row.symbols);
    } else if (row.type === 'Skipped') {
      this.#join?.gapOfAll(this.#builder.receivedMs, row.at);
      this.#builder.skipped(row.at);
    } else this.#silentSince = row.state === 'live' ? this.#surroundings.clock.now() : undefined;
  }

  settle(): Promise<void> | undefined {
    return this.#join?.settle();
  }

  end(): void {
    this.#timer?.cancel();
    this.#join?.end();
    this.#builder.end();
    this.#reportCounts();
  }

  /** Without a connection a gap follows, which the bars have to say: they wait for it. */
  #check(): void {
    const now = this.#surroundings.clock.now();
    if (this.#hasTick && this.#silentSince !== undefined) this.#silentSince = now;
    this.#hasTick = false;
    if (this.#silentSince !== undefined && now - this.#silentSince >= QUIET_MS) this.#builder.quiet(now);
  }

  /** Bars of last prices are by another clock than the broker's. */
  #beginHistory(join: BarJoin, { kind, symbol }: Tick): void {
    if (kind !== 'symbol' && kind !== 'index') return;
    const { exchangeMs } = this.#builder;
    if (Number.isFinite(exchangeMs)) join.begin(symbol, exchangeMs, this.#builder.formingOf(symbol));
  }

  /** Once, so that nobody waits for bars of a market that is closed. */
  #warnOfHours(symbol: string): void {
    this.#hasWarned = true;
    const message = `a trade of ${symbol} is outside its trading session; such trades are left out without --all-hours`;
    this.#output.warn(message, { event: 'outside_session', symbol });
  }

  #reportCounts(): void {
    const { late, outside, otherTypes } = this.#builder.counters;
    const counts = [
      describe(late, 'row came', 'rows came', 'after its bar was closed', 'after their bars were closed'),
      describe(outside, 'trade', 'trades', 'outside the session was left out', 'outside the session were left out'),
      describe(otherTypes, 'row', 'rows', 'of another type was left out', 'of another type were left out'),
    ].filter((text) => text !== '');
    if (counts.length > 0)
      this.#output.warn(counts.join('; '), { event: 'bars', late, outside, other_types: otherTypes });
  }
}

function describe(count: number, one: string, many: string, oneEnd: string, manyEnd: string): string {
  if (count === 0) return '';
  return count === 1 ? `1 ${one} ${oneEnd}` : `${count} ${many} ${manyEnd}`;
}
