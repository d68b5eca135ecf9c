/** A sequence that begins with Esc, or a single character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const PART = /\x1b\[([?\d;]*)([A-Za-z])|\x1b(?:\[[?\d;]*)?$|[\s\S]/gu;

/**
 * A terminal that shows what is written to it, as far as the program uses one: line ends, places of the cursor, clearing of lines
 * and of the screen. Colours and modes are ignored. Throws for what it does not know.
 */
export class Terminal {
  readonly #columns: number;
  readonly #rows: number;
  #cells: string[][];
  #row = 0;
  #column = 0;
  /** The beginning of a sequence whose end has not come yet. */
  #rest = '';

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
    this.#cells = this.#emptyRows(rows);
  }

  /** The lines without blanks at their ends, and without empty ones at the end. */
  get lines(): string[] {
    const lines = this.#cells.map((cells) => cells.join('').trimEnd());
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  /** The cursor's line, the first is 0. */
  get cursorRow(): number {
    return this.#row;
  }

  write(text: string): void {
    const whole = this.#rest + text;
    this.#rest = '';
    for (const [part, numbers = '', letter] of whole.matchAll(PART)) {
      if (letter !== undefined) this.#control(letter, numbers);
      else if (part.startsWith('\x1b')) this.#rest = part;
      else this.#put(part);
    }
  }

  #put(character: string): void {
    if (character === '\r') this.#column = 0;
    else if (character === '\n') {
      // The terminal's driver makes a carriage return of it, too.
      this.#column = 0;
      this.#feedLine();
    } else {
      if (this.#column === this.#columns) {
        this.#column = 0;
        this.#feedLine();
      }
      const cells = this.#cells[this.#row] as string[];
      cells[this.#column++] = character;
    }
  }

  #feedLine(): void {
    if (this.#row < this.#rows - 1) this.#row++;
    else this.#cells = [...this.#cells.slice(1), ...this.#emptyRows(1)];
  }

  #control(letter: string, numbers: string): void {
    const count = Number(numbers || 1);
    // Colours, and modes such as the cursor's.
    if (letter === 'm' || numbers.startsWith('?')) return;
    if (letter === 'G') this.#column = count - 1;
    else if (letter === 'A') this.#row = Math.max(0, this.#row - count);
    else if (letter === 'H') [this.#row, this.#column] = [0, 0];
    else if (letter === 'K') this.#clearLine(numbers === '2' ? 0 : this.#column);
    else if (letter === 'J' && numbers === '2') this.#cells = this.#emptyRows(this.#rows);
    else if (letter === 'J' && numbers === '') this.#clearBelow();
    else throw new Error(`this terminal does not know ESC [ ${numbers} ${letter}`);
  }

  #clearLine(from: number): void {
    (this.#cells[this.#row] as string[]).fill(' ', from);
  }

  #clearBelow(): void {
    this.#clearLine(this.#column);
    for (const cells of this.#cells.slice(this.#row + 1)) cells.fill(' ');
  }

  #emptyRows(count: number): string[][] {
    return Array.from({ length: count }, () => Array<string>(this.#columns).fill(' '));
  }
}
