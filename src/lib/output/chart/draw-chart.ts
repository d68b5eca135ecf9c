import type { CandlePart, Glyphs } from '../terminal/glyphs.ts';
import type { Paint } from '../terminal/paint.ts';
import { makePriceScale, type PriceScale } from './price-scale.ts';
import { drawTimeAxis } from './time-axis.ts';

/** One candle. Prices in rupees or points. */
export interface Candle {
  /** Epoch milliseconds. */
  readonly startMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Null where there is none, as in an index. */
  readonly volume: number | null;
}

export interface ChartOptions {
  readonly width: number;
  readonly height: number;
  readonly glyphs: Glyphs;
  readonly paint: Paint;
  /** How many decimals prices have. */
  readonly decimals?: number | undefined;
}

/** Between chart and labels. */
const LABEL_GAP = 1;
/** A chart with fewer lines has no volume. */
const LEAST_HEIGHT_WITH_VOLUME = 10;
/** The volume takes this part of the lines. */
const VOLUME_SHARE = 0.2;
/** With fewer candles than half of the columns, there is a blank column between two. */
const SPACED = 2;

type Style = 'up' | 'down' | 'dim' | 'bold' | 'inverse' | 'none';

export interface DrawnChart {
  readonly lines: string[];
  /** How many candles are shown, the newest ones. */
  readonly shown: number;
}

/** Candles, their volume and the last price in exactly so many lines, the last of which are times. The newest candles that fit are shown. */
export function drawChart(candles: readonly Candle[], options: ChartOptions): DrawnChart {
  const { width, height } = options;
  const last = candles.at(-1);
  if (last === undefined || width < 1 || height < 1) {
    return { lines: Array(Math.max(0, height)).fill(''), shown: 0 };
  }
  const chartRows = Math.max(1, height - 1);
  const hasVolume = chartRows >= LEAST_HEIGHT_WITH_VOLUME && candles.some(({ volume }) => volume !== null);
  const volumeRows = hasVolume ? Math.max(2, Math.round(chartRows * VOLUME_SHARE)) : 0;
  const priceRows = chartRows - volumeRows;
  const isShown = (shown: readonly Candle[]): PriceScale =>
    makePriceScale(
      shown.flatMap(({ high, low }) => [high, low]),
      priceRows,
      options.decimals,
    );
  // The labels need room, which depends on the candles that fit beside them.
  const labelWidth =
    Math.max(...isShown(candles).labels.map(({ text }) => text.length), priceWidth(last, options)) + LABEL_GAP;
  const columns = width > 2 * labelWidth ? width - labelWidth : width;
  const shown = candles.slice(-columns);
  const step = shown.length * SPACED <= columns ? SPACED : 1;
  const scale = isShown(shown);
  const canvas = new Canvas(columns, chartRows);
  const lastRow = scale.placeOf(last.close, priceRows);
  canvas.fillRow(lastRow, options.glyphs.lastPrice, 'dim');
  for (const [index, candle] of shown.entries()) {
    drawCandle(canvas, candle, index * step, { scale, rows: priceRows, glyphs: options.glyphs });
  }
  if (hasVolume) drawVolume(canvas, shown, { step, from: priceRows, rows: volumeRows, levels: options.glyphs.bars });
  const lines = canvas.lines(options.paint);
  if (columns < width) {
    for (const { row, text } of scale.labels) lines[row] += options.paint.dim(text.padStart(labelWidth));
    const { text, style } = lastLabel(last, scale);
    lines[lastRow] = canvas.line(lastRow, options.paint) + paintStyle(text.padStart(labelWidth), style, options.paint);
  }
  const places = shown.map(({ startMs }, index) => ({ startMs, column: index * step }));
  const whole = height === 1 ? lines : [...lines, options.paint.dim(drawTimeAxis(places, width))];
  return { lines: whole.map((line) => line.trimEnd()), shown: shown.length };
}

