import { formatIstMoment } from '../../clock/ist.ts';
import { createReader, plainText, readCell } from '../records/record-encoder.ts';
import type { CellValue, RecordColumn, RecordRow, RecordType } from '../records/record-type.ts';
import type { TimeFormat } from '../rows/encoder.ts';
import { ABSENT } from './cell-text.ts';
import { type GridColumn, renderGrid } from './grid.ts';

export interface RecordTableOptions {
  /** The names of the columns in their order, checked before; without it those that people look at. */
  readonly fields: readonly string[] | undefined;
  /** Columns of the terminal; a column that was asked for is never left out. */
  readonly width: number;
  readonly header: boolean;
  readonly time?: TimeFormat | undefined;
  /** Moments of the same day in India are printed as a time of day, epoch milliseconds. */
  readonly nowMs?: number | undefined;
}

/** Rows as a table: whole lines, nothing without rows. Numbers in their shortest exact form, at the right. */
export function renderRecordTable<T extends RecordType>(
  type: T,
  rows: readonly RecordRow<T>[],
  { fields, width, header, time, nowMs = 0 }: RecordTableOptions,
): string {
  if (rows.length === 0) return '';
  const names = fields ?? usualFields(type, rows);
  const readers = names.map((name) => createReader(type, name, { time }));
  const printers = names.map((name) => createPrinter(type.columns[name], time, nowMs));
  const cells = rows.map((row) => readers.map((read, at) => (printers[at] as Printer)(read(row)) || ABSENT));
  const columns = names.map((name): GridColumn => {
    const column = type.columns[name];
    const align = column?.kind === 'number' ? 'right' : 'left';
    return { title: name, align, rank: fields ? 0 : (column?.rank ?? 0) };
  });
  return `${renderGrid(columns, cells, { width, header })}\n`;
}

type Printer = (value: CellValue) => string;

/** Moments as a time in India, as in tables of ticks; numbers with at least their decimals. */
function createPrinter(column: RecordColumn | undefined, time: TimeFormat | undefined, nowMs: number): Printer {
  const { time: unit, decimals } = column ?? {};
  if (unit !== undefined && time !== 'iso') {
    const unitMs = unit === 'seconds' ? 1_000 : 1;
    return (value) => (typeof value === 'number' ? formatIstMoment(value * unitMs, nowMs) : plainText(value));
  }
  if (decimals === undefined) return plainText;
  return (value) => {
    const text = plainText(value);
    return typeof value === 'number' && countDecimals(text) < decimals ? value.toFixed(decimals) : text;
  };
}

/** Many for a number with an exponent. */
function countDecimals(text: string): number {
  const [, behind = ''] = text.split('.');
  return text.includes('e') ? Number.POSITIVE_INFINITY : behind.length;
}

/** Without `type`, which is the same in all rows, and without columns that are empty in all of them. */
function usualFields<T extends RecordType>(type: T, rows: readonly RecordRow<T>[]): string[] {
  return Object.keys(type.columns).filter(
    (name) => !type.columns[name]?.isHidden && rows.some((row) => readCell(type, row, name) !== null),
  );
}
