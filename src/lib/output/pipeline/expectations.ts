import { type Subscription, subscriptionKey } from '../../market/kinds.ts';
import type { RowBatch, Tick } from '../../market/tick.ts';

/** Which subscriptions should give a row, and which have. */
export class Expectations {
  readonly #wanted = new Set<string>();
  readonly #missing = new Map<string, Subscription>();
  readonly #seen: (boolean | undefined)[] = [];

  add(subscriptions: readonly Subscription[]): void {
    for (const subscription of subscriptions) {
      const key = subscriptionKey(subscription);
      if (this.#wanted.has(key)) continue;
      this.#wanted.add(key);
      this.#missing.set(key, subscription);
    }
  }

  remove(subscriptions: readonly Subscription[]): void {
    for (const key of subscriptions.map(subscriptionKey)) {
      this.#wanted.delete(key);
      this.#missing.delete(key);
    }
  }

  hasSeen(tick: Tick): boolean {
    return this.#seen[tick.id] === true;
  }

  /** Whether no row of the batch is the first of a subscription. */
  haveSeen(batch: RowBatch): boolean {
    if (this.#missing.size === 0) return true;
    for (let place = 0; place < batch.count; place++) if (!this.hasSeen(batch.tickAt(place))) return false;
    return true;
  }

  see(tick: Tick): void {
    this.#seen[tick.id] = true;
    this.#missing.delete(subscriptionKey(tick));
  }

  /** How many there are, without those taken out. */
  get size(): number {
    return this.#wanted.size;
  }

  get isComplete(): boolean {
    return this.#missing.size === 0;
  }

  /** In the order in which they were asked for. */
  get missing(): Subscription[] {
    return [...this.#missing.values()];
  }
}
