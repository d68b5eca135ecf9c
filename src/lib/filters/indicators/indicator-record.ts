import { BAR } from '../../output/records/bar-record.ts';
import {
  booleanColumn,
  numberColumn,
  type RecordColumn,
  type RecordType,
  withColumns,
} from '../../output/records/record-type.ts';
import { columnsOf, type Indicator, WARM } from './indicator.ts';

/** The type of bars with the columns of indicators. */
export function barsWith(indicators: readonly Indicator[]): RecordType {
  const columns: Record<string, RecordColumn> = {};
  for (const indicator of indicators) {
    for (const name of columnsOf(indicator))
      columns[name] = numberColumn(describe(indicator), { nullWhen: NOT_DEFINED });
  }
  columns[WARM] = booleanColumn('Whether the indicators have enough bars behind them.', { rank: 1 });
  return withColumns(BAR, columns);
}

const NOT_DEFINED = 'there are too few bars';

function describe(indicator: Indicator): string {
  switch (indicator.kind) {
    case 'ema':
      return `Exponential average of ${indicator.period} closes.`;
    case 'sma':
      return `Average of ${indicator.period} closes.`;
    case 'rsi':
      return `Relative strength index of ${indicator.period} bars, after Wilder.`;
    case 'atr':
      return `Average true range of ${indicator.period} bars, after Wilder.`;
    case 'macd':
      return 'Difference of the exponential averages of 12 and 26 closes, its average of 9, and what is between both.';
    case 'vwap':
      return "Average price of the day's bars so far, weighted by volume.";
  }
}
