import { isNumeric } from '../../market/column-value.ts';
import { COLUMNS, type Column } from '../../market/columns.ts';
import { type Kind, ROW_TYPES } from '../../market/kinds.ts';
import { type ColumnCode, callCode, UNKNOWN_NUMBER, UNKNOWN_TEXT } from './compile.ts';
import type { KnownColumns, ValueType } from './expression.ts';

/** A value that follows from columns, for each kind of rows that has them. */
interface ComputedColumn {
  readonly operation: 'mid' | 'spreadBps' | 'dayPosition';
  readonly of: Readonly<Partial<Record<Kind, readonly string[]>>>;
}

const BEST_PRICES: ComputedColumn['of'] = {
  symbol: ['bid', 'ask', 'bid_size', 'ask_size'],
  depth: ['bid_price_1', 'ask_price_1', 'bid_quantity_1', 'ask_quantity_1'],
};
const DAY_RANGE = ['ltp', 'low', 'high'];

/**
 * `mid`: the middle between the best bid and the best ask; null where one side is empty. `spread_bps`: ask minus bid in hundredths of a
 * percent of `mid`. `day_position`: where the last price stands between the day's low (0) and high (1); null while they are equal.
 */
export const COMPUTED: Readonly<Record<string, ComputedColumn>> = {
  mid: { operation: 'mid', of: BEST_PRICES },
  spread_bps: { operation: 'spreadBps', of: BEST_PRICES },
  day_position: { operation: 'dayPosition', of: { symbol: DAY_RANGE, index: DAY_RANGE } },
};

/** What an expression may name in rows of these kinds. */
export function tickColumns(kinds: readonly Kind[]): KnownColumns {
  const types = new Map<string, ValueType>();
  for (const kind of kinds) {
    for (const { name, from } of COLUMNS[kind])
      types.set(name, from === 'type' || from === 'symbol' ? 'text' : 'number');
    for (const [name, { of }] of Object.entries(COMPUTED)) if (of[kind]) types.set(name, 'number');
  }
  const refused = new Map<string, string>();
  if (kinds.includes('depth')) {
    for (const side of ['bid', 'ask']) refused.set(side, `${side}_price_1 is the best price of that side`);
  }
  const texts = new Map([['type', kinds.map((kind) => ROW_TYPES[kind])]]);
  return { types, refused, texts };
}

/** The columns of one kind that an expression uses, each with a place among the numbers. */
export class UsedColumns implements ColumnCode {
  /** In the order of their places. */
  readonly numbers: Column[] = [];
  usesSymbol = false;
  readonly #kind: Kind;

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  number(name: string): string {
    const column = COLUMNS[this.#kind].find((one) => one.name === name);
    if (column) return `n[${this.#placeOf(column)}]`;
    const computed = Object.hasOwn(COMPUTED, name) ? COMPUTED[name] : undefined;
    const parts = computed?.of[this.#kind];
    if (computed === undefined || parts === undefined) return UNKNOWN_NUMBER;
    return callCode(
      computed.operation,
      parts.map((part) => this.number(part)),
    );
  }

  text(name: string): string {
    if (name === 'type') return JSON.stringify(ROW_TYPES[this.#kind]);
    if (name !== 'symbol') return UNKNOWN_TEXT;
    this.usesSymbol = true;
    return 's[0]';
  }

  #placeOf(column: Column): number {
    if (!isNumeric(column) && column.from !== 'receivedAt') throw new RangeError(`${column.name} is no number`);
    const place = this.numbers.indexOf(column);
    return place >= 0 ? place : this.numbers.push(column) - 1;
  }
}
