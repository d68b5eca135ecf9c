import type { WantedTopicState } from './subscriptions.ts';

/**
 * Rows of one message that wait for its end: their gap must precede them, and only then is it known whose gap it is. Each is
 * kept as its topic's state and what changed of it; should a message change a topic twice, both changes are one row.
 */
export class HeldRows {
  readonly #changed = new Map<WantedTopicState, number>();

  get isEmpty(): boolean {
    return this.#changed.size === 0;
  }

  /** Holds the row of this snapshot. */
  hold(state: WantedTopicState): void {
    this.#changed.set(state, state.changed);
  }

  /** Adds what changed now to the row that is held. False when none is. */
  add(state: WantedTopicState): boolean {
    const changed = this.#changed.get(state);
    if (changed === undefined) return false;
    this.#changed.set(state, changed | state.changed);
    return true;
  }

  /** Emits all rows, each with everything that changed, and forgets them. */
  release(emit: (state: WantedTopicState) => void): void {
    for (const [state, changed] of [...this.#changed]) {
      this.#changed.delete(state);
      state.changed = changed;
      emit(state);
    }
  }
}
