import { LTP_SLOT } from '../market/slots.ts';
import type { Tick } from '../market/tick.ts';
import type { LiveTick, Subscriptions, WantedTopic, WantedTopicState } from './subscriptions.ts';

const LTP_BIT = 1 << LTP_SLOT;

/** Brings a topic's changes to the subscriptions that live on it. */
export class TickRouter {
  readonly #subscriptions: Subscriptions;
  readonly #emit: (tick: Tick) => void;
  ticks = 0;

  constructor(subscriptions: Subscriptions, emit: (tick: Tick) => void) {
    this.#subscriptions = subscriptions;
    this.#emit = emit;
  }

  /** Binds a snapshotted topic to what is wanted of it; undefined when it is no longer wanted. */
  bind(state: WantedTopicState): WantedTopic | undefined {
    const entry = this.#subscriptions.topic(state.topic);
    state.attachment = entry;
    if (entry === undefined) return undefined;
    entry.state = state;
    entry.stage = 'live';
    entry.wasLive = true;
    entry.reportedSilent = false;
    return entry;
  }

  /** First rows for subscriptions that wait for their topic's state, when it is here. */
  emitWaiting(entry: WantedTopic): void {
    if (entry.state === undefined) return;
    for (const tick of entry.ticks()) if (!tick.ready) this.#emitFirst(tick, entry.state);
  }

  /** A snapshot: ticks that wait get their first row from it, here, or from the `tick` that follows when something changed. */
  snapshot(entry: WantedTopic, state: WantedTopicState): void {
    for (const tick of entry.ticks()) {
      const changed = tick.kind === 'lite' ? state.changed & LTP_BIT : state.changed;
      if (!tick.ready && changed === 0) this.#emitFirst(tick, state);
      tick.state = state;
      tick.ready = true;
    }
  }

  tick(state: WantedTopicState): void {
    const entry = state.attachment;
    if (entry === undefined) return;
    this.#emitAll(entry.full);
    if ((state.changed & LTP_BIT) !== 0) this.#emitAll(entry.lite);
  }

  #emitAll(ticks: readonly LiveTick[]): void {
    for (let at = 0; at < ticks.length; at++) {
      const tick = ticks[at] as LiveTick;
      if (!tick.ready) continue;
      this.ticks++;
      this.#emit(tick);
    }
  }

  #emitFirst(tick: LiveTick, state: WantedTopicState): void {
    tick.state = state;
    tick.ready = true;
    this.ticks++;
    this.#emit(tick);
  }
}
