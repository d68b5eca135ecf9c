import type { Clock } from '../../clock/clock.ts';
import { formatIstClock, formatIstMoment } from '../../clock/ist.ts';
import type { Kind, Subscription } from '../../market/kinds.ts';
import type { Tick } from '../../market/tick.ts';
import type { TimeFormat } from '../rows/encoder.ts';
import type { Glyphs } from '../terminal/glyphs.ts';
import type { Key } from '../terminal/key.ts';
import { createPaint, type Paint, stripPaint } from '../terminal/paint.ts';
import { renderLadders } from './depth-ladder.ts';
import { layOut } from './layout.ts';
import { drawLineDetail, type LineBook } from './line-detail.ts';
import { type LinePage, TableBrowser } from './table-browser.ts';
import { type Drawing, TableColumns } from './table-columns.ts';
import { drawTableHelp } from './table-help.ts';
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
  /** Only the lines of rows that match are shown, and the title of a live table counts them. */
  readonly isFiltered?: boolean | undefined;
  /** Rows are of another time than now: ages count from the latest of them. */
  readonly isRecorded?: boolean | undefined;
  /** What to say of the markets of these symbols, if anything: that they are closed. */
  readonly describeMarkets?: ((symbols: readonly string[]) => string) | undefined;
}

const NO_BOOK: LineBook = { tick: undefined };

/** Title, header and the line that counts what does not fit. */
const TABLE_FRAME_LINES = 3;
/** The same without a header: each ladder has its own. */
const LADDER_FRAME_LINES = 2;

/** The mark of the selected line and a blank. */
const MARK_WIDTH = 2;

const MINUTE_MS = 60_000;

/** The newest row of each subscription as a table, or as ladders for depth. Draws text, knows no terminal. */
export class TableView {
  readonly #options: TableViewOptions;
  readonly #paint: Paint;
  readonly #lines: TableLines;
  readonly #columns: TableColumns;
  readonly #browser: TableBrowser;
  /** Keys are read. */
  #hasKeys = false;
  /** Called with the line of which details are shown, and with undefined when they are left. */
  #onDetail: (line: Subscription | undefined) => void = () => {};
  #detailed: Line | undefined;
  #book = NO_BOOK;
  /** The widths of the columns so far, of a table that is redrawn. */
  #widths = new Map<string, number>();
  /** The width of the terminal that these are for. */
  #width: number | undefined;
  /** How many ladders fitted last. */
  #ladders = 1;
  #brokenSince: number | undefined;
  /** What was said of the markets last, and of how many symbols in which minute. */
  #markets: { readonly minute: number; readonly size: number; readonly text: string } | undefined;

  constructor(options: TableViewOptions) {
    const spark = options.spark ?? false;
    this.#options = options;
    this.#paint = createPaint(options.color);
    this.#lines = new TableLines(spark, options.isFiltered);
    this.#columns = new TableColumns({ ...options, spark });
    this.#browser = new TableBrowser(this.#lines, this.#columns, options.clock);
  }

  /** In place of what was cut off. */
  get cut(): string {
    return this.#options.glyphs.cut;
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

  /** A tick that does not match: its line goes. */
  leave(tick: Tick): void {
    this.#lines.leave(tick);
  }

  /** Prices are old from this moment on (epoch milliseconds), or current again. A break begins once, however often this is called. */
  setBroken(since: number | undefined): void {
    this.#brokenSince = since === undefined ? undefined : (this.#brokenSince ?? since);
  }

  /**
   * Says whether keys are read, which the last line then names.
   * @param onDetail called with the line of which the book is wanted, and with undefined when it is not wanted any more
   */
  setKeys(on: boolean, onDetail: (line: Subscription | undefined) => void = this.#onDetail): void {
    this.#hasKeys = on;
    this.#onDetail = onDetail;
  }

  /** Acts on a key. */
  press(key: Key): 'quit' | 'done' {
    const result = this.#browser.press(key);
    this.#noteDetail();
    return result;
  }

  /** The book of the line of which details are shown. */
  setBook(book: LineBook): void {
    this.#book = book;
  }

  /** What is drawn last has no keys. */
  finish(): void {
    this.setKeys(false);
    this.#browser.leave();
    this.#noteDetail();
  }

  /** The table, whole lines. @param height how many lines fit, `Infinity` for all */
  render(width: number, height: number): string {
    return this.#renderLines(width, height)
      .map((line) => `${line}\n`)
      .join('');
  }

  #renderLines(width: number, height: number): string[] {
    const { mode } = this.#browser;
    const title = this.#title();
    if (mode === 'help') return [...title, ...drawTableHelp()];
    const body =
      mode === 'detail' && this.#detailed ? this.#detail(this.#detailed, width, height) : this.#body(width, height);
    const lines = this.#brokenSince === undefined ? body : body.map(this.#dimLine);
    return [...title, ...lines];
  }

