import type { Clock } from '../../clock/clock.ts';
import type { Key } from '../terminal/key.ts';
import type { Sorting, TableColumns } from './table-columns.ts';
import type { Line, TableLines } from './table-lines.ts';

/** What the keys act on: the lines, the text of the filter, the page of help, or one line with its book and its chart. */
export type BrowserMode = 'table' | 'filter' | 'help' | 'detail';

/** Lines that are sorted by a number that moves change their places this often, so that they can be read. */
const SORT_EVERY_MS = 1_000;
const MAX_FILTER_LENGTH = 100;
/** Columns that begin with their smallest. */
const ASCENDING: ReadonlySet<string> = new Set(['symbol', 'type']);

/** The part of the lines that fits on the terminal. */
export interface LinePage {
  readonly lines: readonly Line[];
  /** The place of the first line among all that pass the filter. */
  readonly first: number;
  /** How many pass the filter. */
  readonly total: number;
}

/** Which lines of a table are shown, in which order, and which is selected. Keys change that. */
export class TableBrowser {
  readonly #lines: TableLines;
  readonly #columns: TableColumns;
  readonly #clock: Clock;
  mode: BrowserMode = 'table';
  /** Back here when help is closed. */
  #modeBehindHelp: BrowserMode = 'table';
  filter = '';
  #sorting: Sorting | undefined;
  #selected: Line | undefined;
  /** The first line of the page. */
  #top = 0;
  /** How many lines the last page had room for. */
  #room = 1;
  #arranged: readonly Line[] = [];
  /** What the arranged lines came from; undefined when they have to be arranged anew. */
  #arrangedFrom: readonly Line[] | undefined;
  /** Monotonic. */
  #arrangedAt = 0;

  constructor(lines: TableLines, columns: TableColumns, clock: Clock) {
    this.#lines = lines;
    this.#columns = columns;
    this.#clock = clock;
  }

  get sorting(): Sorting | undefined {
    return this.#sorting;
  }

  get selected(): Line | undefined {
    return this.#selected;
  }

  /** The lines for so much room. */
  page(room: number): LinePage {
    const arranged = this.#arrange();
    this.#room = Math.max(1, room);
    if (this.#selected && !arranged.includes(this.#selected)) this.#selected = undefined;
    this.#scroll(arranged);
    return { lines: arranged.slice(this.#top, this.#top + this.#room), first: this.#top, total: arranged.length };
  }

  /** All lines from the first of the page on. */
  get linesFromTop(): readonly Line[] {
    return this.#arrange().slice(this.#top);
  }

  /** Without keys there is nothing to select; what is sorted and filtered stays so. */
  leave(): void {
    this.mode = 'table';
    this.#selected = undefined;
  }

  /** Acts on a key. */
  press(key: Key): 'quit' | 'done' {
    if (this.mode === 'filter' && this.#type(key)) return 'done';
    if (this.mode === 'help') {
      this.mode = this.#modeBehindHelp;
      return 'done';
    }
    const move = this.#moveOf(key);
    if (move !== undefined) {
      this.#move(move);
      return 'done';
    }
    return this.#command(key);
  }

  #command({ name, text, isControl }: Key): 'quit' | 'done' {
    if (isControl) return 'done';
    if (text === 'q') return 'quit';
    if (text === '?' || text === 'h') {
      this.#modeBehindHelp = this.mode;
      this.mode = 'help';
    } else if (name === 'escape' || name === 'backspace') this.#back();
    else if (name === 'return' || name === 'enter') this.#open();
    else if (this.mode === 'table') this.#arrangeBy(text);
    return 'done';
  }

  #arrangeBy(text: string): void {
    if (text === '/') this.mode = 'filter';
    else if (text === 's') this.#sortBy(1);
    else if (text === 'S') this.#sortBy(-1);
    else if (text === 'r' && this.#sorting) this.#sort({ ...this.#sorting, isDescending: !this.#sorting.isDescending });
  }

  /** From one line to the table, then from a selection to none, then from a filter to all lines. */
  #back(): void {
    if (this.mode === 'detail') this.mode = 'table';
    else if (this.#selected) this.#selected = undefined;
    else this.#setFilter('');
  }

  #open(): void {
    const arranged = this.#arrange();
    this.#selected ??= arranged[this.#top];
    if (this.#selected) this.mode = 'detail';
  }

  /** A key while the filter is typed. False when it is none of the filter. */
  #type({ name, text, isControl }: Key): boolean {
    if (name === 'return' || name === 'enter') this.mode = 'table';
    else if (name === 'escape') {
      this.mode = 'table';
      this.#setFilter('');
    } else if (name === 'backspace') this.#setFilter([...this.filter].slice(0, -1).join(''));
    else if (isControl && name === 'u') this.#setFilter('');
    else if (!isControl && text !== '') this.#setFilter((this.filter + text).slice(0, MAX_FILTER_LENGTH));
    else return false;
    return true;
  }

  #setFilter(filter: string): void {
    this.filter = filter;
    this.#top = 0;
    this.#arrangedFrom = undefined;
  }

  /** The next column or the one before; behind the last one the order is again that of the command line. */
  #sortBy(step: 1 | -1): void {
    const { sortable } = this.#columns;
    const choices = [undefined, ...sortable];
    const place = choices.indexOf(this.#sorting?.name);
    const name = choices[(place + step + choices.length) % choices.length];
    this.#sort(name === undefined ? undefined : { name, isDescending: !ASCENDING.has(name) });
  }

  #sort(sorting: Sorting | undefined): void {
    this.#sorting = sorting;
    this.#top = 0;
    this.#arrangedFrom = undefined;
  }

