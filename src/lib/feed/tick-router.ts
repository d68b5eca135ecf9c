import { LTP_SLOT } from '../market/slots.ts';
import type { Tick } from '../market/tick.ts';
import type { BookState, LiveTick, Subscriptions, WantedTopic } from './subscriptions.ts';

const LTP_BIT = 1 << LTP_SLOT;

/** Brings a topic's changes to the subscriptions that live on it. */
export class TickRouter {
  readonly #book: Subscriptions;
  readonly #emit: (tick: Tick) => void;
  ticks = 0;

  constructor(book: Subscriptions, emit: (tick: Tick) => void) {
    this.#book = book;
    this.#emit = emit;
  }

  /** Binds a snapshotted topic to what is wanted of it; undefined when nobody wants it any more. */
  bind(state: BookState): WantedTopic | undefined {
    const entry = this.#book.topic(state.topic);
    state.attachment = entry;
    if (entry === undefined) return undefined;
    entry.state = state;
    entry.stage = 'live';
    entry.wasLive = true;
    entry.reportedSilent = false;
    return entry;
  }

  /** First rows for subscriptions that wait for their topic's state, when it is here. */
  tellWaiting(entry: WantedTopic): void {
    if (entry.state === undefined) return;
    for (const tick of entry.ticks()) if (!tick.ready) this.#tellFirst(tick, entry.state);
  }

  /** A snapshot: those who wait get their first row of it, here or from the `tick` that follows when it tells something new. */
  snapshot(entry: WantedTopic, state: BookState): void {
    for (const tick of entry.ticks()) {
      const told = tick.kind === 'lite' ? state.changed & LTP_BIT : state.changed;
      if (!tick.ready && told === 0) this.#tellFirst(tick, state);
      tick.state = state;
      tick.ready = true;
    }
  }

  tick(state: BookState): void {
    const entry = state.attachment;
    if (entry === undefined) return;
    this.#tellAll(entry.full);
    if ((state.changed & LTP_BIT) !== 0) this.#tellAll(entry.lite);
  }

  #tellAll(ticks: readonly LiveTick[]): void {
    for (let at = 0; at < ticks.length; at++) {
      const tick = ticks[at] as LiveTick;
      if (!tick.ready) continue;
      this.ticks++;
      this.#emit(tick);
    }
  }

  #tellFirst(tick: LiveTick, state: BookState): void {
    tick.state = state;
    tick.ready = true;
    this.ticks++;
    this.#emit(tick);
  }
}
