import type { Clock, Timer } from '../../clock/clock.ts';
import type { Subscription } from '../../market/kinds.ts';
import type { Tick } from '../../market/tick.ts';
import { clipLine } from '../terminal/paint.ts';
import type { OutputWriter, WriterEnd, WriterEndOptions } from '../writer/output-writer.ts';
import type { RowOutput } from '../writer/row-output.ts';
import type { TableView } from './table-view.ts';

/** At most ten times a second. */
const REDRAW_MS = 100;
/** Ages are redrawn this often without any tick. */
const AGE_MS = 1_000;
const DEFAULT_WIDTH = 80;
const DEFAULT_HEIGHT = 24;
/** With so many bytes queued the table is not drawn until the terminal has read them. */
const MAX_QUEUED_BYTES = 256 * 1024;

/** What a live table needs to know of its terminal. */
export interface TerminalSize {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** What is drawn. */
export type LiveView = Pick<TableView, 'tick' | 'skip' | 'expect' | 'forget' | 'setBroken' | 'isEmpty' | 'render'>;

/** A table that is redrawn in place. It may be cleared away for a message and drawn again below it. */
export class LiveTable implements RowOutput {
  readonly #view: LiveView;
  readonly #writer: OutputWriter;
  readonly #terminal: TerminalSize;
  readonly #clock: Clock;
  readonly #ages: Timer;
  #redraw: Timer | undefined;
  /** Monotonic. */
  #drawnAt = Number.NEGATIVE_INFINITY;
  /** Messages for which room is being made. */
  #messages: (() => void)[] = [];
  /** How many lines stand on the screen. */
  #drawn = 0;
  #ended = false;

  constructor(view: LiveView, writer: OutputWriter, terminal: TerminalSize, clock: Clock) {
    this.#view = view;
    this.#writer = writer;
    this.#terminal = terminal;
    this.#clock = clock;
    this.#ages = clock.every(AGE_MS, () => this.#drawn > 0 && this.#schedule());
    terminal.on('resize', this.#resized);
  }

  tick(tick: Tick): boolean {
    this.#view.tick(tick);
    this.#schedule();
    return true;
  }

  /** The view shows something else now. */
  changed(): void {
    this.#schedule();
  }

  skip(tick: Tick): void {
    // The table shows the newest values whatever is printed, but nothing that never was a row.
    this.#view.skip(tick);
  }

  expect(subscriptions: readonly Subscription[]): void {
    this.#view.expect(subscriptions);
    if (this.#drawn > 0) this.#schedule();
  }

  forget(subscriptions: readonly Subscription[]): void {
    this.#view.forget(subscriptions);
    if (this.#drawn > 0) this.#schedule();
  }

  /** Prices are old from this moment on (epoch milliseconds), or current again. */
  setBroken(since: number | undefined): void {
    this.#view.setBroken(since);
    if (this.#drawn > 0 || (since === undefined && !this.#view.isEmpty)) this.#schedule();
  }

  /** Clears the table, calls `write` for a message, and draws the table again below it. */
  makeRoom(write: () => void): void {
    if (this.#messages.length === 0 && (this.#drawn === 0 || this.#ended)) {
      write();
      return;
    }
    this.#messages.push(write);
    if (this.#messages.length > 1) return;
    this.#write(`\x1b[${this.#drawn}A\r\x1b[J`);
    this.#drawn = 0;
    // The writer writes the clearing at the end of this turn, before this callback.
    setImmediate(() => {
      for (const writeMessage of this.#messages.splice(0)) writeMessage();
      this.render();
    });
  }

  /** Draws it, over itself if it is there. */
  render(): void {
    if (this.#ended || this.#messages.length > 0) return;
    this.#drawnAt = this.#clock.monotonic();
    if (this.#writer.queuedBytes < MAX_QUEUED_BYTES) this.#draw();
    else this.#schedule();
  }

  end(options: WriterEndOptions): Promise<WriterEnd> {
    if (!this.#ended) {
      this.#redraw?.cancel();
      this.#ages.cancel();
      this.#terminal.off('resize', this.#resized);
      this.#draw();
      this.#ended = true;
    }
    return this.#writer.end(options);
  }

  /** The terminal may have wrapped lines, so the table's place is unknown: the screen is cleared. */
  readonly #resized = (): void => {
    if (this.#drawn === 0) return;
    this.#write('\x1b[2J\x1b[H');
    this.#drawn = 0;
    this.#schedule();
  };

  #schedule(): void {
    if (this.#ended) return;
    const waitMs = Math.max(0, this.#drawnAt + REDRAW_MS - this.#clock.monotonic());
    this.#redraw ??= this.#clock.after(waitMs, () => {
      this.#redraw = undefined;
      this.render();
    });
  }

  #draw(): void {
    // A terminal that does not know its size says 0.
    const width = this.#terminal.columns || DEFAULT_WIDTH;
    // The cursor stands on a line of its own; lines above the top could not be drawn over.
    const height = Math.max(1, (this.#terminal.rows || DEFAULT_HEIGHT) - 1);
    const lines = this.#view.render(width, height).split('\n').slice(0, -1).slice(0, height);
    // A line that wraps would be two. It is cleared before it is written: behind a full one, its last character would go.
    const text = lines.map((line) => `\x1b[K${clipLine(line, width)}\n`).join('');
    const back = this.#drawn > 0 ? `\x1b[${this.#drawn}A\r` : '';
    this.#write(`${back}${text}\x1b[J`);
    this.#drawn = lines.length;
  }

  #write(text: string): void {
    this.#writer.buffer.appendText(text);
    this.#writer.commit();
  }
}
