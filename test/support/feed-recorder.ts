import type { TickpipeError } from '../../src/lib/errors/tickpipe-error.ts';
import type { FeedListener, FeedState, Gap } from '../../src/lib/feed/feed.ts';
import { numberOf } from '../../src/lib/market/column-value.ts';
import type { Subscription } from '../../src/lib/market/kinds.ts';
import type { Tick } from '../../src/lib/market/tick.ts';
import { numericColumnNamed } from '../../src/lib/output/rows/field-selection.ts';
import { EventQueue } from './event-queue.ts';

/** What a feed told, as plain data. A tick's price is copied: the state is only valid in the callback. */
export type FeedEvent =
  | { readonly type: 'tick'; readonly kind: string; readonly symbol: string; readonly ltp: number }
  | { readonly type: 'state'; readonly state: FeedState }
  | { readonly type: 'gap'; readonly gap: Gap }
  | { readonly type: 'silent' | 'refused'; readonly subscriptions: readonly Subscription[] }
  | { readonly type: 'warning'; readonly event: string; readonly message: string }
  | { readonly type: 'failed'; readonly error: TickpipeError };

/** A listener that writes down what it is told. */
export class FeedRecorder implements FeedListener {
  readonly events = new EventQueue<FeedEvent>();
  /** Every event in order, whether awaited or not. */
  readonly all: FeedEvent[] = [];
  /** What else is done when something is told, before it is written down. */
  onTick: () => void = () => {};
  onState: (state: FeedState) => void = () => {};
  onGap: () => void = () => {};

  tick(tick: Tick): void {
    this.onTick();
    // Of a book, its best price.
    const column = numericColumnNamed(tick.kind, tick.kind === 'depth' ? 'bid_price_1' : 'ltp');
    const ltp = (column && numberOf(column, tick.state)) ?? Number.NaN;
    this.#push({ type: 'tick', kind: tick.kind, symbol: tick.symbol, ltp });
  }

  state(state: FeedState): void {
    this.onState(state);
    this.#push({ type: 'state', state });
  }

  gap(gap: Gap): void {
    this.onGap();
    this.#push({ type: 'gap', gap });
  }

  silent(subscriptions: readonly Subscription[]): void {
    this.#push({ type: 'silent', subscriptions });
  }

  refused(subscriptions: readonly Subscription[]): void {
    this.#push({ type: 'refused', subscriptions });
  }

  warning(event: string, message: string): void {
    this.#push({ type: 'warning', event, message });
  }

  failed(error: TickpipeError): void {
    this.#push({ type: 'failed', error });
  }

  /** The next event of this type that matches. */
  async next<T extends FeedEvent['type']>(
    type: T,
    matches: (event: Extract<FeedEvent, { type: T }>) => boolean = () => true,
  ): Promise<Extract<FeedEvent, { type: T }>> {
    const event = await this.events.next(
      (candidate) => candidate.type === type && matches(candidate as Extract<FeedEvent, { type: T }>),
    );
    return event as Extract<FeedEvent, { type: T }>;
  }

  async nextState<S extends FeedState['state']>(name: S): Promise<Extract<FeedState, { state: S }>> {
    const { state } = await this.next('state', (event) => event.state.state === name);
    return state as Extract<FeedState, { state: S }>;
  }

  #push(event: FeedEvent): void {
    this.all.push(event);
    this.events.push(event);
  }
}
