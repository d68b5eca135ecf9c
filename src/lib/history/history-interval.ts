import { DAY_MS } from '../clock/ist.ts';
import { InvalidValue } from '../errors/invalid-value.ts';

export type HistoryUnit = 'second' | 'minute' | 'day' | 'week' | 'month';

/** A length of candles that the broker keeps. */
export interface HistoryInterval {
  /** As a bar names it: `1m`, `1h`, `1d`. */
  readonly name: string;
  /** As FYERS names it: `1`, `60`, `1D`. */
  readonly resolution: string;
  readonly unit: HistoryUnit;
  /** Of a month: the longest. */
  readonly lengthMs: number;
}

/** FYERS' resolutions. */
const SECONDS = [5, 10, 15, 30, 45];
const MINUTES = [1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 120, 180, 240];
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;
const LONGEST_MONTH_DAYS = 31;

const LONG: readonly HistoryInterval[] = [
  { name: '1d', resolution: '1D', unit: 'day', lengthMs: DAY_MS },
  { name: '1w', resolution: '1W', unit: 'week', lengthMs: 7 * DAY_MS },
  { name: '1mo', resolution: '1M', unit: 'month', lengthMs: LONGEST_MONTH_DAYS * DAY_MS },
];

/** Every interval of the broker, the shortest first. */
export const HISTORY_INTERVALS: readonly HistoryInterval[] = [
  ...SECONDS.map(
    (count): HistoryInterval => ({
      name: `${count}s`,
      resolution: `${count}S`,
      unit: 'second',
      lengthMs: count * SECOND_MS,
    }),
  ),
  ...MINUTES.map(
    (count): HistoryInterval => ({
      name: count % HOUR_MINUTES === 0 ? `${count / HOUR_MINUTES}h` : `${count}m`,
      resolution: String(count),
      unit: 'minute',
      lengthMs: count * MINUTE_MS,
    }),
  ),
  ...LONG,
];

const INTERVAL = /^([1-9]\d{0,4})(s|m|h|d|w|mo)$/;
const UNIT_MS: Readonly<Record<string, number>> = {
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MINUTES * MINUTE_MS,
};

/**
 * The broker's candles of a length such as `1m`, `60s`, `1h` or `1d`, under the name that was given; `undefined` when it has none of that length. `1M` is a
 * month, as FYERS writes it.
 */
export function findHistoryInterval(text: string): HistoryInterval | undefined {
  const bare = text.trim();
  const name = bare === '1M' ? '1mo' : bare.toLowerCase();
  const [, count = '', unit = ''] = INTERVAL.exec(name) ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs === undefined) return LONG.find((one) => one.name === name);
  const isTime = (one: HistoryInterval): boolean => one.unit === 'second' || one.unit === 'minute';
  const found = HISTORY_INTERVALS.find((one) => isTime(one) && one.lengthMs === Number(count) * unitMs);
  return found && { ...found, name };
}

/** Throws `InvalidValue`, which names the intervals, for one that the broker does not have. */
export function readHistoryInterval(text: string): HistoryInterval {
  const found = findHistoryInterval(text);
  if (found !== undefined) return found;
  const names = HISTORY_INTERVALS.map(({ name }) => name).join(', ');
  throw new InvalidValue(`the broker has no candles of ${JSON.stringify(text.slice(0, 40))}`, `there are ${names}`);
}
