import { slotsOf } from '../../market/column-value.ts';
import type { Column } from '../../market/columns.ts';
import { CellWriter, RawRowCellWriter, type ValueStyle } from './cell-writer.ts';

/** A column in a row's bytes, and the fixed text in front of it. */
export interface Cell {
  readonly column: Column;
  readonly before: string;
}

/** The layout of one kind of row: cells in their order, then fixed text up to and with the line end. */
export interface RowTemplate {
  readonly cells: readonly Cell[];
  readonly after: string;
}

/** Collects fixed text and columns into a template. */
export class TemplateBuilder {
  readonly #cells: Cell[] = [];
  #text = '';

  text(text: string): this {
    this.#text += text;
    return this;
  }

  column(column: Column): this {
    this.#cells.push({ column, before: this.#text });
    this.#text = '';
    return this;
  }

  finish(): RowTemplate {
    return { cells: this.#cells, after: this.#text };
  }
}

const SLOTS = 31;
/** A set of cells is two small integers with so many bits each. A book, the widest row, has 37 cells. */
export const CELLS_PER_SET = 31;

/**
 * How a cell is rewritten, as integers, so that one loop rewrites the cells of all columns. Up to `changePercent` the value follows
 * from slots, up to `seconds` without decimals. `written`: by the cell's `CellWriter`, as is every value that is no plain number.
 */
export const PLAN = { count: 0, seconds: 1, price: 2, change: 3, changePercent: 4, receivedAt: 5, written: 6 } as const;

/** What is written for each cell of a row, by the cell's number. */
export interface CellPlans {
  /** One integer a cell: how (`PLAN_BITS`), its slot and the slot that a change is measured against (`SLOT_BITS` each), the length of the text in front. */
  readonly plans: Int32Array;
  readonly writers: readonly CellWriter[];
}

export const PLAN_BITS = 3;
export const SLOT_BITS = 5;

/** A template prepared for writing, shared by all rows of its kind. Cells are numbered in their order. */
export interface RowLayout {
  readonly cells: CellPlans;
  /** For raw rows, created for the first one. */
  rawRowCells(): CellPlans;
  /** The fixed text in front of each cell, and after the last. */
  readonly texts: readonly Uint8Array[];
  /** The cells that follow from each slot, among others or alone: two sets a slot, the first cells and the later ones. */
  readonly bySlot: Int32Array;
  /** Cells with the time of arrival, which changes with every row: two sets. */
  readonly receivedAtCells: Int32Array;
  /** The longest a row may be, without its symbol. */
  readonly maxBytes: number;
}

export function createLayout({ cells, after }: RowTemplate, style: ValueStyle): RowLayout {
  if (cells.length > 2 * CELLS_PER_SET) throw new RangeError(`a row has ${cells.length} cells`);
  const columns = cells.map(({ column }) => column);
  const writers = columns.map((column) => new CellWriter(column, style));
  const texts = [...cells.map(({ before }) => before), after].map(
    (text) => new Uint8Array(Buffer.from(text, 'latin1')),
  );
  let rawRowCells: CellPlans | undefined;
  return {
    cells: {
      plans: Int32Array.from(columns, (column, cell) => pack(planOf(column, style), column, texts[cell])),
      writers,
    },
    rawRowCells: () =>
      (rawRowCells ??= {
        plans: Int32Array.from(columns, (column, cell) => pack(PLAN.written, column, texts[cell])),
        writers: columns.map((column) => new RawRowCellWriter(column, style)),
      }),
    texts,
    bySlot: Int32Array.from({ length: 2 * SLOTS }, (_, at) =>
      collectCells(columns, at % 2, (column) => (slotsOf(column) & (1 << (at >> 1))) !== 0),
    ),
    receivedAtCells: Int32Array.from([0, 1], (half) =>
      collectCells(columns, half, (column) => column.from === 'receivedAt'),
    ),
    maxBytes:
      writers.reduce((sum, writer) => sum + writer.maxBytes, 0) + texts.reduce((sum, text) => sum + text.length, 0),
  };
}

function planOf(column: Column, { time }: ValueStyle): number {
  switch (column.from) {
    case 'price':
      return PLAN.price;
    case 'integer':
      return PLAN.count;
    case 'seconds':
      return time === 'epoch' ? PLAN.seconds : PLAN.written;
    case 'change':
      return PLAN.change;
    case 'changePercent':
      return PLAN.changePercent;
    case 'receivedAt':
      return time === 'epoch' ? PLAN.receivedAt : PLAN.written;
    default:
      return PLAN.written;
  }
}

function pack(plan: number, column: Column, text: Uint8Array | undefined): number {
  const slot = 'slot' in column ? column.slot : 0;
  const base = 'base' in column ? column.base : 0;
  return plan | ((slot | ((base | ((text?.length ?? 0) << SLOT_BITS)) << SLOT_BITS)) << PLAN_BITS);
}

/** One half of the set of cells with such a column. */
function collectCells(columns: readonly Column[], half: number, isMember: (column: Column) => boolean): number {
  return columns
    .slice(half * CELLS_PER_SET, (half + 1) * CELLS_PER_SET)
    .reduce((set, column, bit) => (isMember(column) ? set | (1 << bit) : set), 0);
}
