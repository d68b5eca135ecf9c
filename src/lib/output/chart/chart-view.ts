import type { Clock } from '../../clock/clock.ts';
import { formatIstClock, formatIstMinute, istDate } from '../../clock/ist.ts';
import type { Bar } from '../../market/bar.ts';
import { nameSome } from '../../text/join-words.ts';
import type { Glyphs } from '../terminal/glyphs.ts';
import type { Key } from '../terminal/key.ts';
import { createPaint, type Paint, stripPaint } from '../terminal/paint.ts';
import { type Candle, drawChart } from './draw-chart.ts';

export interface ChartViewOptions {
  readonly color: boolean;
  readonly glyphs: Glyphs;
  readonly clock: Clock;
  /** The chart is redrawn in place: its title has a clock. */
  readonly isLive: boolean;
  /** Asked at each drawing: of rows that are piped in it is known from the first on. */
  readonly isSimulated: () => boolean;
  /** What to say of the markets of these symbols. */
  readonly describeMarkets?: ((symbols: readonly string[]) => string) | undefined;
}

/** More bars of one symbol than any terminal has columns. */
const MAX_BARS = 2_000;
/** Charts below each other that are lower show nothing. */
const LEAST_PANEL_LINES = 8;
const MINUTE_MS = 60_000;
/** How many bars that were not seen whole are named. */
const MAX_NAMED = 4;
const LEAST_DECIMALS = 2;
const MOST_DECIMALS = 4;

/** The bars of one symbol and interval. */
interface Panel {
  readonly symbol: string;
  readonly interval: string;
  /** By their starts, the earliest first. */
  readonly bars: Bar[];
  /** As many as its prices have. */
  decimals: number;
}

/** Bars as candles: one chart for each symbol and interval, one below the other. Draws text, knows no terminal. */
export class ChartView {
  readonly #options: ChartViewOptions;
  readonly #paint: Paint;
  readonly #panels = new Map<string, Panel>();
  #brokenSince: number | undefined;
  #hasKeys = false;
  /** What was said of the markets last, and of how many charts in which minute. */
  #markets: { readonly minute: number; readonly size: number; readonly text: string } | undefined;

  constructor(options: ChartViewOptions) {
    this.#options = options;
    this.#paint = createPaint(options.color);
  }

  get isEmpty(): boolean {
    return this.#panels.size === 0;
  }

  /** In place of what was cut off. */
  get cut(): string {
    return this.#options.glyphs.cut;
  }

  /** Adds a bar, or replaces the one of the same start: it was forming, or is a revision. */
  add(bar: Bar): void {
    const { symbol, interval } = bar;
    const key = `${symbol} ${interval}`;
    const panel = this.#panels.get(key) ?? { symbol, interval, bars: [], decimals: LEAST_DECIMALS };
    this.#panels.set(key, panel);
    const { bars } = panel;
    let place = bars.length;
    while (place > 0 && (bars[place - 1] as Bar).start > bar.start) place--;
    const before = bars[place - 1];
    if (before?.start === bar.start) bars[place - 1] = bar;
    else bars.splice(place, 0, bar);
    if (bars.length > MAX_BARS) bars.shift();
    for (const price of [bar.open, bar.high, bar.low, bar.close]) {
      panel.decimals = Math.min(MOST_DECIMALS, Math.max(panel.decimals, decimalsOf(price)));
    }
  }

  /** Takes a bar away again. */
  remove({ symbol, interval, start }: Bar): void {
    const key = `${symbol} ${interval}`;
    const bars = this.#panels.get(key)?.bars;
    const place = bars?.findIndex((bar) => bar.start === start) ?? -1;
    if (place >= 0) bars?.splice(place, 1);
    if (bars?.length === 0) this.#panels.delete(key);
  }

  setBroken(since: number | undefined): void {
    this.#brokenSince = since === undefined ? undefined : (this.#brokenSince ?? since);
  }

  setKeys(on: boolean): void {
    this.#hasKeys = on;
  }

  press({ text, isControl }: Key): 'quit' | 'done' {
    return text === 'q' && !isControl ? 'quit' : 'done';
  }

  /** What is drawn last has no keys. */
  finish(): void {
    this.#hasKeys = false;
  }

