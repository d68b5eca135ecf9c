import { visibleWidth } from '../terminal/paint.ts';

/** A column of a table that is laid out to a width. */
export interface LaidColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** The highest is left out first when the width is small; 0 is never left out. Columns of one rank belong together. */
  readonly rank: number;
  /** The column may be cut to so many characters before columns of the core are left out. */
  readonly leastWidth?: number;
}

export interface LaidCell {
  readonly text: string;
  /** A shorter form of the text, for a column that is too wide. */
  readonly short?: string;
  /** Colours the text, which is padded before. */
  readonly paint?: ((text: string) => string) | undefined;
}

export interface LayoutOptions {
  readonly width: number;
  readonly header: boolean;
  /** In place of what was cut off. */
  readonly cut: string;
  /** The width of each column so far, by its place: a column that shrank and grew with its numbers would move all others. */
  readonly widths?: Map<string, number>;
}

/** Blanks between two columns. */
const GAP = 2;
/** The highest rank of the core: rather than one of these, a part of a long name is left out. */
const CORE_RANK = 3;

/** Text that takes one column a character. */
const NARROW = /^[\x20-\x7e▲▼▸▁-█…]*$/;

/** Cells as lines, the header first. Where it is too wide, numbers take their short form, then columns of the highest rank are left out. */
export function layOut(
  columns: readonly LaidColumn[],
  rows: readonly (readonly LaidCell[])[],
  options: LayoutOptions,
): string[] {
  const shown = chooseColumns(columns, rows, options);
  const body = rows.map((row) =>
    joinCells(shown.map((column) => drawCell(row[column.place] ?? { text: '' }, column, options.cut))),
  );
  if (!options.header) return body;
  return [joinCells(shown.map((column) => drawCell({ text: column.title }, column, options.cut))), ...body];
}

/** A column that is shown. */
interface ShownColumn extends LaidColumn {
  /** Among all columns. */
  readonly place: number;
  readonly width: number;
  readonly isShort: boolean;
}

function chooseColumns(
  columns: readonly LaidColumn[],
  rows: readonly (readonly LaidCell[])[],
  { width, header, widths }: LayoutOptions,
): ShownColumn[] {
  const measure = (isShort: boolean): ShownColumn[] =>
    columns.map((column, place) => {
      let widest = header ? cellWidth(column.title) : 0;
      for (const row of rows) {
        const cell = row[place];
        if (cell) widest = Math.max(widest, cellWidth(isShort ? (cell.short ?? cell.text) : cell.text));
      }
      const key = `${place} ${isShort}`;
      const wide = Math.max(widest, widths?.get(key) ?? 0);
      widths?.set(key, wide);
      return { ...column, place, width: wide, isShort };
    });
  const [long, short] = [measure(false), measure(true)];
  for (let highest = Math.max(0, ...columns.map(({ rank }) => rank)); ; highest--) {
    for (const measured of [long, short]) {
      const shown = measured.filter(({ rank }) => rank <= highest);
      const excess = widthOf(shown) - width;
      const fitting = excess > 0 && highest <= CORE_RANK ? narrow(shown, excess) : shown;
      if (highest === 0 || widthOf(fitting) <= width) return fitting;
    }
  }
}

/** Cuts the first column that may be cut, if that is enough. */
function narrow(columns: readonly ShownColumn[], excess: number): ShownColumn[] {
  const enough = columns.find(({ width, leastWidth = width }) => width - excess >= leastWidth);
  return columns.map((column) => (column === enough ? { ...column, width: column.width - excess } : column));
}

function widthOf(columns: readonly ShownColumn[]): number {
  return columns.reduce((sum, { width }) => sum + width, GAP * Math.max(0, columns.length - 1));
}

function drawCell(cell: LaidCell, { width, align, isShort }: ShownColumn, cut: string): string {
  let text = isShort ? (cell.short ?? cell.text) : cell.text;
  let blanks = width - cellWidth(text);
  if (blanks < 0) {
    text = `${text.slice(0, Math.max(0, width - 1))}${cut}`;
    blanks = Math.max(0, width - cellWidth(text));
  }
  const padding = ' '.repeat(blanks);
  const painted = cell.paint ? cell.paint(text) : text;
  return align === 'right' ? padding + painted : painted + padding;
}

function joinCells(cells: readonly string[]): string {
  return cells.join(' '.repeat(GAP)).trimEnd();
}

function cellWidth(text: string): number {
  return NARROW.test(text) ? text.length : visibleWidth(text);
}
