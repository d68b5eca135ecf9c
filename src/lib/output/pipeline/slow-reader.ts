/** What happens to rows while the reader is slow. `conflate`: the latest of each subscription, or of each key, survives. */
export const SLOW_POLICIES = ['conflate', 'drop', 'exit'] as const;
export type SlowPolicy = (typeof SLOW_POLICIES)[number];

/** Holds or drops rows while the reader is slow, and counts what is lost. Bounded by the number of keys. */
export class SlowReaderGate<Row> {
  readonly #keepLatest: boolean;
  readonly #keyOf: (row: Row) => unknown;
  readonly #held = new Map<unknown, Row>();
  #lost = 0;
  /** Rows lost in all. */
  lostRows = 0;

  /** @param keyOf which rows replace each other; ticks are views of live state, so without it the row itself is its key */
  constructor(policy: SlowPolicy, keyOf: (row: Row) => unknown = (row) => row) {
    this.#keepLatest = policy !== 'drop';
    this.#keyOf = keyOf;
  }

  hold(row: Row): void {
    if (!this.#keepLatest) {
      this.#lost++;
      return;
    }
    const key = this.#keyOf(row);
    if (this.#held.has(key)) this.#lost++;
    this.#held.set(key, row);
  }

  /** Counts a control row for which there was no room. */
  loseControlRow(): void {
    this.#lost++;
  }

  /** Ends a slow period. Returns the number of lost rows and the rows to print now. */
  release(): { lostRows: number; held: readonly Row[] } {
    const lostRows = this.#lost;
    const held = [...this.#held.values()];
    this.#lost = 0;
    this.lostRows += lostRows;
    this.#held.clear();
    return { lostRows, held };
  }
}
