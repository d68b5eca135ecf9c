import { decimalsOf, isNumeric, unitsOf } from '../../market/column-value.ts';
import type { Column } from '../../market/columns.ts';
import { formatIstTime } from '../../market/ist-time.ts';
import { decimalNumber } from '../../market/price.ts';
import { readColumn } from '../../market/row.ts';
import type { Tick } from '../../market/tick.ts';
import type { TimeFormat } from '../encoder.ts';

/** Stands in a table where there is no value. */
const ABSENT = '-';

/** A column as people read it: prices padded to the instrument's precision. */
export function cellText(column: Column, tick: Tick, time: TimeFormat): string {
  if (!isNumeric(column) || column.from === 'seconds') return String(readColumn(column, tick, time) ?? ABSENT);
  const units = unitsOf(column, tick.state);
  if (units === null) return ABSENT;
  const decimals = decimalsOf(column, tick.state.precision);
  return decimalNumber(units, decimals).toFixed(decimals);
}

/** How long ago, in one short unit. */
export function ageText(sinceMs: number, nowMs: number): string {
  const seconds = Math.max(0, nowMs - sinceMs) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  if (seconds < 60) return `${Math.floor(seconds)}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)}h` : formatIstTime(sinceMs).slice(0, 10);
}
