import { type Damage, describeDamage } from '../reader/damage.ts';
import { readRecordedRows } from '../reader/recorded-lines.ts';
import type { SourceFile } from './recording-set.ts';

const LINE_END = 0x0a;
/** A file that is broken in many places is described by the first of them. */
const MAX_REPORTED_DAMAGES = 5;

/** Reads a recording row by row, and counts what of it could not be used. */
export class SourceRows {
  readonly #source: SourceFile;
  readonly #warn: (message: string) => void;
  #damages = 0;
  #lost = 0;

  /** @param warn gets what was lost, in words */
  constructor(source: SourceFile, warn: (message: string) => void) {
    this.#source = source;
    this.#warn = warn;
  }

  get isDamaged(): boolean {
    return this.#damages > 0;
  }

  /**
   * Gives `take` the text of each row; it says whether it is one that belongs there. Throws `INPUT_MISSING`.
   * @param pause called after each row, and waited for when it gives a promise
   * @param signal ends it: its reason is thrown
   */
  async read(
    take: (row: string) => boolean,
    pause: () => Promise<void> | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { file, rows } = this.#source;
    let whole = 0;
    for await (const lines of readRecordedRows(file, (damage) => this.#note(damage), signal)) {
      for (let at = 0; at < lines.length; ) {
        const end = lines.indexOf(LINE_END, at);
        // Rows that were checked are ASCII.
        if (take(lines.toString('latin1', at, end))) whole++;
        else this.#lost++;
        at = end + 1;
        const waited = pause();
        if (waited) await waited;
      }
    }
    if (this.#damages > MAX_REPORTED_DAMAGES)
      this.#warn(`${file}: ${this.#damages - MAX_REPORTED_DAMAGES} more such places`);
    if (this.#lost > 0)
      this.#count(
        `${file}: ${this.#lost} ${this.#lost === 1 ? 'row' : 'rows'} left out: of another kind, or numbers out of range`,
      );
    // Whole rows may be missing where nothing looks broken: a file that was cut between two members.
    else if (rows !== undefined && whole !== rows) this.#count(`${file}: ${whole} rows of the ${rows} recorded`);
  }

  #note(damage: Damage): void {
    this.#damages++;
    if (this.#damages <= MAX_REPORTED_DAMAGES) this.#warn(describeDamage(damage));
  }

  #count(message: string): void {
    this.#damages++;
    this.#warn(message);
  }
}
