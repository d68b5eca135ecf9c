/* The table of all rows: Markdown, so that it can be pasted into docs/benchmarks.md, with aligned columns for a terminal. */
import type { BenchRow } from './benchmark.ts';

const HEADING = ['what', 'figure', 'goal', 'limit', 'result', 'measured'];
/** Columns of numbers are aligned to the right. */
const NUMBERS = new Set([1, 2, 3]);

const isBeyond = ({ better, figure }: BenchRow, bound: number): boolean =>
  // NaN is beyond every bound.
  !(better === 'smaller' ? figure <= bound : figure >= bound);

export function missesLimit(row: BenchRow): boolean {
  return row.limit !== undefined && isBeyond(row, row.limit);
}

/** Two or three digits that count: 0.085, 0.26, 1.04, 13.4, 264. */
export function formatFigure(figure: number, unit: BenchRow['unit']): string {
  const size = Math.abs(figure);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3;
  return `${figure.toFixed(digits)}${unit === 'x' ? '' : ` ${unit}`}`;
}

/** A goal or a limit as it was written: `1.8`, `80 MB`. */
const formatBound = (row: BenchRow, bound: number | undefined): string => {
  if (bound === undefined) return '';
  return `${row.better === 'smaller' ? '≤' : '≥'} ${bound}${row.unit === 'x' ? '' : ` ${row.unit}`}`;
};

function judge(row: BenchRow): string {
  if (missesLimit(row)) return 'FAILS';
  if (row.goal === undefined) return row.limit === undefined ? '' : 'ok';
  return isBeyond(row, row.goal) ? 'goal missed' : 'goal reached';
}

export function formatTable(rows: readonly BenchRow[]): string {
  const lines = rows.map((row) => [
    row.what,
    formatFigure(row.figure, row.unit),
    formatBound(row, row.goal),
    formatBound(row, row.limit),
    judge(row),
    row.measured ?? '',
  ]);
  const widths = HEADING.map((name, at) =>
    Math.max(name.length, ...lines.map((cells) => (cells[at] as string).length)),
  );
  const format = (cells: readonly string[]): string => {
    const padded = cells.map((cell, at) => {
      const width = widths[at] as number;
      return NUMBERS.has(at) ? cell.padStart(width) : cell.padEnd(width);
    });
    return `| ${padded.join(' | ')} |`;
  };
  const rule = widths.map((width, at) => (NUMBERS.has(at) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return `${[format(HEADING), format(rule), ...lines.map(format)].join('\n')}\n`;
}

export function printTable(rows: readonly BenchRow[]): void {
  process.stdout.write(formatTable(rows));
}
