import { COLUMNS, type Column } from '../../market/columns.ts';
import type { Kind, TopicKind } from '../../market/kinds.ts';
import { SLOT_COUNTS } from '../../market/slots.ts';
import { ALL_SLOTS, type TopicState } from '../../market/tick.ts';

/** Columns that stand for one slot as it is: what the others say follows from them. */
type SlotColumn = Extract<Column, { readonly from: 'price' | 'integer' | 'seconds' }>;
type ParsedRow = Readonly<Record<string, unknown>>;

const TOPIC_KINDS: Record<Kind, TopicKind> = { symbol: 'sf', index: 'if', depth: 'dp', lite: 'sf' };
const MAX_PRECISION = 9;
const INT32_MAX = 0x7fffffff;

/** One for each slot: two columns may show the same. */
function slotColumnsOf(kind: Kind): readonly SlotColumn[] {
  const columns = new Map<number, SlotColumn>();
  for (const column of COLUMNS[kind]) {
    if (column.from !== 'price' && column.from !== 'integer' && column.from !== 'seconds') continue;
    if (!columns.has(column.slot)) columns.set(column.slot, column);
  }
  return [...columns.values()];
}

const SLOT_COLUMNS: Record<Kind, readonly SlotColumn[]> = {
  symbol: slotColumnsOf('symbol'),
  index: slotColumnsOf('index'),
  depth: slotColumnsOf('depth'),
  lite: slotColumnsOf('lite'),
};

/** A topic's state read back from rows: prices are whole units of its precision. One object for its tick's life. */
export class RowState implements TopicState {
  readonly topic = '';
  readonly values: Int32Array;
  readonly multiplier = 1;
  known = 0;
  changed = ALL_SLOTS;
  precision = 0;
  receivedAt = 0;
  readonly #columns: readonly SlotColumn[];
  #isFirst = true;

  constructor(kind: Kind) {
    this.#columns = SLOT_COLUMNS[kind];
    this.values = new Int32Array(SLOT_COUNTS[TOPIC_KINDS[kind]]);
  }

  /**
   * Takes over a row, `row` as `JSON.parse` gives it. `changed` is against the row taken before.
   * @param told the decimals of its prices, as the hub told them; undefined when it did not
   */
  take(row: ParsedRow, told: number | undefined): void {
    const precision = this.#precisionFor(row, told ?? this.precision);
    const isNewScale = this.#isFirst || precision !== this.precision;
    this.#isFirst = false;
    this.precision = precision;
    const scale = 10 ** precision;
    let changed = 0;
    let known = 0;
    for (const column of this.#columns) {
      const bit = 1 << column.slot;
      const value = readColumn(row, column);
      if (value === undefined) {
        changed |= this.known & bit;
        continue;
      }
      known |= bit;
      const raw = column.from === 'price' ? Math.round(value * scale) : value;
      if ((this.known & bit) === 0 || this.values[column.slot] !== raw) changed |= bit;
      this.values[column.slot] = raw;
    }
    this.known = known;
    this.changed = isNewScale ? ALL_SLOTS : changed;
    const receivedAt = row['received_at'];
    if (typeof receivedAt === 'number') this.receivedAt = receivedAt;
  }

  /** As told, but never so few that a price would be rounded, nor so many that one would not fit. */
  #precisionFor(row: ParsedRow, told: number): number {
    const prices: number[] = [];
    for (const column of this.#columns) {
      const price = column.from === 'price' ? readColumn(row, column) : undefined;
      if (price !== undefined) prices.push(price);
    }
    const precision = countDecimals(prices, told);
    const fits = prices.every((price) => Math.abs(price) * 10 ** precision <= INT32_MAX);
    return fits ? precision : countDecimals(prices, 0);
  }
}

/** How many decimals all of these can be written with, `least` or more. */
function countDecimals(prices: readonly number[], least: number): number {
  let precision = least;
  for (const price of prices) {
    while (precision < MAX_PRECISION && Math.round(price * 10 ** precision) / 10 ** precision !== price) precision++;
  }
  return precision;
}

/** Undefined for null, and for what is no number. */
function readColumn(row: ParsedRow, { name, place }: SlotColumn): number | undefined {
  let value: unknown;
  if (place === undefined) value = row[name];
  else {
    const levels = row[place.side];
    const level: unknown = Array.isArray(levels) ? levels[place.level] : undefined;
    if (typeof level === 'object' && level !== null) value = (level as ParsedRow)[place.key];
  }
  return typeof value === 'number' ? value : undefined;
}
