import { numberOf } from '../../market/column-value.ts';
import { type Kind, ROW_TYPES } from '../../market/kinds.ts';
import type { TimeFormat } from '../rows/encoder.ts';
import { columnNamed, numericColumnNamed, SIMULATED, selectFlat } from '../rows/field-selection.ts';
import type { Glyphs } from '../terminal/glyphs.ts';
import type { Paint } from '../terminal/paint.ts';
import { ABSENT, ageText, cellText, shortCount } from './cell-text.ts';
import type { LaidCell, LaidColumn } from './layout.ts';
import { drawSparkline, SPARK_CELLS } from './sparkline.ts';
import type { Line, Move } from './table-lines.ts';

/** A column of rows with its heading in a table, and its rank: the higher is left out first on a narrow terminal. */
interface UsualColumn {
  readonly name: string;
  readonly title: string;
  readonly rank: number;
}

const AGE = 'age';
const SPARK = 'trend';

/** What people look at. Price, change, best offers and age stay at 60 columns. */
const USUAL_COLUMNS: readonly UsualColumn[] = [
  { name: 'symbol', title: 'symbol', rank: 0 },
  { name: 'ltp', title: 'ltp', rank: 0 },
  { name: 'change', title: 'chg', rank: 4 },
  { name: 'change_percent', title: 'chg%', rank: 1 },
  { name: SPARK, title: SPARK, rank: 6 },
  { name: 'bid', title: 'bid', rank: 2 },
  { name: 'ask', title: 'ask', rank: 2 },
  { name: 'volume', title: 'vol', rank: 5 },
  { name: 'open', title: 'open', rank: 9 },
  { name: 'high', title: 'high', rank: 7 },
  { name: 'low', title: 'low', rank: 7 },
  { name: 'prev_close', title: 'prev', rank: 8 },
  { name: AGE, title: AGE, rank: 3 },
];

/** An arrow and the blank before it. */
const ARROW_WIDTH = 2;
/** Enough for an exchange and the beginning of a name. */
const LEAST_SYMBOL_WIDTH = 12;

export interface TableColumnsOptions {
  readonly kinds: readonly Kind[];
  /** Selected columns, checked before; without it those that people look at. */
  readonly fields?: readonly string[] | undefined;
  readonly spark: boolean;
  readonly time: TimeFormat;
  readonly simulated: boolean;
}

/** The column by which lines are sorted. */
export interface Sorting {
  readonly name: string;
  readonly isDescending: boolean;
}

/** How a table is drawn at one moment. */
export interface Drawing {
  readonly paint: Paint;
  readonly glyphs: Glyphs;
  /** The moment that ages count from, epoch milliseconds. */
  readonly nowMs: number;
}

/** The columns of a table of quotes, and what stands in them. */
export class TableColumns {
  readonly #options: TableColumnsOptions;
  /** As `--fields` names them, with `age` and `trend`. */
  readonly names: readonly string[];

  constructor(options: TableColumnsOptions) {
    this.#options = options;
    this.names = chooseNames(options);
  }

  /** The headings. */
  get laid(): readonly LaidColumn[] {
    return this.names.map((name) => {
      const usual = this.#options.fields ? undefined : USUAL_COLUMNS.find((column) => column.name === name);
      const title = usual?.title ?? name;
      return {
        // Over the digits, not over the arrow behind them.
        title: name === 'ltp' ? `${title}${' '.repeat(ARROW_WIDTH)}` : title,
        align: name === 'symbol' || name === 'type' || name === SPARK ? 'left' : 'right',
        rank: usual?.rank ?? 0,
        ...(name === 'symbol' && usual && { leastWidth: LEAST_SYMBOL_WIDTH }),
      };
    });
  }

