import type { FeedEvent, FeedListener, FeedState } from '../../src/lib/feed/feed.ts';
import { numberOf } from '../../src/lib/market/column-value.ts';
import type { Tick } from '../../src/lib/market/tick.ts';
import { numericColumnNamed } from '../../src/lib/output/rows/field-selection.ts';
import { EventQueue } from './event-queue.ts';

/** What a feed delivered, as plain data. A tick's price is copied: the state is only valid in the callback. */
export type RecordedEvent =
  | { readonly type: 'tick'; readonly kind: string; readonly symbol: string; readonly ltp: number }
  | FeedEvent;

/** A listener that writes everything down. */
export class FeedRecorder implements FeedListener {
  readonly events = new EventQueue<RecordedEvent>();
  /** Every event in order, whether awaited or not. */
  readonly all: RecordedEvent[] = [];
  /** Called with each of these, before it is written down. */
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

  event(event: FeedEvent): void {
    if (event.type === 'state') this.onState(event.state);
    if (event.type === 'gap') this.onGap();
    this.#push(event);
  }

  /** The next event of this type that matches. */
  async next<T extends RecordedEvent['type']>(
    type: T,
    matches: (event: Extract<RecordedEvent, { type: T }>) => boolean = () => true,
  ): Promise<Extract<RecordedEvent, { type: T }>> {
    const event = await this.events.next(
      (candidate) => candidate.type === type && matches(candidate as Extract<RecordedEvent, { type: T }>),
    );
    return event as Extract<RecordedEvent, { type: T }>;
  }

  async nextState<S extends FeedState['state']>(name: S): Promise<Extract<FeedState, { state: S }>> {
    const { state } = await this.next('state', (event) => event.state.state === name);
    return state as Extract<FeedState, { state: S }>;
  }

  #push(event: RecordedEvent): void {
    this.all.push(event);
    this.events.push(event);
  }
}
