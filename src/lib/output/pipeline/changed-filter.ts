import { slotsOf } from '../../market/column-value.ts';
import type { Column } from '../../market/columns.ts';
import { KINDS, type Kind } from '../../market/kinds.ts';
import { type ColumnValue, readColumn } from '../../market/row.ts';
import { ALL_SLOTS, type Tick } from '../../market/tick.ts';
import { checkFields, columnsNamed } from '../rows/field-selection.ts';

interface Watch {
  /** Slots of which one must have changed before the values are looked at. */
  readonly slots: number;
  readonly columns: readonly Column[];
}

/** Lets only rows through in which one of the watched columns differs from that subscription's row before. */
export class ChangedFilter {
  readonly #watches: Record<Kind, Watch>;
  /** The values printed last, by tick id. */
  readonly #printed: (readonly ColumnValue[] | undefined)[] = [];
  /** By tick id: whether the printed values were the state before the present tick. Then the changed slots are enough to compare. */
  readonly #settled: (boolean | undefined)[] = [];

  /**
   * @param names columns, flattened names allowed; `bid` and `ask` mean the whole side of a book
   * @param kinds the kinds of the rows there can be. Throws `UNKNOWN_FIELD` for a name that none of them has.
   */
  constructor(names: readonly string[], kinds: readonly Kind[] = KINDS) {
    checkFields(names, kinds, 'changed');
    const watch = (kind: Kind): Watch => {
      const columns = names.flatMap((name) => columnsNamed(kind, name));
      return { slots: columns.reduce((slots, column) => slots | watchedSlots(column), 0), columns };
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
  #difference(tick: Tick): readonly ColumnValue[] | undefined {
    const { slots, columns } = this.#watches[tick.kind];
    if (this.#settled[tick.id] === true && (tick.state.changed & slots) === 0) return undefined;
    const before = this.#printed[tick.id];
    const values = columns.map((column) => readColumn(column, tick, 'epoch'));
    return before?.every((value, position) => value === values[position]) ? undefined : values;
  }
}

/** `received_at` changes with every row. */
function watchedSlots(column: Column): number {
  return column.from === 'receivedAt' ? ALL_SLOTS : slotsOf(column);
}
