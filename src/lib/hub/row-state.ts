import { COLUMNS, type Column } from '../market/columns.ts';
import type { Kind, TopicKind } from '../market/kinds.ts';
import { SLOT_COUNTS } from '../market/slots.ts';
import { ALL_SLOTS, type TopicState } from '../market/tick.ts';

/** Columns that stand for one slot as it is: the others follow from them. */
type SlotColumn = Extract<Column, { readonly from: 'price' | 'integer' | 'seconds' }>;

const TOPIC_KINDS: Record<Kind, TopicKind> = { symbol: 'sf', index: 'if', depth: 'dp', lite: 'sf' };

function slotColumnsOf(kind: Kind): readonly SlotColumn[] {
  return COLUMNS[kind].filter(
    (column): column is SlotColumn => column.from === 'price' || column.from === 'integer' || column.from === 'seconds',
  );
}

const SLOT_COLUMNS: Record<Kind, readonly SlotColumn[]> = {
  symbol: slotColumnsOf('symbol'),
  index: slotColumnsOf('index'),
  depth: slotColumnsOf('depth'),
  lite: slotColumnsOf('lite'),
};

/** A topic's state read back from rows: prices as integers at the precision that the hub told. One object for its tick's life. */
export class RowState implements TopicState {
  readonly topic = '';
  readonly values: Int32Array;
  readonly multiplier = 1;
  known = 0;
  changed = ALL_SLOTS;
  precision = 0;
  receivedAt = 0;
  readonly #kind: Kind;
  #isFirst = true;

  constructor(kind: Kind) {
    this.#kind = kind;
    this.values = new Int32Array(SLOT_COUNTS[TOPIC_KINDS[kind]]);
  }

  /** Takes over a row, `row` as `JSON.parse` gives it. `changed` is against the row taken before. */
  take(row: Readonly<Record<string, unknown>>, precision: number): void {
    const isNewScale = this.#isFirst || precision !== this.precision;
    this.#isFirst = false;
    this.precision = precision;
    const scale = 10 ** precision;
    let changed = 0;
    let known = 0;
    for (const column of SLOT_COLUMNS[this.#kind]) {
      const bit = 1 << column.slot;
      const value = readColumn(row, column);
      if (typeof value !== 'number') {
        if ((this.known & bit) !== 0) changed |= bit;
        continue;
      }
      known |= bit;
      const raw = column.from === 'price' ? Math.round(value * scale) : value;
      if ((this.known & bit) === 0 || this.values[column.slot] !== raw) changed |= bit;
      this.values[column.slot] = raw;
    }
    this.known = known;
    this.changed = isNewScale ? ALL_SLOTS : changed;
    this.receivedAt = Number(row['received_at']);
  }
}

function readColumn(row: Readonly<Record<string, unknown>>, { name, place }: SlotColumn): unknown {
  if (place === undefined) return row[name];
  const levels = row[place.side];
  const level: unknown = Array.isArray(levels) ? levels[place.level] : undefined;
  return typeof level === 'object' && level !== null ? (level as Record<string, unknown>)[place.key] : undefined;
}
