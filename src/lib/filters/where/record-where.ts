import { type RecordType, SIMULATED_MARK } from '../../output/records/record-type.ts';
import { readCondition } from './check.ts';
import { type ColumnCode, compileCondition, type Failures, type Predicate } from './compile.ts';
import type { ValueType } from './expression.ts';

/** A column of the rows of a filter. `mark`: true, or not there at all, which is false. */
export interface RecordColumn {
  readonly name: string;
  readonly type: ValueType | 'mark';
}

/** What an expression may name in rows of a type. The mark of simulated rows is not theirs: it is put behind them when they are printed. */
export function whereColumns({ columns }: RecordType): RecordColumn[] {
  const own = Object.entries(columns).filter(([name]) => name !== SIMULATED_MARK);
  return own.map(([name, { kind, isOptional, values }]) => {
    if (kind !== 'boolean') return { name, type: kind };
    // A key that is true or not there.
    const isMark = isOptional === true && values?.every((value) => value === true);
    return { name, type: isMark ? 'mark' : 'flag' };
  });
}

type Values = Readonly<Record<string, unknown>>;

/** `--where` of rows that are objects, such as bars. */
export class RecordWhere<Row extends object> {
  /** Rows that were judged, and rows in which the expression divided by zero. */
  judged = 0;
  failures = 0;
  readonly #numbers: Float64Array;
  readonly #texts: (string | null)[];
  readonly #numberColumns: readonly RecordColumn[];
  readonly #textColumns: readonly RecordColumn[];
  readonly #matches: Predicate;
  readonly #state: Failures = { failed: false };
  readonly #onFailure: ((row: Row) => void) | undefined;

  /**
   * Throws `USAGE` for what is no condition, `UNKNOWN_FIELD` for a name that is not among the columns.
   * @param onFailure called for the first row that divides by zero
   */
  constructor(text: string, columns: readonly RecordColumn[], onFailure?: (row: Row) => void) {
    const types = new Map(columns.map(({ name, type }) => [name, type === 'mark' ? 'flag' : type]));
    const used = new UsedRecordColumns(columns);
    this.#matches = compileCondition(readCondition(text, { types }), used, this.#state);
    this.#numberColumns = used.numbers;
    this.#textColumns = used.texts;
    this.#numbers = new Float64Array(used.numbers.length);
    this.#texts = used.texts.map(() => null);
    this.#onFailure = onFailure;
  }

  matches(row: Row): boolean {
    const values = row as Values;
    this.judged++;
    for (const [place, column] of this.#numberColumns.entries()) this.#numbers[place] = numberOf(column, values);
    for (const [place, { name }] of this.#textColumns.entries()) {
      const value = values[name];
      this.#texts[place] = typeof value === 'string' ? value : null;
    }
    const isMatch = this.#matches(this.#numbers, this.#texts);
    if (this.#state.failed) {
      this.#state.failed = false;
      if (this.failures++ === 0) this.#onFailure?.(row);
    }
    return isMatch;
  }
}

class UsedRecordColumns implements ColumnCode {
  readonly numbers: RecordColumn[] = [];
  readonly texts: RecordColumn[] = [];
  readonly #columns: readonly RecordColumn[];

  constructor(columns: readonly RecordColumn[]) {
    this.#columns = columns;
  }

  number(name: string): string {
    return `n[${this.#placeOf(name, this.numbers)}]`;
  }

  text(name: string): string {
    return `s[${this.#placeOf(name, this.texts)}]`;
  }

  #placeOf(name: string, used: RecordColumn[]): number {
    const place = used.findIndex((column) => column.name === name);
    if (place >= 0) return place;
    const column = this.#columns.find((one) => one.name === name);
    if (column === undefined) throw new RangeError(`there is no column ${name}`);
    return used.push(column) - 1;
  }
}

function numberOf({ name, type }: RecordColumn, row: Values): number {
  const value = row[name];
  if (typeof value === 'number') return value;
  if (value === true) return 1;
  return value === false || type === 'mark' ? 0 : Number.NaN;
}
