import type { BookState } from './subscriptions.ts';

/**
 * Rows of one message that wait for its end: a gap must precede them, and only then is it known whose gap it is. Each is kept as
 * its topic's state and what changed of it; should a message change a topic twice, both changes are one row.
 */
export class HeldRows {
  readonly #changed = new Map<BookState, number>();

  get isEmpty(): boolean {
    return this.#changed.size === 0;
  }

  /** Holds the row of this snapshot. */
  hold(state: BookState): void {
    this.#changed.set(state, state.changed);
  }

  /** Adds what changed now to the row that is held. False when none is. */
  add(state: BookState): boolean {
    const changed = this.#changed.get(state);
    if (changed === undefined) return false;
    this.#changed.set(state, changed | state.changed);
    return true;
  }

  /** Lets go of all, each with everything that changed. */
  release(emit: (state: BookState) => void): void {
    for (const [state, changed] of [...this.#changed]) {
      this.#changed.delete(state);
      state.changed = changed;
      emit(state);
    }
  }
}
