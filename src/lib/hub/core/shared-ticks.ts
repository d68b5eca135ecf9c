import { type Subscription, subscriptionKey } from '../../market/kinds.ts';
import type { Tick } from '../../market/tick.ts';
import { SharedTick } from './shared-tick.ts';

/** Everything that is subscribed upstream, by what it is and by the feed's tick that feeds it. */
export class SharedTicks {
  readonly #byName = new Map<string, SharedTick>();
  /** By the tick ids of the present feed. */
  readonly #byTick: (SharedTick | undefined)[] = [];
  /** Ids that were given back. */
  readonly #free: number[] = [];
  #nextId = 0;

  get size(): number {
    return this.#byName.size;
  }

  [Symbol.iterator](): IterableIterator<SharedTick> {
    return this.#byName.values();
  }

  find(subscription: Subscription): SharedTick | undefined {
    return this.#byName.get(subscriptionKey(subscription));
  }

  findOrAdd(subscription: Subscription): SharedTick {
    const name = subscriptionKey(subscription);
    let entry = this.#byName.get(name);
    if (entry === undefined) {
      entry = new SharedTick(this.#free.pop() ?? this.#nextId++, subscription);
      this.#byName.set(name, entry);
    }
    return entry;
  }

  remove(entry: SharedTick): void {
    const name = subscriptionKey(entry);
    if (this.#byName.get(name) !== entry) return;
    this.#byName.delete(name);
    this.#free.push(entry.id);
    if (entry.source) this.#byTick[entry.source.id] = undefined;
  }

  /** The subscription that a tick of the feed belongs to. */
  ofTick(tick: Tick): SharedTick | undefined {
    const known = this.#byTick[tick.id];
    if (known?.source === tick) return known;
    const entry = this.find(tick);
    if (entry) entry.source = tick;
    this.#byTick[tick.id] = entry;
    return entry;
  }

  /** Called when another feed takes the place of the present one: tick ids begin anew. */
  forgetTicks(): void {
    this.#byTick.length = 0;
    for (const entry of this) entry.source = undefined;
  }
}
