import { InvalidValue } from '../../errors/invalid-value.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { BAR_NEEDS, createBarFilter } from '../../filters/bars/bar-filter.ts';
import type { BarJoinPlan } from '../../filters/bars/bar-join.ts';
import { type Interval, parseIntervals } from '../../filters/bars/interval.ts';
import type { HistoryReach } from '../../filters/history/plan-history.ts';
import type { Indicator } from '../../filters/indicators/indicator.ts';
import type { BarHistory } from '../../history/bar-history.ts';
import type { Bar } from '../../market/bar.ts';
import type { Calendar } from '../../market/trading-hours.ts';
import { BAR } from '../../output/records/bar-record.ts';
import type { FilterRequest } from '../filter/filter-request.ts';
import type { SettingSource } from '../settings/settings.ts';

/** Without `--conflate`. */
const DEFAULT_CONFLATE_MS = 1_000;

/** The values of the flags of `bars`. Times in milliseconds. */
export interface BarFlags {
  readonly grace: number;
  readonly 'skip-partial': boolean;
  readonly revise: boolean;
  readonly 'all-hours': boolean;
  readonly fill: boolean;
  readonly emit: 'final' | 'changes';
  readonly with?: readonly Indicator[] | undefined;
  readonly conflate?: number | undefined;
  readonly history?: HistoryReach | undefined;
}

/** What `bars` makes out of ticks. Throws `USAGE`. */
export async function planBars(
  intervals: readonly Interval[],
  flags: BarFlags,
  sources: Readonly<Record<string, SettingSource>>,
  calendar: Calendar,
  openHistory: () => Promise<BarHistory | undefined>,
): Promise<FilterRequest<Bar>> {
  const hasChanges = flags.emit === 'changes';
  if (!hasChanges && sources['conflate'] === 'flag') {
    throw new TickpipeError('USAGE', '--conflate is for forming bars', { hint: 'give --emit changes, too' });
  }
  const history = flags.history && (await planJoin(flags.history, intervals, flags, calendar, openHistory));
  const indicators = flags.with && (await planIndicators(flags.with));
  return {
    type: indicators?.type ?? BAR,
    create: createBarFilter({
      intervals,
      calendar,
      allHours: flags['all-hours'],
      graceMs: flags.grace,
      skipPartial: flags['skip-partial'],
      revise: flags.revise,
      fill: flags.fill,
      changesMs: hasChanges ? (flags.conflate ?? DEFAULT_CONFLATE_MS) : undefined,
      addColumns: indicators?.addColumns,
      history,
    }),
    keyOf: ({ symbol, interval }) => `${symbol} ${interval}`,
    isTableByKey: true,
    kind: 'symbol',
    kinds: ['symbol', 'index', 'lite'],
    needs: BAR_NEEDS,
    wanted: [...(flags.revise || history ? ['revision'] : []), ...(history ? ['source'] : [])],
  };
}

/** Throws `USAGE` for intervals that the broker does not have, before anything is asked for. */
async function planJoin(
  reach: HistoryReach,
  intervals: readonly Interval[],
  flags: BarFlags,
  calendar: Calendar,
  openHistory: () => Promise<BarHistory | undefined>,
): Promise<BarJoinPlan> {
  const { findIntervals, planHistory } = await import('../../filters/history/plan-history.ts');
  const found = findIntervals(intervals, flags['all-hours']);
  if (typeof found === 'string') {
    throw new TickpipeError('USAGE', `--history: ${found}`, { hint: 'tickpipe history --help names its intervals' });
  }
  const history = await openHistory();
  return planHistory({ reach, intervals: found, calendar, allHours: flags['all-hours'], history });
}

/** The indicators and their library are loaded only when they are asked for. */
async function planIndicators(wanted: readonly Indicator[]) {
  const { IndicatorColumns } = await import('../../filters/indicators/indicator-columns.ts');
  const { barsWith } = await import('../../filters/indicators/indicator-record.ts');
  const columns = new IndicatorColumns(wanted);
  return { type: barsWith(wanted), addColumns: (bar: Bar) => columns.add(bar) };
}

/** The intervals of the command line. Throws `USAGE`, with a hint when a symbol stands in their place. */
export function readIntervals(text: string): Interval[] {
  try {
    return parseIntervals(text);
  } catch (error) {
    if (error instanceof InvalidValue) throw error.at('interval');
    throw error;
  }
}