function priceWidth({ close }: Candle, { decimals = 2 }: ChartOptions): number {
  return close.toFixed(decimals).length;
}

function lastLabel({ open, close }: Candle, scale: PriceScale): { text: string; style: Style } {
  return { text: scale.format(close), style: close > open ? 'up' : close < open ? 'down' : 'bold' };
}

interface CandlePlace {
  readonly scale: PriceScale;
  readonly rows: number;
  readonly glyphs: Glyphs;
}

function drawCandle(canvas: Canvas, candle: Candle, column: number, { scale, rows, glyphs }: CandlePlace): void {
  const { open, high, low, close } = candle;
  const { halves } = glyphs.candles;
  const steps = rows * halves;
  const [top, bottom] = [scale.placeOf(high, steps), scale.placeOf(low, steps)];
  const [bodyTop, bodyBottom] = [
    scale.placeOf(Math.max(open, close), steps),
    scale.placeOf(Math.min(open, close), steps),
  ];
  const move = close >= open ? 'up' : 'down';
  const partAt = (step: number): CandlePart => {
    if (step < top || step > bottom) return 'none';
    return step >= bodyTop && step <= bodyBottom ? 'body' : 'wick';
  };
  for (let row = Math.floor(top / halves); row <= Math.floor(bottom / halves); row++) {
    const upper = partAt(row * halves);
    const lower = partAt(row * halves + halves - 1);
    const isFlat = open === close && Math.floor(bodyTop / halves) === row;
    if (!isFlat) canvas.put(column, row, glyphs.candles.cell(move, upper, lower), move);
    else canvas.put(column, row, high === low ? glyphs.candles.flat : glyphs.candles.flatWithWick, 'none');
  }
}

interface VolumePlace {
  readonly step: number;
  readonly from: number;
  readonly rows: number;
  readonly levels: readonly string[];
}

/** Bars of volume from the bottom; the highest fills all rows but the first, which keeps them apart from the candles. */
function drawVolume(canvas: Canvas, candles: readonly Candle[], { step, from, rows, levels }: VolumePlace): void {
  const most = Math.max(...candles.map(({ volume }) => volume ?? 0));
  if (most <= 0) return;
  const heights = (rows - 1) * levels.length;
  for (const [index, { volume, open, close }] of candles.entries()) {
    if (volume === null || volume <= 0) continue;
    const height = Math.max(1, Math.round((volume / most) * heights));
    for (let row = 0; row * levels.length < height; row++) {
      const level = Math.min(levels.length, height - row * levels.length);
      canvas.put(index * step, from + rows - 1 - row, levels[level - 1] ?? '', close >= open ? 'up' : 'down');
    }
  }
}

/** Cells of characters, each with a style. */
class Canvas {
  readonly #width: number;
  readonly #rows: { text: string; style: Style }[][];

  constructor(width: number, height: number) {
    this.#width = width;
    this.#rows = Array.from({ length: height }, () =>
      Array.from({ length: width }, (): { text: string; style: Style } => ({ text: ' ', style: 'none' })),
    );
  }

  put(column: number, row: number, text: string, style: Style): void {
    const cells = this.#rows[row];
    if (cells && column < this.#width) cells[column] = { text, style };
  }

  fillRow(row: number, text: string, style: Style): void {
    for (let column = 0; column < this.#width; column++) this.put(column, row, text, style);
  }

  lines(paint: Paint): string[] {
    return this.#rows.map((_, row) => this.line(row, paint));
  }

  line(row: number, paint: Paint): string {
    let line = '';
    let run = '';
    let style: Style = 'none';
    for (const cell of this.#rows[row] ?? []) {
      if (cell.style !== style) {
        line += paintStyle(run, style, paint);
        run = '';
        style = cell.style;
      }
      run += cell.text;
    }
    return line + paintStyle(run, style, paint);
  }
}

function paintStyle(text: string, style: Style, paint: Paint): string {
  return style === 'none' || text === '' ? text : paint[style](text);
}
