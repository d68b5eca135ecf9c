import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { type Interval, parseInterval } from '../../filters/bars/interval.ts';
import { withReceivedBars } from '../../filters/bars/received-bars.ts';
import type { BarHistory } from '../../history/bar-history.ts';
import type { Bar } from '../../market/bar.ts';
import type { Calendar } from '../../market/trading-hours.ts';
import { type BarFlags, planBars } from '../bars/plan-bars.ts';
import type { FilterRequest } from '../filter/filter-request.ts';
import { type ChartOutputOptions, planChartOutput } from './open-chart.ts';

const DEFAULT_INTERVAL = '1m';
/** As `bars` has it. */
const GRACE_MS = 2_000;

/** The words of the command line, sorted. */
export interface ChartWords {
  readonly symbols: readonly string[];
  readonly interval: Interval;
}

/** Finds the interval among the symbols: `chart NSE:SBIN-EQ 5m`. Throws `USAGE` for more than one. */
export function readChartWords(words: readonly string[]): ChartWords {
  const symbols: string[] = [];
  const intervals: Interval[] = [];
  for (const word of words) {
    const interval = findInterval(word);
    if (interval) intervals.push(interval);
    else symbols.push(word);
  }
  const [interval = parseInterval(DEFAULT_INTERVAL), ...others] = intervals;
  if (others.length > 0) {
    const names = intervals.map(({ name }) => name).join(', ');
    throw new TickpipeError('USAGE', `a chart has one interval: ${names}`, {
      hint: 'name the symbols and one interval, as in tickpipe chart NSE:SBIN-EQ 5m',
    });
  }
  return { symbols, interval };
}

function findInterval(word: string): Interval | undefined {
  try {
    return parseInterval(word);
  } catch {
    // A symbol: it is read with the others, and refused there if it is none.
    return undefined;
  }
}

/** What `chart` draws: bars of ticks, and bars that are piped in. */
export async function planChart(
  interval: Interval,
  flags: Pick<BarFlags, 'all-hours' | 'history'>,
  output: ChartOutputOptions,
  calendar: Calendar,
  openHistory: () => Promise<BarHistory | undefined>,
): Promise<FilterRequest<Bar>> {
  const barFlags: BarFlags = {
    'all-hours': flags['all-hours'],
    grace: GRACE_MS,
    'skip-partial': false,
    revise: true,
    fill: false,
    emit: 'final',
    history: flags.history,
  };
  const bars = await planBars([interval], barFlags, {}, calendar, openHistory);
  const request = { ...bars, create: withReceivedBars(bars.create), records: ['Bar'] };
  return {
    ...request,
    planOutput: (source, context) => planChartOutput(request, output, source, context),
  };
}
