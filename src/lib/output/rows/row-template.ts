import type { Column } from '../../market/columns.ts';

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
