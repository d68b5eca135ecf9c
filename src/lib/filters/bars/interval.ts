import { InvalidValue } from '../../errors/invalid-value.ts';
import type { BarInterval } from '../../market/bar.ts';

/** What decides where a bar ends: a length of time, the session, a number of trades seen, or a volume. */
export type Interval = { readonly name: BarInterval } & (
  | { readonly by: 'time'; readonly seconds: number }
  | { readonly by: 'session' }
  | { readonly by: 'ticks'; readonly count: number }
  | { readonly by: 'volume'; readonly volume: number }
);

const INTERVAL = /^([1-9]\d{0,11})([smhdtv])$/;
const UNIT_SECONDS = { s: 1, m: 60, h: 3_600 } as const;
/** A longer time is longer than any session. */
const MAX_SECONDS = 86_400;
/** Each interval has bars of its own for every symbol. */
export const MAX_INTERVALS = 8;
const HINT = 'write it as 5s, 1m, 1h, 1d (the session), 500t (trades) or 100000v (volume)';
/** How much of a bad value an error repeats. */
const MAX_SHOWN = 40;

/** An interval such as `1m`. Throws `InvalidValue`. */
export function parseInterval(text: string): Interval {
  const name = text.trim();
  const [, digits = '', unit] = INTERVAL.exec(name) ?? [];
  const amount = Number(digits);
  const shown = JSON.stringify(text.slice(0, MAX_SHOWN));
  switch (unit) {
    case 's':
    case 'm':
    case 'h': {
      const seconds = amount * UNIT_SECONDS[unit];
      if (seconds >= MAX_SECONDS) throw new InvalidValue(`${shown} is too long`, 'the longest bar is the session, 1d');
      return { name, by: 'time', seconds };
    }
    case 'd':
      if (amount !== 1) throw new InvalidValue(`${shown} is too long`, 'the longest bar is the session, 1d');
      return { name, by: 'session' };
    case 't':
      return { name, by: 'ticks', count: amount };
    case 'v':
      return { name, by: 'volume', volume: amount };
    default:
      throw new InvalidValue(`${shown} is not an interval`, HINT);
  }
}

/** Intervals between commas, each once. Throws `InvalidValue`. */
export function parseIntervals(text: string): Interval[] {
  const intervals = new Map(text.split(',').map((one) => [one.trim(), parseInterval(one)]));
  if (intervals.size > MAX_INTERVALS) {
    throw new InvalidValue(`${intervals.size} intervals are too many`, `the maximum is ${MAX_INTERVALS}`);
  }
  return [...intervals.values()];
}
