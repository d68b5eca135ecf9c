import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { type Damage, describeDamage } from '../reader/damage.ts';

/** A file that is damaged everywhere would fill the terminal. */
const MAX_REPORTED_PER_FILE = 10;

/** Counts the damage of recordings, and warns of each place. */
export class Losses {
  readonly #warn: (message: string) => void;
  readonly #places = new Map<string, number>();
  #count = 0;
  #missingRows = 0;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** How many places were damaged. */
  get places(): number {
    return this.#count;
  }

  readonly damaged = (damage: Damage): void => {
    this.#report(damage.file, describeDamage(damage));
  };

  /** Rows that a file should have by its footer, and has not. */
  missing(file: string, rows: number, expected: number): void {
    this.#missingRows += expected - rows;
    this.#warn(`${file}: ${expected - rows} of ${expected} rows are missing`);
    this.#places.set(file, this.#places.get(file) ?? 0);
  }

  unusable(file: string, why: string): void {
    this.#report(file, `${file}: ${why}`);
  }

  /** What the end says of it; undefined when everything was whole. */
  get error(): TickpipeError | undefined {
    if (this.#places.size === 0) return undefined;
    const parts = [
      ...(this.#count > 0 ? [plural(this.#count, 'place')] : []),
      ...(this.#missingRows > 0 ? [`${plural(this.#missingRows, 'row')} missing`] : []),
    ];
    const where = this.#places.size === 1 ? [...this.#places.keys()][0] : `${this.#places.size} files`;
    return new TickpipeError('RECORDING_CORRUPT', `${where} damaged: ${parts.join(', ')}; what is whole was played`);
  }

  #report(file: string, message: string): void {
    const count = (this.#places.get(file) ?? 0) + 1;
    this.#places.set(file, count);
    this.#count++;
    if (count <= MAX_REPORTED_PER_FILE) this.#warn(message);
    else if (count === MAX_REPORTED_PER_FILE + 1) this.#warn(`${file}: more damage follows, which is only counted`);
  }
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
