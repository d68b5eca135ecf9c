import type { Clock } from '../../clock/clock.ts';
import { formatIstClock, formatIstMoment } from '../../clock/ist.ts';
import type { Kind, Subscription } from '../../market/kinds.ts';
import type { Tick } from '../../market/tick.ts';
import type { TimeFormat } from '../rows/encoder.ts';
import type { Glyphs } from '../terminal/glyphs.ts';
import { createPaint, type Paint, stripPaint } from '../terminal/paint.ts';
import { renderLadders } from './depth-ladder.ts';
import { layOut } from './layout.ts';
import { type Drawing, TableColumns } from './table-columns.ts';
import { type Line, TableLines } from './table-lines.ts';

export interface TableViewOptions {
  readonly kinds: readonly Kind[];
  /** Selected columns, checked before; without it those that people look at. */
  readonly fields?: readonly string[] | undefined;
  readonly time: TimeFormat;
  readonly simulated: boolean;
  readonly header: boolean;
  readonly color: boolean;
  readonly glyphs: Glyphs;
  readonly clock: Clock;
  /** A column with the prices so far. */
  readonly spark?: boolean | undefined;
  /** The table is redrawn in place: its title has a clock, and its columns become no narrower. */
  readonly isLive?: boolean | undefined;
  /** Rows are of another time than now: ages count from the latest of them. */
  readonly isRecorded?: boolean | undefined;
  /** What to say of the markets of these symbols, if anything: that they are closed. */
  readonly describeMarkets?: ((symbols: readonly string[]) => string) | undefined;
}

/** Title, header and the line that counts what does not fit. */
const TABLE_FRAME_LINES = 3;

const MINUTE_MS = 60_000;

/** The newest row of each subscription as a table, or as ladders for depth. Draws text, knows no terminal. */
export class TableView {
  readonly #options: TableViewOptions;
  readonly #paint: Paint;
  readonly #lines: TableLines;
  readonly #columns: TableColumns;
  /** The widths of the columns so far, of a table that is redrawn. */
  #widths = new Map<string, number>();
  /** The width of the terminal that these are for. */
  #width: number | undefined;
  #brokenSince: number | undefined;
  /** What was said of the markets last, and of how many symbols in which minute. */
  #markets: { readonly minute: number; readonly size: number; readonly text: string } | undefined;

  constructor(options: TableViewOptions) {
    const spark = options.spark ?? false;
    this.#options = options;
    this.#paint = createPaint(options.color);
    this.#lines = new TableLines(spark);
    this.#columns = new TableColumns({ ...options, spark });
  }

  /** Whether there is no line to show. */
  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  /** These have a line each from now on, in this order, before the first tick of them, too. */
  expect(subscriptions: readonly Subscription[]): void {
    this.#lines.expect(subscriptions);
  }

  /** These have a line no more. */
  forget(subscriptions: readonly Subscription[]): void {
    this.#lines.forget(subscriptions);
  }

  tick(tick: Tick): void {
    this.#lines.tick(tick);
  }

  /** A tick that is not a row: seen if its subscription has had one. */
  skip(tick: Tick): void {
    this.#lines.skip(tick);
  }

  /** Prices are old from this moment on (epoch milliseconds), or current again. A break begins once, however often this is called. */
  setBroken(since: number | undefined): void {
    this.#brokenSince = since === undefined ? undefined : (this.#brokenSince ?? since);
  }

  /** The table, whole lines. @param height how many lines fit, `Infinity` for all */
  render(width: number, height: number): string {
    const { inOrder } = this.#lines;
    const body = this.#isLadder
      ? this.#renderLadders(inOrder, width, height)
      : this.#renderTable(inOrder, width, height);
    const lines = this.#brokenSince === undefined ? body : body.map(this.#dimLine);
    return [...this.#title(), ...lines].map((line) => `${line}\n`).join('');
  }

  /** The moment that ages count from, epoch milliseconds. */
  get #now(): number {
    return this.#options.isRecorded ? this.#lines.latestAt : this.#options.clock.now();
  }

  get #isLadder(): boolean {
    return this.#options.kinds.includes('depth') && this.#options.fields === undefined;
  }

  /** Without its other colours: each of them would end the dimming. */
  readonly #dimLine = (line: string): string => (line === '' ? line : this.#paint.dim(stripPaint(line)));

  #title(): string[] {
    const words: string[] = [];
    if (this.#options.isLive) words.push(this.#describeTime());
    if (this.#options.simulated) words.push(this.#paint.bold('SIMULATED PRICES'));
    if (this.#brokenSince !== undefined) {
      words.push(this.#paint.alert(`DISCONNECTED since ${formatIstClock(this.#brokenSince)} IST`));
    }
    const markets = this.#describeMarkets();
    if (markets !== '') words.push(markets);
    return words.length > 0 ? [words.join('  ')] : [];
  }

  /** The time of day; of a recording that of its latest row. */
  #describeTime(): string {
    const now = this.#options.clock.now();
    return `${formatIstMoment(this.#now || now, now)} IST`;
  }

  /** Looked up at most once a minute: the table is drawn ten times a second. */
  #describeMarkets(): string {
    const { describeMarkets, clock } = this.#options;
    if (describeMarkets === undefined) return '';
    const minute = Math.floor(clock.now() / MINUTE_MS);
    const { size } = this.#lines;
    if (this.#markets?.minute !== minute || this.#markets.size !== size) {
      const text = describeMarkets(this.#lines.inOrder.map(({ symbol }) => symbol));
      this.#markets = { minute, size, text };
    }
    return this.#markets.text;
  }

  #renderTable(lines: readonly Line[], width: number, height: number): string[] {
    const room = Math.max(1, height - TABLE_FRAME_LINES);
    const shown = lines.length > room ? lines.slice(0, room) : lines;
    const drawing: Drawing = { paint: this.#paint, glyphs: this.#options.glyphs, nowMs: this.#now };
    const rows = shown.map((line) => this.#columns.cells(line, drawing));
    const { header, glyphs } = this.#options;
    const text = layOut(this.#columns.laid, rows, { width, header, cut: glyphs.cut, ...this.#keptWidths(width) });
    return [...text, ...this.#countRest(lines.length - shown.length)];
  }

  /** The widths so far of a table that is redrawn; a terminal of another size begins anew. */
  #keptWidths(width: number): { widths?: Map<string, number> } {
    if (!this.#options.isLive) return {};
    if (this.#width !== width) this.#widths = new Map();
    this.#width = width;
    return { widths: this.#widths };
  }

  #renderLadders(lines: readonly Line[], width: number, height: number): string[] {
    const room = height - TABLE_FRAME_LINES;
    const options = { width, height: room, header: this.#options.header, now: this.#now };
    const { text, shown } = renderLadders(lines, this.#paint, options);
    return [...text.split('\n').slice(0, -1), ...this.#countRest(lines.length - shown)];
  }

  #countRest(rest: number): string[] {
    return rest > 0 ? [`... ${rest} more`] : [];
  }
}
