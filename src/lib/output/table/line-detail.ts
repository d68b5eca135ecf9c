import { formatIstClock } from '../../clock/ist.ts';
import type { Tick } from '../../market/tick.ts';
import { drawChart } from '../chart/draw-chart.ts';
import { renderLadders } from './depth-ladder.ts';
import { layOut } from './layout.ts';
import type { Drawing, TableColumns } from './table-columns.ts';
import type { Line } from './table-lines.ts';

/** The order book of a line, as far as there is one. */
export interface LineBook {
  readonly tick: Tick | undefined;
  /** Why there is none. */
  readonly note?: string | undefined;
}

/** A ladder with its title and its header. */
const LADDER_LINES = 7;
/** Heading and values of the line. */
const VALUE_LINES = 2;
/** A chart with fewer lines shows nothing. */
const LEAST_CHART_LINES = 5;

/** One line of a table with its chart and its order book. Where there is not room for both, without the book. */
export function drawLineDetail(
  line: Line,
  book: LineBook,
  columns: TableColumns,
  drawing: Drawing,
  size: { readonly width: number; readonly height: number },
): string[] {
  const { width, height } = size;
  const { paint, glyphs } = drawing;
  const values = layOut(columns.laid, [columns.cells(line, drawing)], { width, header: true, cut: glyphs.cut });
  const ladder = drawBook(line, book, drawing, width);
  const left = height - VALUE_LINES - 1;
  const fitting = left - ladder.length >= LEAST_CHART_LINES || line.trail === undefined ? ladder : [];
  const chartLines = left - fitting.length;
  const bars = line.trail?.bars ?? [];
  if (bars.length === 0 || chartLines < LEAST_CHART_LINES) return [...values, '', ...fitting];
  const candles = bars.map((bar) => ({ ...bar, volume: null }));
  const decimals = line.tick?.state.precision;
  const [first] = bars;
  const seconds = (line.trail?.slotMs ?? 0) / 1_000;
  const words = `prices since ${formatIstClock(first?.startMs ?? 0)} IST, ${seconds} s a candle`;
  return [
    ...values,
    paint.dim(words),
    ...drawChart(candles, { width, height: chartLines, glyphs, paint, decimals }).lines,
    ...fitting,
  ];
}

function drawBook({ symbol }: Line, { tick, note }: LineBook, { paint, nowMs }: Drawing, width: number): string[] {
  if (note !== undefined) return [paint.dim(note)];
  const options = { width, height: LADDER_LINES, header: true, now: nowMs };
  return renderLadders([{ symbol, tick }], paint, options).text.split('\n').slice(0, -1);
}
