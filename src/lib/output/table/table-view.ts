import type { Clock } from '../../clock/clock.ts';
import { formatIstClock } from '../../clock/ist.ts';
import { type NumericColumn, numberOf } from '../../market/column-value.ts';
import { type Kind, ROW_TYPES, type Subscription, subscriptionKey } from '../../market/kinds.ts';
import type { Tick } from '../../market/tick.ts';
import type { TimeFormat } from '../rows/encoder.ts';
import { columnNamed, numericColumnNamed, SIMULATED, selectFlat } from '../rows/field-selection.ts';
import { ABSENT, ageText, cellText } from './cell-text.ts';
import { renderLadders } from './depth-ladder.ts';
import { type GridColumn, renderGrid } from './grid.ts';
import { createPaint, type Paint, stripPaint } from './paint.ts';

export interface TableViewOptions {
  readonly kinds: readonly Kind[];
  /** Selected columns, checked before; without it those that people look at. */
  readonly fields?: readonly string[] | undefined;
  readonly time: TimeFormat;
  readonly simulated: boolean;
  readonly header: boolean;
  readonly color: boolean;
  readonly clock: Clock;
  /** Rows are of another time than now: ages count from the latest of them. */
  readonly isRecorded?: boolean | undefined;
  /** What to say of the markets of these symbols, if anything: that they are closed. */
  readonly describeMarkets?: ((symbols: readonly string[]) => string) | undefined;
}

/** What people look at, with a rank: the higher is left out first on a narrow terminal. */
const USUAL_COLUMNS: readonly (readonly [name: string, rank: number])[] = [
  ['symbol', 0],
  ['ltp', 0],
  ['change', 2],
  ['change_percent', 1],
  ['bid', 4],
  ['ask', 4],
  ['volume', 5],
  ['open', 8],
  ['high', 6],
  ['low', 6],
  ['prev_close', 7],
];
const AGE = 'age';
const AGE_RANK = 3;
const ARROWS = { up: '▲', down: '▼', none: ' ' } as const;
/** An arrow and the blank before it. */
const ARROW_WIDTH = 2;
/** Title, header and the line that counts what does not fit. */
const TABLE_FRAME_LINES = 3;

const MINUTE_MS = 60_000;

/** Behind all that were awaited. */
const LAST_PLACE = Number.MAX_SAFE_INTEGER;

interface Line extends Subscription {
  /** Its place among those awaited. */
  readonly place: number;
  /** Undefined before the first. */
  tick: Tick | undefined;
  /** Undefined for a book, which has none. */
  readonly ltp: NumericColumn | undefined;
  /** The last price seen. */
  price: number | undefined;
  move: keyof typeof ARROWS;
}

/** The newest row of each subscription as a table, or as ladders for depth. Draws text, knows no terminal. */
export class TableView {
  readonly #options: TableViewOptions;
  readonly #paint: Paint;
  /** By subscription. */
  readonly #lines = new Map<string, Line>();
  readonly #byTick = new Map<number, Line>();
  /** Ids of ticks that were forgotten: what was held back of them must not bring them back. */
  readonly #forgotten = new Set<number>();
  readonly #columns: readonly string[];
  #nextPlace = 0;
  /** When the latest row arrived, epoch milliseconds. */
  #latestAt = 0;
  #brokenSince: number | undefined;
  /** What was said of the markets last, and of how many symbols in which minute. */
  #markets: { readonly minute: number; readonly size: number; readonly text: string } | undefined;

  constructor(options: TableViewOptions) {
    this.#options = options;
    this.#paint = createPaint(options.color);
    this.#columns = this.#chooseColumns();
  }

  /** Whether there is no line to show. */
  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  /** These have a line each from now on, in this order, before the first tick of them, too. */
  expect(subscriptions: readonly Subscription[]): void {
    for (const subscription of subscriptions) {
      if (!this.#lines.has(subscriptionKey(subscription))) this.#addLine(subscription, this.#nextPlace++);
    }
  }

  /** These have a line no more. */
  forget(subscriptions: readonly Subscription[]): void {
    for (const key of subscriptions.map(subscriptionKey)) {
      const id = this.#lines.get(key)?.tick?.id;
      this.#lines.delete(key);
      if (id === undefined) continue;
      this.#byTick.delete(id);
      this.#forgotten.add(id);
    }
  }

  tick(tick: Tick): void {
    if (this.#forgotten.has(tick.id)) return;
    this.#latestAt = Math.max(this.#latestAt, tick.state.receivedAt);
    this.#follow(this.#byTick.get(tick.id) ?? this.#enter(tick), tick);
  }

  /** A tick that is not a row: seen if its subscription has had one. */
  skip(tick: Tick): void {
    const line = this.#byTick.get(tick.id);
    if (line !== undefined) this.#follow(line, tick);
  }

  /** The moment that ages count from, epoch milliseconds. */
  get #now(): number {
    return this.#options.isRecorded ? this.#latestAt : this.#options.clock.now();
  }

  #follow(line: Line, tick: Tick): void {
    const price = line.ltp === undefined ? null : numberOf(line.ltp, tick.state);
    if (price === null) return;
    if (line.price !== undefined && price !== line.price) line.move = price > line.price ? 'up' : 'down';
    line.price = price;
  }

  /** Prices are old from this moment on (epoch milliseconds), or current again. A break begins once, however often this is called. */
  setBroken(since: number | undefined): void {
    this.#brokenSince = since === undefined ? undefined : (this.#brokenSince ?? since);
  }

