import CliTable from 'cli-table3';
import { visibleWidth } from '../terminal/paint.ts';

export interface GridColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** The least important is left out first when the terminal is narrow; 0 is never left out. */
  readonly rank: number;
}

/** No lines, two blanks between columns: a table that can be read, copied and cut. */
const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Text in columns. Columns with a rank are left out until it fits the width. */
export function renderGrid(
  columns: readonly GridColumn[],
  rows: readonly (readonly string[])[],
  options: { readonly width: number; readonly header: boolean },
): string {
  let shown = columns.map((_, position) => position);
  for (;;) {
    const text = draw(shown, columns, rows, options.header);
    const leastRank = Math.max(0, ...shown.map((position) => columns[position]?.rank ?? 0));
    if (leastRank === 0 || widthOf(text) <= options.width) return text;
    // Columns of one rank belong together: a bid without its ask is of little use.
    shown = shown.filter((position) => columns[position]?.rank !== leastRank);
  }
}

function draw(
  shown: readonly number[],
  columns: readonly GridColumn[],
  rows: readonly (readonly string[])[],
  header: boolean,
): string {
  const table = new CliTable({
    head: header ? shown.map((position) => columns[position]?.title ?? '') : [],
    colAligns: shown.map((position) => columns[position]?.align ?? 'left'),
    chars: NO_BORDERS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  for (const row of rows) table.push(shown.map((position) => row[position] ?? ''));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function widthOf(text: string): number {
  return Math.max(0, ...text.split('\n').map((line) => visibleWidth(line)));
}
