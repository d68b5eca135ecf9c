import { isNumeric, type NumericColumn, ownDecimals, slotsOf } from '../market/column-value.ts';
import { COLUMNS, type Column } from '../market/columns.ts';
import type { Kind } from '../market/kinds.ts';
import { ALL_SLOTS, type ColumnNumbers, type TopicState } from '../market/tick.ts';
import type { RowScanner } from '../output/rows/row-scanner.ts';

/** As on the wire. */
const MAX_PRECISION = 9;
/** Of most instruments in India; currencies have four. */
const USUAL_PRECISION = 2;

type ParsedRow = Readonly<Record<string, unknown>>;

/** The last moment that a date can be of, with room for the time zone. */
const MAX_TIME_MS = 8.64e15 - 86_400_000;
const MS_PER_SECOND = 1_000;

/** The numeric columns of a kind's rows, and the place of each among them. */
interface RowColumns {
  readonly list: readonly NumericColumn[];
  readonly places: ReadonlyMap<Column, number>;
}

function columnsOf(kind: Kind): RowColumns {
  const list = COLUMNS[kind].filter(isNumeric);
  return { list, places: new Map(list.map((column, place) => [column, place])) };
}

const ROW_COLUMNS: Record<Kind, RowColumns> = {
  symbol: columnsOf('symbol'),
  index: columnsOf('index'),
  depth: columnsOf('depth'),
  lite: columnsOf('lite'),
};

/**
 * What a row that came finished says, column by column as it says it: no slot is as wide as what a row may hold, and what
 * follows from other columns need not be worked out again. One object for its tick's life.
 */
export class RowState implements TopicState, ColumnNumbers {
  readonly topic = '';
  /** There are no slots. */
  readonly values = new Int32Array(0);
  readonly known = 0;
  readonly multiplier = 1;
  changed = ALL_SLOTS;
  /** Of the instrument, as far as it is known: tables pad prices to it. */
  precision = USUAL_PRECISION;
  receivedAt = 0;
  readonly #columns: RowColumns;
  readonly #numbers: (number | null)[];
  #isFirst = true;

  constructor(kind: Kind) {
    this.#columns = ROW_COLUMNS[kind];
    this.#numbers = this.#columns.list.map(() => null);
  }

  get columns(): ColumnNumbers {
    return this;
  }

  numberOf(column: Column): number | null {
    const place = this.#columns.places.get(column);
    return place === undefined ? null : (this.#numbers[place] as number | null);
  }

  /**
   * Takes over a row, `row` as `JSON.parse` gives it. `changed` is against the row taken before.
   * @param given the precision of its prices; undefined: the most decimals that prices have had
   */
  take(row: ParsedRow, given: number | undefined): void {
    this.#takeNumbers((place) => readNumber(row, this.#columns.list[place] as NumericColumn), given);
    const receivedAt = row['received_at'];
    if (isTime(receivedAt, 1)) this.receivedAt = receivedAt;
  }

  /** The same of a row of the contract. @param row has scanned it */
  takeScanned(row: RowScanner, given: number | undefined): void {
    this.#takeNumbers((place) => {
      const value = row.number(row.numberPlaces[place] as number);
      return Number.isNaN(value) ? null : value;
    }, given);
    this.receivedAt = row.number(row.timePlace);
  }

  #takeNumbers(read: (place: number) => number | null, given: number | undefined): void {
    let precision = given ?? this.precision;
    let changed = 0;
    const { list } = this.#columns;
    for (let place = 0; place < list.length; place++) {
      const column = list[place] as NumericColumn;
      const value = read(place);
      if (given === undefined && value !== null && ownDecimals(column) === undefined) {
        precision = countDecimals(value, precision);
      }
      if (value === this.#numbers[place]) continue;
      this.#numbers[place] = value;
      changed |= slotsOf(column);
    }
    this.changed = this.#isFirst || precision !== this.precision ? ALL_SLOTS : changed;
    this.#isFirst = false;
    this.precision = precision;
  }
}

/** How many decimals this can be written with, `least` or more. */
function countDecimals(value: number, least: number): number {
  let decimals = least;
  while (decimals < MAX_PRECISION && Math.round(value * 10 ** decimals) / 10 ** decimals !== value) decimals++;
  return decimals;
}

/** Null for what is no number, and for a time that is none. */
function readNumber(row: ParsedRow, { name, place, from }: NumericColumn): number | null {
  let value: unknown;
  if (place === undefined) value = row[name];
  else {
    const levels = row[place.side];
    const level: unknown = Array.isArray(levels) ? levels[place.level] : undefined;
    if (typeof level === 'object' && level !== null) value = (level as ParsedRow)[place.key];
  }
  if (from === 'seconds') return isTime(value, MS_PER_SECOND) ? value : null;
  // Both zeros are one value.
  return typeof value === 'number' && Number.isFinite(value) ? value + 0 : null;
}

function isTime(value: unknown, unitMs: number): value is number {
  return typeof value === 'number' && Math.abs(value * unitMs) <= MAX_TIME_MS;
}