  /** The table, whole lines. @param height how many lines fit, `Infinity` for all */
  render(width: number, height: number): string {
    const lines = [...this.#lines.values()].sort(compareLines);
    const body = this.#isLadder ? this.#renderLadders(lines, width, height) : this.#renderTable(lines, width, height);
    const text = this.#brokenSince === undefined ? body : body.split('\n').map(this.#dimLine).join('\n');
    return `${this.#title()}${text}`;
  }

  get #isLadder(): boolean {
    return this.#options.kinds.includes('depth') && this.#options.fields === undefined;
  }

  /** Without its other colours: each of them would end the dimming. */
  readonly #dimLine = (line: string): string => (line === '' ? line : this.#paint.dim(stripPaint(line)));

  #addLine(subscription: Subscription, place: number): Line {
    const { kind, symbol } = subscription;
    const ltp = numericColumnNamed(kind, 'ltp');
    const line: Line = { kind, symbol, place, ltp, tick: undefined, price: undefined, move: 'none' };
    this.#lines.set(subscriptionKey(subscription), line);
    return line;
  }

  #enter(tick: Tick): Line {
    const line = this.#lines.get(subscriptionKey(tick)) ?? this.#addLine(tick, LAST_PLACE);
    line.tick = tick;
    this.#byTick.set(tick.id, line);
    return line;
  }

  #title(): string {
    const words: string[] = [];
    if (this.#options.simulated) words.push(this.#paint.bold('SIMULATED PRICES'));
    if (this.#brokenSince !== undefined) {
      words.push(this.#paint.alert(`DISCONNECTED since ${formatIstClock(this.#brokenSince)} IST`));
    }
    const markets = this.#describeMarkets();
    if (markets !== '') words.push(markets);
    return words.length > 0 ? `${words.join('  ')}\n` : '';
  }

  /** Looked up at most once a minute: the table is drawn ten times a second. */
  #describeMarkets(): string {
    const { describeMarkets, clock } = this.#options;
    if (describeMarkets === undefined) return '';
    const minute = Math.floor(clock.now() / MINUTE_MS);
    const { size } = this.#lines;
    if (this.#markets?.minute !== minute || this.#markets.size !== size) {
      const text = describeMarkets(Array.from(this.#lines.values(), ({ symbol }) => symbol));
      this.#markets = { minute, size, text };
    }
    return this.#markets.text;
  }

  #chooseColumns(): readonly string[] {
    const { kinds, fields } = this.#options;
    if (fields) return selectFlat(kinds, fields);
    const usual = USUAL_COLUMNS.map(([name]) => name);
    return [...usual.filter((name) => kinds.some((kind) => columnNamed(kind, name))), AGE];
  }

  #renderTable(lines: readonly Line[], width: number, height: number): string {
    const room = Math.max(1, height - TABLE_FRAME_LINES);
    const shown = lines.length > room ? lines.slice(0, room) : lines;
    const rows = shown.map((line) => this.#columns.map((name) => this.#cell(name, line)));
    const columns = this.#columns.map((name) => this.#gridColumn(name));
    const text = renderGrid(columns, rows, { width, header: this.#options.header });
    return `${text}\n${this.#countRest(lines.length - shown.length)}`;
  }

  #gridColumn(name: string): GridColumn {
    const usual = USUAL_COLUMNS.find(([usualName]) => usualName === name);
    const rank = this.#options.fields ? 0 : name === AGE ? AGE_RANK : (usual?.[1] ?? 0);
    // Over the digits, not over the arrow behind them.
    const title = name === 'ltp' ? `ltp${' '.repeat(ARROW_WIDTH)}` : name;
    return { title, align: name === 'symbol' || name === 'type' ? 'left' : 'right', rank };
  }

  #cell(name: string, line: Line): string {
    const { tick, move } = line;
    if (name === AGE) return tick === undefined ? ABSENT : ageText(tick.state.receivedAt, this.#now);
    if (name === SIMULATED) return String(this.#options.simulated);
    const text = this.#text(name, line);
    if (name === 'ltp') return this.#paintMove(`${text} ${ARROWS[move]}`, move);
    if (name !== 'change' && name !== 'change_percent') return text;
    return text.startsWith('-') && text !== '-'
      ? this.#paint.down(text)
      : Number(text) > 0
        ? this.#paint.up(text)
        : text;
  }

  #text(name: string, { kind, symbol, tick }: Line): string {
    const column = columnNamed(kind, name);
    if (column === undefined) return '';
    if (tick !== undefined) return cellText(column, tick, this.#options.time, this.#now);
    if (column.from === 'type') return ROW_TYPES[kind];
    return column.from === 'symbol' ? symbol : ABSENT;
  }

  #paintMove(text: string, move: keyof typeof ARROWS): string {
    return move === 'none' ? text : this.#paint[move](text);
  }

  #renderLadders(lines: readonly Line[], width: number, height: number): string {
    const room = height - TABLE_FRAME_LINES;
    const options = { width, height: room, header: this.#options.header, now: this.#now };
    const { text, shown } = renderLadders(lines, this.#paint, options);
    return `${text}${this.#countRest(lines.length - shown)}`;
  }

  #countRest(rest: number): string {
    return rest > 0 ? `... ${rest} more\n` : '';
  }
}

/** As they were asked for, then in the order of their subscriptions. */
function compareLines(a: Line, b: Line): number {
  return a.place - b.place || (a.tick?.id ?? 0) - (b.tick?.id ?? 0);
}
