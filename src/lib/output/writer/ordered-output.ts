import { type Subscription, subscriptionKey } from '../../market/kinds.ts';
import type { Tick } from '../../market/tick.ts';
import type { WriterEnd, WriterEndOptions } from './output-writer.ts';
import type { RowOutput } from './row-output.ts';

/** Holds the row of each subscription back until the end, then gives them on in the order asked for, as they are by then. */
export class OrderedOutput implements RowOutput {
  readonly #inner: RowOutput;
  readonly #places: ReadonlyMap<string, number>;
  readonly #ticks = new Set<Tick>();

  constructor(inner: RowOutput, order: readonly Subscription[]) {
    this.#inner = inner;
    this.#places = new Map(order.map((subscription, place) => [subscriptionKey(subscription), place]));
  }

  tick(tick: Tick): boolean {
    this.#ticks.add(tick);
    return true;
  }

  skip(tick: Tick): void {
    this.#inner.skip(tick);
  }

  end(options: WriterEndOptions): Promise<WriterEnd> {
    const place = (tick: Tick): number => this.#places.get(subscriptionKey(tick)) ?? this.#places.size;
    const ticks = [...this.#ticks].sort((a, b) => place(a) - place(b));
    this.#ticks.clear();
    for (const tick of ticks) this.#inner.tick(tick);
    return this.#inner.end(options);
  }
}
