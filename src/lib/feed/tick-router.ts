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
    const topic = this.#subscriptions.topic(state.topic);
    state.attachment = topic;
    if (topic === undefined) return undefined;
    topic.state = state;
    topic.stage = 'live';
    topic.wasLive = true;
    topic.reportedSilent = false;
    return topic;
  }

  /** First rows for subscriptions that wait for their topic's state, when it is here. */
  emitWaiting(topic: WantedTopic): void {
    if (topic.state === undefined) return;
    for (const tick of topic.ticks()) if (!tick.ready) this.#emitFirst(tick, topic.state);
  }

  /** A snapshot: ticks that wait get their first row from it, here, or from the `tick` that follows when something changed. */
  snapshot(topic: WantedTopic, state: WantedTopicState): void {
    for (const tick of topic.ticks()) {
      const changed = tick.kind === 'lite' ? state.changed & LTP_BIT : state.changed;
      if (!tick.ready && changed === 0) this.#emitFirst(tick, state);
      tick.state = state;
      tick.ready = true;
    }
  }

  tick(state: WantedTopicState): void {
    const topic = state.attachment;
    if (topic === undefined) return;
    this.#emitAll(topic.full);
    if ((state.changed & LTP_BIT) !== 0) this.#emitAll(topic.lite);
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