  /** The headings; that of the column by which lines are sorted says so. */
  headings(sorting: Sorting | undefined, glyphs: Glyphs): readonly LaidColumn[] {
    if (sorting === undefined) return this.laid;
    const place = this.names.indexOf(sorting.name);
    const mark = sorting.isDescending ? glyphs.down : glyphs.up;
    return this.laid.map((column, index) =>
      // The last price has room for the mark, over its arrow.
      index === place
        ? { ...column, title: `${column.title.trimEnd()}${sorting.name === 'ltp' ? ' ' : ''}${mark}` }
        : column,
    );
  }

  /** The columns by which lines can be sorted: those that people look at, though a narrow terminal leaves some out. */
  get sortable(): readonly string[] {
    return this.names;
  }

  /** What a line is sorted by; null when it has no value. */
  sortValue(name: string, line: Line): number | string | null {
    const { tick, kind, symbol, trail } = line;
    if (name === 'symbol') return symbol;
    if (name === 'type') return ROW_TYPES[kind];
    if (tick === undefined) return null;
    // The oldest first, as the largest of other columns.
    if (name === AGE) return -tick.state.receivedAt;
    if (name === SPARK) return trail?.change ?? null;
    if (name === 'received_at') return tick.state.receivedAt;
    const column = numericColumnNamed(kind, name);
    return column === undefined ? null : numberOf(column, tick.state);
  }

  cells(line: Line, drawing: Drawing): LaidCell[] {
    return this.names.map((name) => this.#cell(name, line, drawing));
  }

  #cell(name: string, line: Line, { paint, glyphs, nowMs }: Drawing): LaidCell {
    const { tick, move, trail } = line;
    if (name === AGE) return { text: tick === undefined ? ABSENT : ageText(tick.state.receivedAt, nowMs) };
    if (name === SPARK) {
      const closes = trail?.closes(SPARK_CELLS, nowMs) ?? [];
      return { text: drawSparkline(closes, glyphs.levels), paint: paintOf(moveBetween(closes), paint) };
    }
    if (name === SIMULATED) return { text: String(this.#options.simulated) };
    const text = this.#text(name, line, nowMs);
    if (name === 'ltp') {
      return { text: `${text} ${move === 'none' ? ' ' : glyphs[move]}`, paint: paintOf(move, paint) };
    }
    if (name === 'change' || name === 'change_percent') return { text, paint: paintOf(signOf(text), paint) };
    const count = name === 'volume' ? this.#count(name, line) : null;
    return count === null ? { text } : { text, short: shortCount(count) };
  }

  #text(name: string, { kind, symbol, tick }: Line, nowMs: number): string {
    const column = columnNamed(kind, name);
    if (column === undefined) return '';
    if (tick !== undefined) return cellText(column, tick, this.#options.time, nowMs);
    if (column.from === 'type') return ROW_TYPES[kind];
    return column.from === 'symbol' ? symbol : ABSENT;
  }

  #count(name: string, { kind, tick }: Line): number | null {
    const column = numericColumnNamed(kind, name);
    return column && tick ? numberOf(column, tick.state) : null;
  }
}

function chooseNames({ kinds, fields, spark }: TableColumnsOptions): readonly string[] {
  if (fields) return [...selectFlat(kinds, fields), ...(spark ? [SPARK] : [])];
  const isThere = (name: string): boolean => kinds.some((kind) => columnNamed(kind, name) !== undefined);
  return USUAL_COLUMNS.map(({ name }) => name).filter(
    (name) => name === AGE || (name === SPARK ? spark : isThere(name)),
  );
}

function signOf(text: string): Move {
  if (text.startsWith('-') && text !== ABSENT) return 'down';
  return Number(text) > 0 ? 'up' : 'none';
}

function moveBetween(prices: readonly (number | undefined)[]): Move {
  const known = prices.filter((price) => price !== undefined);
  const [first = 0, last = 0] = [known[0], known.at(-1)];
  return last > first ? 'up' : last < first ? 'down' : 'none';
}

function paintOf(move: Move, paint: Paint): ((text: string) => string) | undefined {
  return move === 'none' ? undefined : paint[move];
}
