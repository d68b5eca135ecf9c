import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { BarHistory, BarHistoryRequest } from '../../history/bar-history.ts';
import { ownerOf } from '../../history/candle-bar.ts';
import { findHistoryInterval, type HistoryInterval } from '../../history/history-interval.ts';
import { goBack } from '../../history/history-ranges.ts';
import type { Bar } from '../../market/bar.ts';
import type { Calendar } from '../../market/trading-hours.ts';
import type { BarJoinPlan } from '../bars/bar-join.ts';
import type { Interval } from '../bars/interval.ts';
import { TradingSpans } from '../bars/trading-spans.ts';
import type { FilterSurroundings } from '../tick-filter.ts';
import { HistoryJoin } from './history-join.ts';

/** How far the history goes back: so many trading days before the present one, or a time. */
export type HistoryReach = { readonly days: number } | { readonly ms: number };

export interface HistoryPlanOptions {
  readonly reach: HistoryReach;
  readonly intervals: readonly HistoryInterval[];
  readonly calendar: Calendar;
  readonly allHours: boolean;
  /** The account's; undefined where the feed has its own. */
  readonly history: BarHistory | undefined;
}

/** Plans the join of bars with those of the broker. */
export function planHistory({ reach, intervals, calendar, allHours, history: given }: HistoryPlanOptions): BarJoinPlan {
  const spans = new TradingSpans(calendar, allHours);
  const beginOf = (symbol: string, atMs: number): number =>
    'ms' in reach ? atMs - reach.ms : goBack(reach.days + 1, atMs, ownerOf(symbol, calendar), calendar);
  const startOf = (symbol: string, { unit, lengthMs }: HistoryInterval, time: number): number => {
    const { from } = spans.find(symbol, time);
    const seconds = lengthMs / 1_000;
    return unit === 'day' ? from : from + Math.floor((time - from) / seconds) * seconds;
  };
  return {
    createJoin: (output, surroundings, options) => {
      const history = given ?? surroundings.history;
      if (history === undefined) {
        output.warn('this feed has no history: its bars begin without', { event: 'history' });
        return undefined;
      }
      return new HistoryJoin({
        ...options,
        history: new AlikeHistory(history, surroundings),
        clock: surroundings.clock,
        intervals,
        beginOf,
        startOf,
        warn: output.warn,
        onWaiting: output.hold,
      });
    },
  };
}

/** The broker's intervals of these; the first one that it does not have as a text. */
export function findIntervals(intervals: readonly Interval[], allHours: boolean): HistoryInterval[] | string {
  const found: HistoryInterval[] = [];
  for (const { name, by } of intervals) {
    const interval = by === 'time' || by === 'session' ? findHistoryInterval(name) : undefined;
    if (interval === undefined) return `the broker has no candles of ${name}`;
    // The broker counts from the open of the session, and all hours from midnight.
    const isAligned = interval.unit !== 'day' && QUARTER_MS % interval.lengthMs === 0;
    if (allHours && !isAligned) return `the broker's candles of ${name} are not those of all hours`;
    found.push(interval);
  }
  return found;
}

const QUARTER_MS = 15 * 60_000;

/** Refuses candles of a simulator beside rows of FYERS, and the reverse. */
class AlikeHistory implements BarHistory {
  readonly #history: BarHistory;
  readonly #surroundings: FilterSurroundings;

  constructor(history: BarHistory, surroundings: FilterSurroundings) {
    this.#history = history;
    this.#surroundings = surroundings;
  }

  get simulated(): boolean {
    return this.#history.simulated;
  }

  async *read(request: BarHistoryRequest, signal: AbortSignal): AsyncGenerator<readonly Bar[]> {
    if (this.#surroundings.isSimulated() !== this.simulated) {
      const [rows, candles] = this.simulated ? ['of FYERS', 'simulated'] : ['simulated', 'of FYERS'];
      throw new TickpipeError('HISTORY_FAILED', `the rows are ${rows}, and the history is ${candles}`);
    }
    yield* this.#history.read(request, signal);
  }

  close(): void {
    void this.#history.close();
  }
}
