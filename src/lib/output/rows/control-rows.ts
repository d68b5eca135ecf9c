import { formatIstTime } from '../../clock/ist.ts';
import type { TimeFormat } from './encoder.ts';

/** A stretch without data. Times are epoch milliseconds. */
export interface GapRow {
  readonly type: 'Gap';
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  readonly symbols: readonly string[];
}

/** The feed changed its state. `reason` is null where there is none, as for `live`. */
export interface StatusRow {
  readonly type: 'Status';
  readonly state: string;
  readonly at: number;
  readonly reason: string | null;
}

/** Rows were lost because the reader was slow. */
export interface SkippedRow {
  readonly type: 'Skipped';
  readonly rows: number;
  readonly at: number;
}

/** Rows about the stream, among the ticks with `--events`. */
export type ControlRow = GapRow | StatusRow | SkippedRow;

/** A control row as one line of JSON, with its line end; keys in the order of the contract. */
export function formatControlRow(row: ControlRow, time: TimeFormat): string {
  return `${JSON.stringify(orderKeys(row, (ms) => (time === 'iso' ? formatIstTime(ms) : ms)))}\n`;
}

function orderKeys(row: ControlRow, show: (ms: number) => number | string): object {
  if (row.type === 'Gap') {
    const { type, from, to, reason, symbols } = row;
    return { type, from: show(from), to: show(to), reason, symbols };
  }
  if (row.type === 'Status') return { type: row.type, state: row.state, at: show(row.at), reason: row.reason };
  return { type: row.type, rows: row.rows, at: show(row.at) };
}
