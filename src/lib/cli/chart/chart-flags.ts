import { InvalidValue } from '../../errors/invalid-value.ts';
import { barFlags } from '../bars/bar-flags.ts';
import {
  answerLimitFlags,
  connectionFlags,
  playbackFlags,
  sourceFlags,
  streamLimitFlags,
  streamOutputFlags,
  valueFlag,
} from '../command/flags.ts';

const CHART = 'chart';
const SIZE = /^([1-9]\d{0,3})x([1-9]\d{0,3})$/;

/** How large a chart is. */
export interface ChartSize {
  readonly columns: number;
  readonly lines: number;
}

/** A size such as `120x30`. Throws `InvalidValue`. */
export function readChartSize(text: string): ChartSize {
  const [, columns, lines] = SIZE.exec(text.trim().toLowerCase()) ?? [];
  if (columns === undefined || lines === undefined) {
    throw new InvalidValue(`${JSON.stringify(text.slice(0, 20))} is not a size`, 'write columns and lines as 120x30');
  }
  return { columns: Number(columns), lines: Number(lines) };
}

const { count, duration, until, 'idle-timeout': idleTimeout } = streamLimitFlags;

/** The flags of `chart`. */
export const chartFlags = {
  ...sourceFlags,
  ...playbackFlags,
  size: valueFlag(readChartSize)({
    summary: 'columns and lines of a chart that is printed once; on a terminal those of the terminal',
    helpGroup: CHART,
    helpValue: '<columns>x<lines>',
  }),
  history: {
    ...barFlags.history,
    summary: "draw the broker's own bars first, so far back: 2d is two trading days before the present one; also 4h",
    helpGroup: CHART,
  },
  'all-hours': { ...barFlags['all-hours'], helpGroup: CHART },
  'max-lag': streamOutputFlags['max-lag'],
  count: { ...count, summary: 'stop after this many bars' },
  duration,
  until,
  'idle-timeout': { ...idleTimeout, summary: 'stop with 124 when no bar comes for this long' },
  timeout: { ...answerLimitFlags.timeout, summary: 'stop with 124 when no bar came within this time' },
  ...connectionFlags,
};
