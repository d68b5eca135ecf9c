import { TickpipeError } from '../errors/tickpipe-error.ts';
import { IMBALANCE_SLOTS, SPREAD_SLOTS } from '../market/book.ts';
import { COLUMNS, type Column } from '../market/columns.ts';
import { KINDS, type Kind } from '../market/kinds.ts';
import { toRow } from '../market/row.ts';
import type { Tick } from '../market/tick.ts';

/** A tick's row as values by name; depth nested, as NDJSON has it. */
type Values = Readonly<Record<string, unknown>>;
type Level = Readonly<Record<string, unknown>>;

interface Watch {
  /** Slots of which one must have changed before the values are looked at. */
  readonly slots: number;
  readonly read: readonly ((row: Values) => unknown)[];
}

const EVERY_SLOT = -1;
const LEVEL_COLUMN = /^(bid|ask)_(price|quantity|orders)_(\d)$/;

/** Lets only rows through in which one of the watched columns differs from that subscription's row before. */
export class ChangedFilter {
  readonly #watches: Record<Kind, Watch>;
  /** What was printed last, by tick id. */
  readonly #printed: (readonly unknown[] | undefined)[] = [];
  /** By tick id, whether that is how the state was before the present tick: then the changed slots tell enough. */
  readonly #settled: (boolean | undefined)[] = [];

  /**
   * @param names columns, flattened names allowed; `bid` and `ask` mean the whole side of a book
   * @param kinds the kinds of the rows there can be. Throws `UNKNOWN_FIELD` for a name that none of them has.
   */
  constructor(names: readonly string[], kinds: readonly Kind[] = KINDS) {
    if (names.length === 0) throw unknownField('nothing', kinds);
    for (const name of names) {
      if (!kinds.some((kind) => columnsNamed(kind, name).length > 0)) throw unknownField(JSON.stringify(name), kinds);
    }
    const watch = (kind: Kind): Watch => {
      const columns = names.flatMap((name) => columnsNamed(kind, name));
      return { slots: columns.reduce((slots, column) => slots | slotsOf(column), 0), read: columns.map(readerOf) };
    };
    this.#watches = { symbol: watch('symbol'), index: watch('index'), depth: watch('depth'), lite: watch('lite') };
  }

  /** Whether a watched column differs from what was printed last, or nothing was. */
  differs(tick: Tick): boolean {
    const differs = this.#difference(tick) !== undefined;
    this.#settled[tick.id] = !differs;
    return differs;
  }

  /** As `differs`, and takes the row as printed if so. */
  admits(tick: Tick): boolean {
    const values = this.#difference(tick);
    if (values !== undefined) this.#printed[tick.id] = values;
    this.#settled[tick.id] = true;
    return values !== undefined;
  }

  /** The values of the watched columns, or undefined when they are what was printed last. */
  #difference(tick: Tick): readonly unknown[] | undefined {
    const { slots, read } = this.#watches[tick.kind];
    if (this.#settled[tick.id] === true && (tick.state.changed & slots) === 0) return undefined;
    const before = this.#printed[tick.id];
    const row = toRow(tick, { simulated: false, time: 'epoch' }) as Values;
    const values = read.map((readValue) => readValue(row));
    return before?.every((value, position) => value === values[position]) ? undefined : values;
  }
}

function columnsNamed(kind: Kind, name: string): readonly Column[] {
  const side = kind === 'depth' && (name === 'bid' || name === 'ask') ? name : undefined;
  return COLUMNS[kind].filter((column) =>
    side === undefined ? column.name === name : LEVEL_COLUMN.exec(column.name)?.[1] === side,
  );
}

function slotsOf(column: Column): number {
  switch (column.from) {
    case 'price':
    case 'integer':
    case 'seconds':
      return 1 << column.slot;
    case 'change':
    case 'changePercent':
      return (1 << column.slot) | (1 << column.base);
    case 'spread':
      return SPREAD_SLOTS;
    case 'imbalance':
      return IMBALANCE_SLOTS;
    case 'receivedAt':
      return EVERY_SLOT;
    case 'type':
    case 'symbol':
      return 0;
  }
}

function readerOf({ name }: Column): (row: Values) => unknown {
  const found = LEVEL_COLUMN.exec(name);
  if (found === null) return (row) => row[name];
  const [, side, field, level] = found;
  return (row) => (row[side as string] as readonly Level[])[Number(level) - 1]?.[field as string];
}

function unknownField(what: string, kinds: readonly Kind[]): TickpipeError {
  const valid = [...new Set(kinds.flatMap((kind) => COLUMNS[kind].map((column) => column.name)))];
  return new TickpipeError('UNKNOWN_FIELD', `--changed: ${what} is no column; there are ${valid.join(', ')}`);
}