  /** The book of a line is wanted when its details are opened. */
  #noteDetail(): void {
    const { mode, selected } = this.#browser;
    // Help is a page in front of the details.
    if (mode === 'help') return;
    const detailed = mode === 'detail' ? selected : undefined;
    if (detailed === this.#detailed) return;
    this.#detailed = detailed;
    this.#book = NO_BOOK;
    this.#onDetail(detailed);
  }

  #detail(line: Line, width: number, height: number): string[] {
    const book = line.kind === 'depth' ? { tick: line.tick } : this.#book;
    const size = { width, height: height - 2 };
    const lines = drawLineDetail(line, book, this.#columns, this.#drawing, size);
    return [...lines, this.#paint.dim('Esc back  Up Down next line  ? help  q quit')];
  }

  get #drawing(): Drawing {
    return { paint: this.#paint, glyphs: this.#options.glyphs, nowMs: this.#now };
  }

  #body(width: number, height: number): string[] {
    return this.#isLadder ? this.#renderLadders(width, height) : this.#renderTable(width, height);
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
    if (this.#options.isLive && this.#options.isFiltered)
      words.push(`${this.#lines.inOrder.length} of ${this.#lines.size} match`);
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
      const text = describeMarkets(this.#lines.symbols);
      this.#markets = { minute, size, text };
    }
    return this.#markets.text;
  }

  #renderTable(width: number, height: number): string[] {
    const { header, glyphs } = this.#options;
    const page = this.#browser.page(Math.max(1, height - TABLE_FRAME_LINES));
    const { selected } = this.#browser;
    const marks = selected ? MARK_WIDTH : 0;
    const rows = page.lines.map((line) => this.#columns.cells(line, this.#drawing));
    const options = { width: width - marks, header, cut: glyphs.cut, ...this.#keptWidths(width - marks) };
    const text = layOut(this.#columns.headings(this.#browser.sorting, glyphs), rows, options);
    return [...this.#mark(text, page.lines, selected), ...this.#footer(page)];
  }

  /** The selected line stands out by a mark, too: not every terminal has colours. */
  #mark(text: readonly string[], shown: readonly Line[], selected: Line | undefined): readonly string[] {
    if (selected === undefined) return text;
    const headers = text.length - shown.length;
    return text.map((line, place) =>
      shown[place - headers] === selected
        ? this.#paint.inverse(stripPaint(`${this.#options.glyphs.selected} ${line}`))
        : `${' '.repeat(MARK_WIDTH)}${line}`,
    );
  }

  /** The widths so far of a table that is redrawn; a terminal of another size begins anew. */
  #keptWidths(width: number): { widths?: Map<string, number> } {
    if (!this.#options.isLive) return {};
    if (this.#width !== width) this.#widths = new Map();
    this.#width = width;
    return { widths: this.#widths };
  }

  #renderLadders(width: number, height: number): string[] {
    const room = height - LADDER_FRAME_LINES;
    const options = { width, height: room, header: this.#options.header, now: this.#now };
    // How many fit is known when they are drawn.
    const { first, total } = this.#browser.page(this.#ladders);
    const { linesFromTop: lines, selected } = this.#browser;
    const books = lines.map((line) => ({ ...line, isSelected: line === selected }));
    const { text, shown } = renderLadders(books, this.#paint, { ...options, mark: this.#options.glyphs.selected });
    this.#ladders = Math.max(1, shown);
    return [...text.split('\n').slice(0, -1), ...this.#footer({ first, total, lines: lines.slice(0, shown) })];
  }

  #footer({ first, lines, total }: LinePage): string[] {
    const { filter, mode } = this.#browser;
    const rest = total - first - lines.length;
    if (!this.#hasKeys) return rest > 0 ? [`... ${rest} more`] : [];
    if (mode === 'filter') return [`/${filter}${this.#paint.inverse(' ')}  ${total} of ${this.#lines.size}`];
    const part = lines.length < total ? `${first + 1}-${first + lines.length} of ${total}` : `${total}`;
    const found = filter === '' ? part : `${part} with "${filter}"`;
    return [this.#paint.dim(`${found}  s sort  / filter  Enter details  ? help  q quit`)];
  }
}
