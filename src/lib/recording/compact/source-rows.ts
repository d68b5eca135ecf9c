import type { LineRules } from '../reader/checked-lines.ts';
import { type Damage, describeDamage } from '../reader/damage.ts';
import { readRowsChecked } from '../reader/recorded-lines.ts';
import { scannersFor } from '../reader/row-translator.ts';
import type { SourceFile } from './recording-set.ts';

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
   * Gives `take` each row. Throws `INPUT_MISSING`.
   * @param take takes the row that stands at `begin`, and returns the offset behind its line end, or -1 when there is none of those
   * that belong there
   * @param pause called every few thousand rows, and waited for when it gives a promise
   * @param signal ends it: its reason is thrown
   */
  async read(take: LineRules['check'], pause: () => Promise<void> | undefined, signal: AbortSignal): Promise<void> {
    const { file, rows, otherRows } = this.#source;
    const others = scannersFor(otherRows?.shape);
    let whole = 0;
    const check: LineRules['check'] = (bytes, begin, end) => {
      const rowEnd = take(bytes, begin, end);
      if (rowEnd >= 0) {
        whole++;
        return rowEnd;
      }
      const otherEnd = others.scan(bytes, begin, end);
      if (otherEnd >= 0) this.#lost++;
      return otherEnd;
    };
    for await (const _ of readRowsChecked(file, check, (damage) => this.#note(damage), signal)) {
      const waited = pause();
      if (waited) await waited;
    }
    if (this.#damages > MAX_REPORTED_DAMAGES)
      this.#warn(`${file}: ${this.#damages - MAX_REPORTED_DAMAGES} more such places`);
    if (otherRows && otherRows.unknownColumns.length > 0) {
      this.#count(`${file}: columns of a later version are left out: ${otherRows.unknownColumns.join(', ')}`);
    }
    if (this.#lost > 0)
      this.#count(
        `${file}: ${this.#lost} ${this.#lost === 1 ? 'row' : 'rows'} left out: of another kind, or of too many symbols`,
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
