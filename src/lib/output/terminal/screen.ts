import type { OutputWriter } from '../writer/output-writer.ts';
import { clipLine } from './paint.ts';

const DEFAULT_WIDTH = 80;
const DEFAULT_HEIGHT = 24;

/** What a picture needs to know of its terminal. */
export interface TerminalSize {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** Lines that are drawn over themselves, at the place where the cursor was. Only lines that changed are written. */
export class Screen {
  readonly #writer: OutputWriter;
  readonly #terminal: TerminalSize;
  readonly #cut: string;
  /** The lines that stand on the terminal; the cursor is on the line below them. */
  #lines: readonly string[] = [];

  /** @param cut in place of what does not fit into a line */
  constructor(writer: OutputWriter, terminal: TerminalSize, cut: string) {
    this.#writer = writer;
    this.#terminal = terminal;
    this.#cut = cut;
  }

  /** Columns. A terminal that does not know its size says 0. */
  get width(): number {
    return this.#terminal.columns || DEFAULT_WIDTH;
  }

  /** How many lines can be drawn over. The cursor stands on a line of its own; it could not come back to lines above the top. */
  get height(): number {
    return Math.max(1, (this.#terminal.rows || DEFAULT_HEIGHT) - 1);
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  /** Bytes that the terminal has not taken yet. */
  get queuedBytes(): number {
    return this.#writer.queuedBytes;
  }

  draw(lines: readonly string[]): void {
    const { width, height } = this;
    const before = this.#lines;
    // A line that wraps would be two.
    const after = lines.slice(0, height).map((line) => clipLine(line, width, this.#cut));
    this.#lines = after;
    const firstChange = findChange(before, after);
    if (firstChange === after.length && before.length === after.length) return;
    let text = moveUp(before.length - firstChange);
    for (let place = firstChange; place < after.length; place++) {
      // It is cleared before it is written: behind a full line, its last character would go.
      text += after[place] === before[place] ? '\n' : `\x1b[K${after[place]}\n`;
    }
    this.#write(before.length === after.length ? text : `${text}\x1b[J`);
  }

  /** Takes the lines away: the cursor stands where they began. */
  clear(): void {
    this.#write(`${moveUp(this.#lines.length)}\x1b[J`);
    this.#lines = [];
  }

  /** The place of the lines is unknown, as after wrapping: the whole screen is cleared. */
  wipe(): void {
    this.#write('\x1b[2J\x1b[H');
    this.#lines = [];
  }

  /** Leaves the lines where they are; the next ones are drawn below them. */
  leave(): void {
    this.#lines = [];
  }

  #write(text: string): void {
    if (text === '') return;
    this.#writer.buffer.appendText(text);
    this.#writer.commit();
  }
}

/** Where the lines begin to differ. */
function findChange(before: readonly string[], after: readonly string[]): number {
  let place = 0;
  while (place < after.length && place < before.length && after[place] === before[place]) place++;
  return place;
}

function moveUp(lines: number): string {
  return lines > 0 ? `\x1b[${lines}A\r` : '';
}
