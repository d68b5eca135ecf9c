import { formatIstMoment, formatIstTime, istDate } from '../../clock/ist.ts';
import { isNumeric, numberOf, ownDecimals } from '../../market/column-value.ts';
import type { Column } from '../../market/columns.ts';
import { MAX_PRICE_DECIMALS } from '../../market/price.ts';
import { readColumn } from '../../market/row.ts';
import type { Tick } from '../../market/tick.ts';
import type { TimeFormat } from '../rows/encoder.ts';

/** Stands in a table where there is no value. */
export const ABSENT = '-';

/** A column's text in a table: prices padded to the instrument's precision, times as time of day in India. */
export function cellText(column: Column, tick: Tick, time: TimeFormat, nowMs: number): string {
  if (column.from === 'receivedAt' && time === 'epoch') return formatIstMoment(tick.state.receivedAt, nowMs);
  if (!isNumeric(column)) return String(readColumn(column, tick, time));
  const value = numberOf(column, tick.state);
  if (value === null) return ABSENT;
  if (column.from === 'seconds')
    return time === 'iso' ? formatIstTime(value * 1_000) : formatIstMoment(value * 1_000, nowMs);
  return padNumber(value, ownDecimals(column) ?? tick.state.precision);
}

/** With at least `least` decimals; none is cut off. */
function padNumber(value: number, least: number): string {
  const shortest = String(value);
  // With an exponent where it is below 10^-6.
  const plain = shortest.includes('e') ? value.toFixed(MAX_PRICE_DECIMALS).replace(/0+$/, '') : shortest;
  const [whole, decimals = ''] = plain.split('.');
  const padded = decimals.padEnd(least, '0');
  return padded === '' ? `${whole}` : `${whole}.${padded}`;
}

/** How long ago, in one short unit. */
export function ageText(sinceMs: number, nowMs: number): string {
  const seconds = Math.max(0, nowMs - sinceMs) / 1_000;
  // Rounded down, as all of them: 9.99 is not 10.0.
  if (seconds < 10) return `${(Math.floor(seconds * 10) / 10).toFixed(1)}s`;
  if (seconds < 60) return `${Math.floor(seconds)}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)}h` : istDate(sinceMs);
}

/** From here on a count is shown in the next unit. */
const COUNT_UNITS: readonly (readonly [least: number, unit: string])[] = [
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'K'],
];

/** A count in at most five characters, cut off and not rounded: `104K`, `1.2M`. Below 10,000 all of it. */
export function shortCount(count: number): string {
  if (count < 10_000) return String(count);
  const [least, unit] = COUNT_UNITS.find(([from]) => count >= from) ?? [1, ''];
  const amount = count / least;
  return `${amount < 10 ? Math.floor(amount * 10) / 10 : Math.floor(amount)}${unit}`;
}
