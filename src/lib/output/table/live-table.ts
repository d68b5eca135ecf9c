import type { Clock, Timer } from '../../clock/clock.ts';
import type { Subscription } from '../../market/kinds.ts';
import type { Tick } from '../../market/tick.ts';
import type { Key } from '../terminal/key.ts';
import { Screen, type TerminalSize } from '../terminal/screen.ts';
import type { OutputWriter, WriterEnd, WriterEndOptions } from '../writer/output-writer.ts';
import type { RowOutput } from '../writer/row-output.ts';
import type { TableView } from './table-view.ts';

/** At most ten times a second. */
const REDRAW_MS = 100;
/** Ages are redrawn this often without any tick. */
const AGE_MS = 1_000;
/** With so many bytes queued the table is not drawn until the terminal has read them. */
const MAX_QUEUED_BYTES = 256 * 1024;

/** What is drawn, as whole lines. */
export interface LiveView
  extends Pick<TableView, 'tick' | 'skip' | 'leave' | 'expect' | 'forget' | 'setBroken' | 'isEmpty' | 'render'> {
  /** In place of what was cut off; an ellipsis without it. */
  readonly cut?: string;
  /** Acts on a key. Without it there are none. */
  press?(key: Key): 'quit' | 'done';
  /** Called before it is drawn for the last time. */
  finish?(): void;
}

const ELLIPSIS = '…';

/** A table that is redrawn in place. It may be cleared away for a message and drawn again below it. */
export class LiveTable implements RowOutput {
  readonly #view: LiveView;
  readonly #writer: OutputWriter;
  readonly #screen: Screen;
  readonly #terminal: TerminalSize;
  readonly #clock: Clock;
  readonly #ages: Timer;
  #redraw: Timer | undefined;
  /** Monotonic. */
  #drawnAt = Number.NEGATIVE_INFINITY;
  /** Messages for which room is being made. */
  #messages: (() => void)[] = [];
  #ended = false;
  #endings: (() => void)[] = [];

  constructor(view: LiveView, writer: OutputWriter, terminal: TerminalSize, clock: Clock) {
    this.#view = view;
    this.#writer = writer;
    this.#screen = new Screen(writer, terminal, view.cut ?? ELLIPSIS);
    this.#terminal = terminal;
    this.#clock = clock;
    this.#ages = clock.every(AGE_MS, () => this.#scheduleIfDrawn());
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

  leave(tick: Tick): void {
    this.#view.leave(tick);
    this.#schedule();
  }

  expect(subscriptions: readonly Subscription[]): void {
    this.#view.expect(subscriptions);
    this.#scheduleIfDrawn();
  }

  forget(subscriptions: readonly Subscription[]): void {
    this.#view.forget(subscriptions);
    this.#scheduleIfDrawn();
  }

  /** Prices are old from this moment on (epoch milliseconds), or current again. */
  setBroken(since: number | undefined): void {
    this.#view.setBroken(since);
    if (since === undefined && !this.#view.isEmpty) this.#schedule();
    else this.#scheduleIfDrawn();
  }

  /** Acts on a key. True when the user wants to leave the table. */
  press(key: Key): boolean {
    if (this.#ended) return false;
    if (key.isControl && key.name === 'l') this.#resized();
    else if (this.#view.press?.(key) === 'quit') return true;
    // What was typed is seen at once.
    if (!this.#screen.isEmpty) this.render();
    return false;
  }

  /** Calls this when the table ends. */
  onEnd(callback: () => void): void {
    if (this.#ended) callback();
    else this.#endings.push(callback);
  }

  /** Draws what changed beside the rows, as the book of a line. */
  refresh(): void {
    this.#scheduleIfDrawn();
  }

  /** Draws the table anew below what is on the terminal now, as after the program was stopped. */
  begin(): void {
    if (this.#screen.isEmpty) return;
    this.#screen.leave();
    this.#schedule();
  }

  /** Clears the table, calls `write` for a message, and draws the table again below it. */
  makeRoom(write: () => void): void {
    if (this.#messages.length === 0 && (this.#screen.isEmpty || this.#ended)) {
      write();
      return;
    }
    this.#messages.push(write);
    if (this.#messages.length > 1) return;
    this.#screen.clear();
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
    if (this.#screen.queuedBytes < MAX_QUEUED_BYTES) this.#draw();
    else this.#schedule();
  }

  end(options: WriterEndOptions): Promise<WriterEnd> {
    if (!this.#ended) {
      this.#redraw?.cancel();
      this.#ages.cancel();
      this.#terminal.off('resize', this.#resized);
      for (const callback of this.#endings.splice(0)) callback();
      this.#view.finish?.();
      this.#draw();
      this.#ended = true;
    }
    return this.#writer.end(options);
  }

  /** The terminal may have wrapped lines, so the table's place is unknown: the screen is cleared. */
  readonly #resized = (): void => {
    if (this.#screen.isEmpty) return;
    this.#screen.wipe();
    this.#schedule();
  };

  #scheduleIfDrawn(): void {
    if (!this.#screen.isEmpty) this.#schedule();
  }

  #schedule(): void {
    if (this.#ended) return;
    const waitMs = Math.max(0, this.#drawnAt + REDRAW_MS - this.#clock.monotonic());
    this.#redraw ??= this.#clock.after(waitMs, () => {
      this.#redraw = undefined;
      this.render();
    });
  }

  #draw(): void {
    const { width, height } = this.#screen;
    this.#screen.draw(this.#view.render(width, height).split('\n').slice(0, -1));
  }
}
