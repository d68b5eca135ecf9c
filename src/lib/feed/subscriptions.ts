import type { HsmTopicState } from '../hsm/topic-state.ts';
import { type Kind, type Subscription, subscriptionKey, type TopicKind } from '../market/kinds.ts';
import { tradingSegmentOf } from '../market/symbol-segments.ts';
import type { Tick } from '../market/tick.ts';
import { type Instrument, type Segment, topicKindOf, topicName } from '../market/topics.ts';
import type { TradingSegment } from '../market/trading-hours.ts';
import type { SubscriptionStage } from './feed.ts';

export type BookState = HsmTopicState<WantedTopic>;

/** A subscription's tick. Until it is ready, a snapshot is awaited and no tick is told. */
export class LiveTick implements Tick {
  readonly id: number;
  readonly kind: Kind;
  readonly symbol: string;
  state: BookState;
  ready = false;

  constructor(id: number, subscription: Subscription, placeholder: BookState) {
    this.id = id;
    this.kind = subscription.kind;
    this.symbol = subscription.symbol;
    this.state = placeholder;
  }
}

export type Channel = 'full' | 'lite';

/** A topic that somebody wants, and who: one topic may stand for several symbols, and for lite and full rows of one. */
export class WantedTopic {
  readonly topic: string;
  readonly kind: TopicKind;
  readonly segment: Segment;
  /** Rows for every change. */
  readonly full: LiveTick[] = [];
  /** Rows for changes of the last price only. */
  readonly lite: LiveTick[] = [];
  /** The channel it was last subscribed on; undefined while it is not on the wire. */
  channel: Channel | undefined;
  stage: SubscriptionStage = 'wanted';
  /** Since its first snapshot on this connection. */
  state: BookState | undefined;
  /** When the server acknowledged it, monotonic milliseconds. */
  acknowledgedAt = 0;
  reportedSilent = false;
  /** It has had a snapshot on this or an earlier connection. */
  wasLive = false;

  constructor(topic: string, kind: TopicKind, segment: Segment) {
    this.topic = topic;
    this.kind = kind;
    this.segment = segment;
  }

  /** Lite rows come from the full topic when anyone wants that, as packets do not say their channel. */
  get wantedChannel(): Channel {
    return this.full.length > 0 ? 'full' : 'lite';
  }

  *ticks(): Generator<LiveTick> {
    yield* this.full;
    yield* this.lite;
  }

  /** The segment whose hours it has. */
  get hours(): TradingSegment {
    const tick = this.full[0] ?? this.lite[0];
    return tick ? tradingSegmentOf(tick.symbol, this.segment) : this.segment;
  }

  get subscriptions(): Subscription[] {
    return Array.from(this.ticks(), ({ kind, symbol }) => ({ kind, symbol }));
  }

  /** Ticks of the same row kind and symbol. */
  list(kind: Kind): LiveTick[] {
    return kind === 'lite' ? this.lite : this.full;
  }
}

/** What is subscribed: ticks by subscription, topics by name. Knows no socket. */
export class Subscriptions {
  readonly #topics = new Map<string, WantedTopic>();
  readonly #ticks = new Map<string, { entry: WantedTopic; tick: LiveTick }>();
  readonly #placeholder: BookState;
  #nextId = 0;

  /** @param placeholder the state of ticks that have none yet */
  constructor(placeholder: BookState) {
    this.#placeholder = placeholder;
  }

  get size(): number {
    return this.#topics.size;
  }

  topics(): IterableIterator<WantedTopic> {
    return this.#topics.values();
  }

  topic(name: string): WantedTopic | undefined {
    return this.#topics.get(name);
  }

  has(subscription: Subscription): boolean {
    return this.#ticks.has(subscriptionKey(subscription));
  }

  /** How many topics there would be with these, for subscriptions whose topic is not known yet. An upper bound. */
  countWith(subscriptions: readonly Subscription[]): number {
    const added = new Set<string>();
    for (const subscription of subscriptions) {
      if (!this.has(subscription)) {
        added.add(`${topicKindOf(subscription.kind, subscription.symbol)} ${subscription.symbol}`);
      }
    }
    return this.#topics.size + added.size;
  }

  /** Adds a subscription, unless it is there already, and says which topic carries it. */
  add(subscription: Subscription, instrument: Instrument): WantedTopic {
    const key = subscriptionKey(subscription);
    const present = this.#ticks.get(key);
    if (present) return present.entry;
    const name = topicName(subscription.kind, instrument);
    let entry = this.#topics.get(name);
    if (entry === undefined) {
      entry = new WantedTopic(name, topicKindOf(subscription.kind, subscription.symbol), instrument.segment);
      this.#topics.set(name, entry);
    }
    const tick = new LiveTick(this.#nextId++, subscription, this.#placeholder);
    entry.list(subscription.kind).push(tick);
    this.#ticks.set(key, { entry, tick });
    return entry;
  }

  /** Takes a subscription out; the topic stays only while somebody wants it. Undefined when it was not there. */
  remove(subscription: Subscription): WantedTopic | undefined {
    const found = this.#ticks.get(subscriptionKey(subscription));
    if (found === undefined) return undefined;
    const { entry, tick } = found;
    this.#ticks.delete(subscriptionKey(subscription));
    const list = entry.list(subscription.kind);
    list.splice(list.indexOf(tick), 1);
    if (entry.full.length + entry.lite.length === 0) this.#topics.delete(entry.topic);
    return entry;
  }

  /** Every subscription under its topic's name. */
  byTopic(): Map<string, Subscription[]> {
    return new Map(Array.from(this.#topics, ([name, { subscriptions }]) => [name, subscriptions]));
  }

  /** Every subscription and how far it has come. */
  stages(): (Subscription & { readonly stage: SubscriptionStage })[] {
    return Array.from(this.#topics.values(), ({ stage, subscriptions }) =>
      subscriptions.map((subscription) => ({ ...subscription, stage })),
    ).flat();
  }

  /** Subscriptions acknowledged before this moment (monotonic milliseconds) that have had no snapshot. Each is returned once. */
  takeSilent(acknowledgedBefore: number): Subscription[] {
    const silent: Subscription[] = [];
    for (const entry of this.#topics.values()) {
      if (entry.stage !== 'acknowledged' || entry.reportedSilent || entry.acknowledgedAt > acknowledgedBefore) continue;
      entry.reportedSilent = true;
      silent.push(...entry.subscriptions);
    }
    return silent;
  }

  /** A new connection knows nothing: every topic is only wanted again. */
  forgetConnection(): void {
    for (const entry of this.#topics.values()) {
      entry.stage = 'wanted';
      entry.channel = undefined;
      entry.state = undefined;
      for (const tick of entry.ticks()) tick.ready = false;
    }
  }
}

/** The symbols that live on some topics, each once. */
export function wantedSymbols(entries: Iterable<WantedTopic>): string[] {
  const symbols = new Set<string>();
  for (const entry of entries) for (const { symbol } of entry.ticks()) symbols.add(symbol);
  return [...symbols];
}
