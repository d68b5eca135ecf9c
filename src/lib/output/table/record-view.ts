import type { Clock } from '../../clock/clock.ts';
import { formatIstClock } from '../../clock/ist.ts';
import type { RecordRow, RecordType } from '../records/record-type.ts';
import type { TimeFormat } from '../rows/encoder.ts';
import { clipLine } from '../terminal/paint.ts';
import { renderRecordTable } from './record-table.ts';

/** So many rows are kept for a table that is printed at the end. */
const MAX_ROWS = 1_000;

export interface RecordViewOptions<Row> {
  readonly type: RecordType;
  readonly fields: readonly string[] | undefined;
  readonly time: TimeFormat;
  readonly header: boolean;
  readonly clock: Clock;
  /** A row replaces the line of the same key; without it the table shows the last rows, one below the other. */
  readonly keyOf?: ((row: Row) => string) | undefined;
}

/** Rows of one type as a table: one line for each key, in the order in which they came first, or the last rows. */
export class RecordView<Row extends object> {
  readonly #options: RecordViewOptions<Row>;
  /** By key, or by number. */
  readonly #rows = new Map<string | number, Row>();
  #count = 0;
  /** Rows for which there was no room. */
  #dropped = 0;
  #brokenSince: number | undefined;

  constructor(options: RecordViewOptions<Row>) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  add(row: Row): void {
    const { keyOf } = this.#options;
    this.#rows.set(keyOf?.(row) ?? this.#count, row);
    this.#count++;
    if (this.#rows.size <= MAX_ROWS) return;
    const [oldest] = this.#rows.keys();
    if (oldest !== undefined) this.#rows.delete(oldest);
    this.#dropped++;
  }

  /** Removes the line of a row's key. */
  remove(row: Row): void {
    const key = this.#options.keyOf?.(row);
    if (key !== undefined) this.#rows.delete(key);
  }

  /** Whole lines, no more than `height`. */
  render(width: number, height: number): string {
    const { type, fields, time, header, keyOf, clock } = this.#options;
    const above = [
      ...(this.#brokenSince === undefined ? [] : [`DISCONNECTED since ${formatIstClock(this.#brokenSince)} IST`]),
      ...(this.#dropped > 0 && height === Number.POSITIVE_INFINITY
        ? [`${this.#dropped} earlier rows are left out`]
        : []),
    ];
    const room = Math.max(1, height - above.length - (header ? 1 : 0));
    const rows = [...this.#rows.values()];
    const isCut = rows.length > room;
    const shown = !isCut ? rows : keyOf ? rows.slice(0, Math.max(1, room - 1)) : rows.slice(-room);
    const style = { fields, width, header, time, nowMs: clock.now() };
    const table = renderRecordTable(type, shown as RecordRow<RecordType>[], style);
    const more = isCut && keyOf ? `and ${rows.length - shown.length} more\n` : '';
    return `${above.map((line) => `${clipLine(line, width)}\n`).join('')}${table}${more}`;
  }

  setBroken(since: number | undefined): void {
    this.#brokenSince = since;
  }

  // Ticks are not shown here: the rows that are made of them are.
  tick(): void {}
  skip(): void {}
  leave(): void {}
  expect(): void {}
  forget(): void {}
}