  /** How many lines a key moves the selection. */
  #moveOf({ name, text }: Key): number | undefined {
    const isTyping = this.mode === 'filter';
    if (name === 'down' || (text === 'j' && !isTyping)) return 1;
    if (name === 'up' || (text === 'k' && !isTyping)) return -1;
    if (name === 'pagedown') return this.mode === 'detail' ? 1 : this.#room;
    if (name === 'pageup') return this.mode === 'detail' ? -1 : -this.#room;
    if (name === 'home' || (text === 'g' && !isTyping)) return Number.NEGATIVE_INFINITY;
    return name === 'end' || (text === 'G' && !isTyping) ? Number.POSITIVE_INFINITY : undefined;
  }

  #move(by: number): void {
    const arranged = this.#arrange();
    const last = arranged.length - 1;
    const at = this.#selected === undefined ? -1 : arranged.indexOf(this.#selected);
    // The first key selects a line that is seen.
    const from = at >= 0 ? at : by > 0 ? this.#top - 1 : this.#top + this.#room;
    this.#selected = arranged[Math.max(0, Math.min(last, from + by))];
    this.#follow(arranged);
  }

  /** Moves the page to the selected line. */
  #follow(arranged: readonly Line[]): void {
    const at = this.#selected === undefined ? -1 : arranged.indexOf(this.#selected);
    if (at < 0) return;
    if (at < this.#top) this.#top = at;
    else if (at >= this.#top + this.#room) this.#top = at - this.#room + 1;
  }

  /** The page has no room behind the last line, and the selected line stays on it when lines change their places. */
  #scroll(arranged: readonly Line[]): void {
    this.#follow(arranged);
    this.#top = Math.max(0, Math.min(this.#top, arranged.length - this.#room));
  }

  #arrange(): readonly Line[] {
    const { inOrder } = this.#lines;
    const now = this.#clock.monotonic();
    const isFixed = this.#sorting === undefined || now - this.#arrangedAt < SORT_EVERY_MS;
    if (this.#arrangedFrom === inOrder && isFixed) return this.#arranged;
    this.#arrangedFrom = inOrder;
    this.#arrangedAt = now;
    this.#arranged = this.#sorted(this.#filtered(inOrder));
    return this.#arranged;
  }

  /** The lines whose symbols have all words of the filter. */
  #filtered(lines: readonly Line[]): readonly Line[] {
    const words = this.filter.toUpperCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return lines;
    return lines.filter(({ symbol }) => words.every((word) => symbol.includes(word)));
  }

  #sorted(lines: readonly Line[]): readonly Line[] {
    if (this.#sorting === undefined) return lines;
    const { name, isDescending } = this.#sorting;
    const direction = isDescending ? -1 : 1;
    const values = new Map(lines.map((line) => [line, this.#columns.sortValue(name, line)]));
    // A line without a value is behind those that have one, whichever way they are sorted.
    return [...lines].sort((a, b) => {
      const [one, other] = [values.get(a) ?? null, values.get(b) ?? null];
      if (one === null || other === null) return Number(one === null) - Number(other === null);
      return one < other ? -direction : one > other ? direction : 0;
    });
  }
}
