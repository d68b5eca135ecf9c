import { decimalsOf, isNumeric, unitsOf } from '../../market/column-value.ts';
import type { Column } from '../../market/columns.ts';
import { KINDS, type Kind } from '../../market/kinds.ts';
import { decimalNumber } from '../../market/price.ts';
import type { RowBatch, Tick, TopicState } from '../../market/tick.ts';
import type { RowFilter } from '../../output/rows/row-filter.ts';
import { RowProbe } from '../../output/rows/row-probe.ts';
import { pathOf } from '../../output/rows/row-shape.ts';
import { kindOfRow } from '../../rows/row-fields.ts';
import { readCondition } from './check.ts';
import { compileCondition, type Failures, type Predicate } from './compile.ts';
import type { Condition } from './expression.ts';
import { tickColumns, UsedColumns } from './tick-columns.ts';

/** A condition that could not be computed for a row: it divides by zero. */
export interface WhereFailure {
  readonly symbol: string;
}

/** Called for the first row that cannot be judged whole. */
export type FailureListener = (failure: WhereFailure) => void;

/** The condition as it is for rows of one kind. */
interface KindTest {
  readonly columns: readonly Column[];
  readonly probe: RowProbe;
  readonly usesSymbol: boolean;
  readonly numbers: Float64Array;
  readonly matches: Predicate;
}

/** `--where` of ticks: the rows that an expression is true for. */
export class TickWhere implements RowFilter {
  /** Rows that were judged, and rows in which the expression divided by zero. */
  judged = 0;
  failures = 0;
  readonly #tests: Readonly<Record<Kind, KindTest | undefined>>;
  readonly #state: Failures = { failed: false };
  readonly #texts: [symbol: string] = [''];
  readonly #onFailure: FailureListener | undefined;

  /**
   * Throws `USAGE` for what is no condition, `UNKNOWN_FIELD` for a column that no row of these kinds has.
   * @param kinds of the rows there can be. A column that only another of them has is null.
   */
  constructor(text: string, kinds: readonly Kind[], onFailure?: FailureListener) {
    const condition = readCondition(text, tickColumns(kinds));
    const test = (kind: Kind): KindTest | undefined =>
      kinds.includes(kind) ? createTest(condition, kind, this.#state) : undefined;
    const [symbol, index, depth, lite] = KINDS.map(test);
    this.#tests = { symbol, index, depth, lite };
    this.#onFailure = onFailure;
  }

  matches(tick: Tick): boolean {
    const test = this.#tests[tick.kind];
    if (test === undefined) return false;
    const { row } = tick;
    if (row === undefined || !test.probe.read(row, 0, row.length, test.numbers)) readState(test, tick.state);
    this.#texts[0] = tick.symbol;
    const isMatch = this.#judge(test);
    if (this.#state.failed) this.#countFailure(tick.symbol);
    return isMatch;
  }

  matchesRow(batch: RowBatch, place: number, begin: number): boolean | undefined {
    const { bytes } = batch;
    const kind = kindOfRow(bytes, begin);
    if (kind === undefined) return undefined;
    const test = this.#tests[kind];
    if (test === undefined) return false;
    if (!test.probe.read(bytes, begin, batch.endAt(place), test.numbers)) return undefined;
    // To find the tick of a recorded row takes as long as to judge it.
    if (test.usesSymbol) this.#texts[0] = batch.tickAt(place).symbol;
    const isMatch = this.#judge(test);
    if (this.#state.failed) this.#countFailure(batch.tickAt(place).symbol);
    return isMatch;
  }

  #judge(test: KindTest): boolean {
    this.judged++;
    return test.matches(test.numbers, this.#texts);
  }

  #countFailure(symbol: string): void {
    this.#state.failed = false;
    if (this.failures++ === 0) this.#onFailure?.({ symbol });
  }
}

function createTest(condition: Condition, kind: Kind, failures: Failures): KindTest {
  const columns = new UsedColumns(kind);
  const matches = compileCondition(condition, columns, failures);
  const { numbers } = columns;
  return {
    columns: numbers,
    probe: new RowProbe(kind, numbers.map(pathOf)),
    usesSymbol: columns.usesSymbol,
    numbers: new Float64Array(numbers.length),
    matches,
  };
}

/** The numbers of a tick out of its slots, or of a raw row that its tick has parsed. */
function readState({ columns, numbers }: KindTest, state: TopicState): void {
  for (let place = 0; place < columns.length; place++) {
    const column = columns[place] as Column;
    if (!isNumeric(column)) {
      numbers[place] = state.receivedAt;
      continue;
    }
    if (state.columns) {
      numbers[place] = state.columns.numberOf(column) ?? Number.NaN;
      continue;
    }
    const units = unitsOf(column, state);
    numbers[place] = units === null ? Number.NaN : decimalNumber(units, decimalsOf(column, state));
  }
}
