import type { Subscription } from '../market/kinds.ts';
import type { Tick } from '../market/tick.ts';

/** Which subscriptions should give a row, and which have. */
export class Expectations {
  readonly #wanted = new Set<string>();
  readonly #missing = new Map<string, Subscription>();
  readonly #seen: (boolean | undefined)[] = [];

  add(subscriptions: readonly Subscription[]): void {
    for (const { kind, symbol } of subscriptions) {
      const key = keyOf(kind, symbol);
      if (this.#wanted.has(key)) continue;
      this.#wanted.add(key);
      this.#missing.set(key, { kind, symbol });
    }
  }

  remove(subscriptions: readonly Subscription[]): void {
    for (const { kind, symbol } of subscriptions) {
      this.#wanted.delete(keyOf(kind, symbol));
      this.#missing.delete(keyOf(kind, symbol));
    }
  }

  hasSeen(tick: Tick): boolean {
    return this.#seen[tick.id] === true;
  }

  see(tick: Tick): void {
    this.#seen[tick.id] = true;
    this.#missing.delete(keyOf(tick.kind, tick.symbol));
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

function keyOf(kind: string, symbol: string): string {
  return `${kind} ${symbol}`;
}
