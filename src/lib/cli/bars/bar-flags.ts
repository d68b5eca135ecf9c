import * as Flags from '@oclif/core/flags';
import { parseDuration } from '../../clock/durations.ts';
import type { HistoryReach } from '../../filters/history/plan-history.ts';
import { parseIndicators } from '../../filters/indicators/indicator.ts';
import { choiceFlag, durationFlag, valueFlag } from '../command/flags.ts';
import { filterFlags } from '../filter/filter-flags.ts';

export const BARS = 'bars';
const EMITS = ['final', 'changes'] as const;

const DEFAULT_GRACE_MS = 2_000;
/** Bars that wait are kept: so many of the shortest interval are enough for any delay. */
const MAX_GRACE_MS = 600_000;

function toggle(summary: string) {
  return Flags.boolean({ summary, helpGroup: BARS });
}

const DAYS = /^([1-9]\d{0,3})d$/;

/** `2d` is two trading days; any other time is itself. Throws `InvalidValue`. */
function readHistoryReach(text: string): HistoryReach {
  const days = DAYS.exec(text.trim().toLowerCase())?.[1];
  return days === undefined ? { ms: parseDuration(text) } : { days: Number(days) };
}

/** The flags of `bars`. */
export const barFlags = {
  ...filterFlags,
  grace: valueFlag((text) => parseDuration(text, 'allowed', MAX_GRACE_MS))({
    summary: "how long a bar waits for late rows behind its end, by the exchange's clock",
    helpGroup: BARS,
    helpValue: '<time>',
    default: DEFAULT_GRACE_MS,
    defaultHelp: async () => '2s',
  }),
  'skip-partial': toggle('leave out bars of which a part was not seen'),
  revise: toggle('print a bar again, with its revision, when a row comes after it was closed'),
  'all-hours': toggle('also take trades outside the session; a day is then from midnight to midnight in India'),
  fill: toggle('print flat bars for intervals without a trade'),
  with: valueFlag(parseIndicators)({
    summary:
      'add columns of indicators: ema:20, sma:50, rsi:14, atr:14, macd, vwap (of the session); several between commas',
    helpGroup: BARS,
    helpValue: '<a,b,c>',
  }),
  history: valueFlag(readHistoryReach)({
    summary:
      "print the broker's own bars first, so far back: 2d is two trading days before the present one; also 4h; its bars follow a gap and the partial first bar, too",
    helpGroup: BARS,
    helpValue: '<time>',
  }),
  emit: choiceFlag(EMITS)({
    summary: 'print bars when they are final, or also while they change',
    helpGroup: BARS,
    helpValue: EMITS.join('|'),
    default: 'final',
  }),
  conflate: durationFlag('allowed')({
    summary: 'with --emit changes: print a bar at most once in this time; 1s if not given',
    helpGroup: BARS,
    helpValue: '<time>',
  }),
};
