import type { Tick } from '../../market/tick.ts';

/** What happens to rows while the reader is slow. `conflate`: the latest of each subscription survives. */
export const SLOW_POLICIES = ['conflate', 'drop', 'exit'] as const;
export type SlowPolicy = (typeof SLOW_POLICIES)[number];

/** Holds or drops rows while the reader is slow, and counts what is lost. Bounded by the number of subscriptions. */
export class SlowReaderGate {
  readonly #keepLatest: boolean;
  /** Ticks are views of live state, so the set of ticks with newer values is enough. */
  readonly #held = new Set<Tick>();
  #lost = 0;
  /** Rows lost in all. */
  lostRows = 0;

  constructor(policy: SlowPolicy) {
    this.#keepLatest = policy !== 'drop';
  }

  hold(tick: Tick): void {
    if (this.#keepLatest && !this.#held.has(tick)) this.#held.add(tick);
    else this.#lost++;
  }

  /** Counts a control row for which there was no room. */
  loseControlRow(): void {
    this.#lost++;
  }

  /** Ends a slow period. Returns the number of lost rows and the ticks to print now. */
  release(): { lostRows: number; held: readonly Tick[] } {
    const lostRows = this.#lost;
    const held = [...this.#held];
    this.#lost = 0;
    this.lostRows += lostRows;
    this.#held.clear();
    return { lostRows, held };
  }
}