  /** The charts in so many lines; those that do not fit are counted. Empty before the first bar. */
  render(width: number, height: number): string {
    if (this.isEmpty) return '';
    const title = this.#title();
    const panels = [...this.#panels.values()];
    const room = height - title.length;
    const shown = panels.slice(0, Math.max(1, Math.floor(room / LEAST_PANEL_LINES)));
    const rest = panels.length - shown.length;
    const panelHeight = Math.floor((room - (rest > 0 ? 1 : 0)) / shown.length);
    const body = shown.flatMap((panel) => this.#renderPanel(panel, width, panelHeight));
    const lines = this.#brokenSince === undefined ? body : body.map(this.#dimLine);
    const more = rest > 0 ? [`... ${rest} more`] : [];
    return [...title, ...lines, ...more].map((line) => `${line}\n`).join('');
  }

  /** All charts, each in so many lines. */
  renderAll(width: number, height: number): string {
    const lines = [
      ...this.#title(),
      ...[...this.#panels.values()].flatMap((panel, place) => [
        ...(place > 0 ? [''] : []),
        ...this.#renderPanel(panel, width, height),
      ]),
    ];
    return this.isEmpty ? '' : lines.map((line) => `${line}\n`).join('');
  }

  // Ticks are not shown here: the bars that are made of them are.
  tick(): void {}
  skip(): void {}
  leave(): void {}
  expect(): void {}
  forget(): void {}

  /** Without its other colours: each of them would end the dimming. */
  readonly #dimLine = (line: string): string => (line === '' ? line : this.#paint.dim(stripPaint(line)));

  #title(): string[] {
    const { clock, isLive, isSimulated } = this.#options;
    const words: string[] = [];
    if (isLive) words.push(`${formatIstClock(clock.now())} IST`);
    if (isSimulated()) words.push(this.#paint.bold('SIMULATED PRICES'));
    if (this.#brokenSince !== undefined) {
      words.push(this.#paint.alert(`DISCONNECTED since ${formatIstClock(this.#brokenSince)} IST`));
    }
    const markets = this.#describeMarkets();
    if (markets !== '') words.push(markets);
    if (this.#hasKeys) words.push(this.#paint.dim('q quits'));
    return words.length > 0 ? [words.join('  ')] : [];
  }

  /** Looked up at most once a minute. */
  #describeMarkets(): string {
    const { describeMarkets, clock } = this.#options;
    if (describeMarkets === undefined) return '';
    const minute = Math.floor(clock.now() / MINUTE_MS);
    const { size } = this.#panels;
    if (this.#markets?.minute !== minute || this.#markets.size !== size) {
      const text = describeMarkets(Array.from(this.#panels.values(), ({ symbol }) => symbol));
      this.#markets = { minute, size, text };
    }
    return this.#markets.text;
  }

  #renderPanel(panel: Panel, width: number, height: number): string[] {
    const { glyphs } = this.#options;
    const { bars, decimals } = panel;
    const isPartial = bars.slice(-width).some(({ partial, final }) => partial && final);
    const chartHeight = Math.max(1, height - 1 - (isPartial ? 1 : 0));
    const candles = bars.map(toCandle);
    const chart = drawChart(candles, { width, height: chartHeight, glyphs, paint: this.#paint, decimals });
    const notes = isPartial ? [this.#paint.dim(describePartial(bars.slice(-chart.shown)))] : [];
    return [this.#heading(panel), ...chart.lines, ...notes].slice(0, Math.max(1, height));
  }

  /** The last bar in words: its prices, its volume, and whether it is forming. */
  #heading({ symbol, interval, bars, decimals }: Panel): string {
    const bar = bars.at(-1) as Bar;
    const { glyphs } = this.#options;
    const move = bar.close > bar.open ? 'up' : bar.close < bar.open ? 'down' : undefined;
    const format = (price: number): string => price.toFixed(decimals);
    const last = move ? this.#paint[move](`${format(bar.close)} ${glyphs[move]}`) : format(bar.close);
    const volume = bar.volume === null ? '' : `  V ${bar.volume}`;
    const words = `O ${format(bar.open)}  H ${format(bar.high)}  L ${format(bar.low)}${volume}`;
    const state = bar.final ? '' : ' forming';
    const at = describeStart(bar, this.#options.clock.now());
    return `${this.#paint.bold(`${symbol} ${interval}`)}  ${last}  ${at}${state}  ${words}`;
  }
}

function toCandle({ start, open, high, low, close, volume }: Bar): Candle {
  return { startMs: start * 1_000, open, high, low, close, volume };
}

/** When a bar begins: the time of day, the date where it is another day's, and the date alone of a session. */
function describeStart({ start, interval }: Bar, nowMs: number): string {
  const [date, time] = [istDate(start * 1_000), formatBarTime(start)];
  if (interval === '1d') return date;
  return date === istDate(nowMs) ? time : `${date} ${time}`;
}

/** With seconds where there are some. */
function formatBarTime(start: number): string {
  return start % 60 === 0 ? formatIstMinute(start * 1_000) : formatIstClock(start * 1_000);
}

/** Which of the bars were not seen whole. */
function describePartial(bars: readonly Bar[]): string {
  const partial = bars.filter((bar) => bar.partial && bar.final);
  const days = new Set(bars.map(({ start }) => istDate(start * 1_000)));
  const names = partial.map(({ start, interval }) => {
    const date = istDate(start * 1_000).slice('YYYY-'.length);
    if (interval === '1d') return date;
    return days.size === 1 ? formatBarTime(start) : `${date} ${formatBarTime(start)}`;
  });
  return names.length === 0 ? '' : `not seen whole: ${nameSome(names, MAX_NAMED)}`;
}

function decimalsOf(price: number): number {
  return String(price).split('.')[1]?.length ?? 0;
}
