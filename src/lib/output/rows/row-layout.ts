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

/** A cell that follows from several slots. */
export interface MultiSlotCell {
  readonly cell: number;
  readonly slots: number;
}

/** A template prepared for writing, shared by all rows of its kind. Cells are numbered in their order. */
export interface RowLayout {
  readonly writers: readonly CellWriter[];
  /** The writers for raw rows, created for the first one. */
  rawRowWriters(): readonly CellWriter[];
  /** The fixed text in front of each cell, and after the last. */
  readonly texts: readonly Uint8Array[];
  /** For each slot, the cells that follow from it alone. */
  readonly bySlot: readonly (readonly number[])[];
  readonly multiSlotCells: readonly MultiSlotCell[];
  /** Cells with the time of arrival, which changes with every row. */
  readonly receivedAtCells: readonly number[];
  /** The longest a row may be, without its symbol. */
  readonly maxBytes: number;
}

export function createLayout({ cells, after }: RowTemplate, style: ValueStyle): RowLayout {
  const writers = cells.map(({ column }) => new CellWriter(column, style));
  const texts = [...cells.map(({ before }) => before), after].map(
    (text) => new Uint8Array(Buffer.from(text, 'latin1')),
  );
  let finished: readonly CellWriter[] | undefined;
  const slots = cells.map(({ column }) => slotsOf(column));
  return {
    writers,
    rawRowWriters: () => (finished ??= cells.map(({ column }) => new RawRowCellWriter(column, style))),
    texts,
    bySlot: Array.from({ length: SLOTS }, (_, slot) =>
      slots.flatMap((mask, cell) => (mask === 1 << slot ? [cell] : [])),
    ),
    multiSlotCells: slots.flatMap((mask, cell) => ((mask & (mask - 1)) === 0 ? [] : [{ cell, slots: mask }])),
    receivedAtCells: cells.flatMap(({ column }, cell) => (column.from === 'receivedAt' ? [cell] : [])),
    maxBytes:
      writers.reduce((sum, writer) => sum + writer.maxBytes, 0) + texts.reduce((sum, text) => sum + text.length, 0),
  };
}
