import { InvalidValue } from '../../errors/invalid-value.ts';

/** What is computed from the bars of a symbol: its columns, in their order, follow from it. */
export type Indicator =
  | { readonly kind: 'ema' | 'sma' | 'rsi' | 'atr'; readonly period: number }
  | { readonly kind: 'macd' | 'vwap' };
export type IndicatorKind = Indicator['kind'];

/** MACD has these lengths, as nearly everywhere. */
export const MACD_PERIODS = { short: 12, long: 26, signal: 9 } as const;

/** A longer one keeps much memory for each symbol. */
const MAX_PERIOD = 1_000;
const MAX_INDICATORS = 16;
/** The change of one bar is no average. */
const MIN_RSI_PERIOD = 2;
const INDICATOR = /^([a-z]+)(?::(\d{1,9}))?$/;
const HINT = 'write it as ema:20, sma:50, rsi:14, atr:14, macd or vwap; several stand between commas';
/** How much of a bad value an error repeats. */
const MAX_SHOWN = 40;

/** Indicators between commas, each once, as in `ema:20,macd`. Throws `InvalidValue`. */
export function parseIndicators(text: string): Indicator[] {
  const indicators = new Map(text.split(',').map((one) => [one.trim(), parseIndicator(one)]));
  if (indicators.size > MAX_INDICATORS) {
    throw new InvalidValue(`${indicators.size} indicators are too many`, `the maximum is ${MAX_INDICATORS}`);
  }
  return [...indicators.values()];
}

function parseIndicator(text: string): Indicator {
  const [, kind, digits] = INDICATOR.exec(text.trim()) ?? [];
  const shown = JSON.stringify(text.slice(0, MAX_SHOWN));
  switch (kind) {
    case 'macd':
    case 'vwap':
      if (digits !== undefined) throw new InvalidValue(`${shown}: ${kind} takes no number`, HINT);
      return { kind };
    case 'ema':
    case 'sma':
    case 'rsi':
    case 'atr': {
      if (digits === undefined) throw new InvalidValue(`${shown} needs a number of bars`, HINT);
      const period = Number(digits);
      const least = kind === 'rsi' ? MIN_RSI_PERIOD : 1;
      if (period >= least && period <= MAX_PERIOD) return { kind, period };
      throw new InvalidValue(`${shown}: the number of bars is from ${least} to ${MAX_PERIOD}`, HINT);
    }
    default:
      throw new InvalidValue(`${shown} is no indicator`, HINT);
  }
}

/** Behind all columns of indicators: whether they have enough bars. */
export const WARM = 'warm';

/** The names of the columns of an indicator. A bar has a `vwap` of its own. */
export function columnsOf(indicator: Indicator): string[] {
  switch (indicator.kind) {
    case 'macd':
      return ['macd', 'macd_signal', 'macd_hist'];
    case 'vwap':
      return ['session_vwap'];
    default:
      return [`${indicator.kind}_${indicator.period}`];
  }
}

/** How many bars it looks back. */
export function periodOf(indicator: Indicator): number {
  if ('period' in indicator) return indicator.period;
  return indicator.kind === 'macd' ? MACD_PERIODS.long : 0;
}
