import type { Clock, Timer } from '../../clock/clock.ts';
import type { Tick } from '../../market/tick.ts';
import type { OutputWriter, WriterEnd, WriterEndOptions } from '../output-writer.ts';
import type { RowOutput } from '../row-output.ts';
import type { TableView } from './table-view.ts';

/** At most ten times a second. */
const REDRAW_MS = 100;
/** Ages go on while nothing comes. */
const AGE_MS = 1_000;
const DEFAULT_WIDTH = 80;
const DEFAULT_HEIGHT = 24;

/** What a live table needs to know of its terminal. */
export interface TerminalSize {
  readonly columns?: number;
  readonly rows?: number;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** A table that is redrawn in place. It may be cleared away for a message and drawn again below it. */
export class LiveTable implements RowOutput {
  readonly #view: TableView;
  readonly #writer: OutputWriter;
  readonly #terminal: TerminalSize;
  readonly #clock: Clock;
  readonly #ages: Timer;
  #redraw: Timer | undefined;
  /** How many lines stand on the screen. */
  #drawn = 0;
  #ended = false;

  constructor(view: TableView, writer: OutputWriter, terminal: TerminalSize, clock: Clock) {
    this.#view = view;
    this.#writer = writer;
    this.#terminal = terminal;
    this.#clock = clock;
    this.#ages = clock.every(AGE_MS, () => this.#drawn > 0 && this.render());
    terminal.on('resize', this.#resized);
  }

  tick(tick: Tick): void {
    this.#view.tick(tick);
    this.#redraw ??= this.#clock.after(this.#drawn === 0 ? 0 : REDRAW_MS, () => {
      this.#redraw = undefined;
      this.render();
    });
  }

  skip(tick: Tick): void {
    // The table shows the newest values whatever is printed.
    this.#view.tick(tick);
  }

  /** Prices are old from this moment on (epoch milliseconds), or current again. */
  setBroken(since: number | undefined): void {
    this.#view.setBroken(since);
    if (this.#drawn > 0) this.render();
  }

  /** Clears the table away, lets something else be written to the terminal, and stands below it again. */
  makeRoom(write: () => void): void {
    if (this.#drawn === 0 || this.#ended) {
      write();
      return;
    }
    this.#write(`\x1b[${this.#drawn}A\r\x1b[J`);
    this.#drawn = 0;
    // What the writer was given leaves at the end of this turn, before this.
    setImmediate(() => {
      write();
      this.render();
    });
  }

  /** Draws it, over itself if it is there. */
  render(): void {
    if (this.#ended) return;
    const width = this.#terminal.columns ?? DEFAULT_WIDTH;
    const height = this.#terminal.rows ?? DEFAULT_HEIGHT;
    const text = this.#view.render(width, height - 1);
    const lines = text.split('\n');
    lines.pop();
    // Each line ends what stood behind it; what stood below goes with the last one.
    const back = this.#drawn > 0 ? `\x1b[${this.#drawn}A\r` : '';
    this.#write(`${back}${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`);
    this.#drawn = lines.length;
  }

  end(options: WriterEndOptions): Promise<WriterEnd> {
    if (!this.#ended) {
      this.#redraw?.cancel();
      this.#ages.cancel();
      this.#terminal.off('resize', this.#resized);
      this.render();
      this.#ended = true;
    }
    return this.#writer.end(options);
  }

  /** Lines may have been wrapped: where the table stands now nobody knows. */
  readonly #resized = (): void => {
    if (this.#drawn === 0) return;
    this.#write('\x1b[2J\x1b[H');
    this.#drawn = 0;
    this.render();
  };

  #write(text: string): void {
    this.#writer.buffer.appendText(text);
    this.#writer.commit();
  }
}
