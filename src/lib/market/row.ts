import { formatIstTime } from '../clock/ist.ts';
import { isNumeric, numberOf } from './column-value.ts';
import { COLUMNS, type Column } from './columns.ts';
import { ROW_TYPES } from './kinds.ts';
import type { Row } from './rows.ts';
import type { Tick } from './tick.ts';

export interface RowOptions {
  /** Marks the row as simulated. */
  readonly simulated: boolean;
  /** Epoch numbers, or ISO 8601 in IST. */
  readonly time: 'epoch' | 'iso';
}

/** The value of one column of a row. */
export type ColumnValue = string | number | null;

/** One column of a tick's row. Not for the hot road. */
export function readColumn(column: Column, tick: Tick, time: RowOptions['time']): ColumnValue {
  if (!isNumeric(column)) {
    if (column.from === 'receivedAt')
      return time === 'iso' ? formatIstTime(tick.state.receivedAt) : tick.state.receivedAt;
    return column.from === 'type' ? ROW_TYPES[tick.kind] : tick.symbol;
  }
  const value = numberOf(column, tick.state);
  return column.from === 'seconds' && value !== null && time === 'iso' ? formatIstTime(value * 1_000) : value;
}

/** A tick as an object of the contract, keys in its order; a copy that lasts. */
export function toRow(tick: Tick, options: RowOptions): Row {
  const row: Record<string, unknown> = {};
  for (const column of COLUMNS[tick.kind]) {
    const value = readColumn(column, tick, options.time);
    const { place } = column;
    if (place === undefined) row[column.name] = value;
    else {
      row[place.side] ??= [];
      const levels = row[place.side] as Record<string, unknown>[];
      levels[place.level] ??= {};
      (levels[place.level] as Record<string, unknown>)[place.key] = value;
    }
  }
  if (options.simulated) row['simulated'] = true;
  return row as Row;
}
