import type { ErrorCode } from '../errors/catalogue.ts';
import type { HsmTopicState } from '../hsm/topic-table.ts';
import { MAX_TOPICS_PER_CONNECTION } from '../hsm/wire.ts';
import { type Kind, type Subscription, subscriptionKey, type TopicKind } from '../market/kinds.ts';
import { whyNoRows } from '../market/symbol-kinds.ts';
import { tradingSegmentOf } from '../market/symbol-segments.ts';
import type { Tick } from '../market/tick.ts';
import { hasEnded, type Instrument, type Segment, topicKindOf, topicName } from '../market/topics.ts';
import type { Calendar, HoursOwner } from '../market/trading-hours.ts';
import type { SubscriptionResult, SubscriptionStage } from './feed.ts';
import type { Instruments } from './retrying-lookup.ts';

/** The last values of a topic on this connection, with the topic as its attachment. */
export type WantedTopicState = HsmTopicState<WantedTopic>;

/** A subscription's tick. Until it is ready, a snapshot is awaited and no tick is emitted. */
export class LiveTick implements Tick {
  readonly id: number;
  readonly kind: Kind;
  readonly symbol: string;
  state: WantedTopicState;
  ready = false;

  constructor(id: number, subscription: Subscription, placeholder: WantedTopicState) {
    this.id = id;
    this.kind = subscription.kind;
    this.symbol = subscription.symbol;
    this.state = placeholder;
  }
}

export type Channel = 'full' | 'lite';
export const CHANNELS = ['full', 'lite'] as const satisfies readonly Channel[];

/** Most topics have one tick. An array that grew by `push` has room for 17. */
const NO_TICKS: readonly LiveTick[] = [];

/** A topic with the subscriptions on it: one topic may stand for several symbols, and for lite and full rows of one. */
export class WantedTopic {
  readonly name: string;
  readonly kind: TopicKind;
  readonly segment: Segment;
  /** The last day of a contract in India, `YYYY-MM-DD`. */
  readonly endsOn: string | undefined;
  /** Rows for every change. */
  full: readonly LiveTick[] = NO_TICKS;
  /** Rows for changes of the last price only. */
  lite: readonly LiveTick[] = NO_TICKS;
  /** The channel it was last subscribed on; undefined while it is not on the wire. */
  channel: Channel | undefined;
  stage: SubscriptionStage = 'wanted';
  /** Since its first snapshot on this connection. */
  state: WantedTopicState | undefined;
  /** When the server acknowledged it, monotonic milliseconds. */
  acknowledgedAt = 0;
  reportedSilent = false;
  /** It has had a snapshot on this or an earlier connection. */
  wasLive = false;

  constructor(name: string, kind: TopicKind, { segment, endsOn }: Pick<Instrument, 'segment' | 'endsOn'>) {
    this.name = name;
    this.kind = kind;
    this.segment = segment;
    this.endsOn = endsOn;
  }

  /** Lite rows come from the full topic where full rows are wanted, too, as packets do not say their channel. */
  get wantedChannel(): Channel {
    return this.full.length > 0 ? 'full' : 'lite';
  }

  *ticks(): Generator<LiveTick> {
    yield* this.full;
    yield* this.lite;
  }

  /** Whose trading hours apply: the instrument's own where the calendar has them, else those of its segment. */
  hoursIn(calendar: Calendar): HoursOwner {
    const tick = this.full[0] ?? this.lite[0];
    return tick ? (calendar.listed?.(tick.symbol) ?? tradingSegmentOf(tick.symbol, this.segment)) : this.segment;
  }

  get subscriptions(): Subscription[] {
    return Array.from(this.ticks(), ({ kind, symbol }) => ({ kind, symbol }));
  }

  add(tick: LiveTick): void {
    if (tick.kind === 'lite') this.lite = [...this.lite, tick];
    else this.full = [...this.full, tick];
  }

  remove(tick: LiveTick): void {
    this.full = this.full.filter((other) => other !== tick);
    this.lite = this.lite.filter((other) => other !== tick);
  }
}

/** Where topics are subscribed: a connection. */
export interface TopicWire {
  subscribe(topics: readonly WantedTopic[], channel: Channel): void;
  unsubscribe(topics: readonly WantedTopic[], channel: Channel): void;
}

/** The answers to a change of what is subscribed, in the order asked, and the topics that it touches. */
export interface SubscriptionChange {
  readonly results: SubscriptionResult[];
  readonly touched: ReadonlySet<WantedTopic>;
}

/** What is subscribed: ticks by subscription, topics by name. Changes it, and brings a connection in line with it. */
export class Subscriptions {
  readonly #topics = new Map<string, WantedTopic>();
  readonly #ticks = new Map<string, { topic: WantedTopic; tick: LiveTick }>();
  readonly #placeholder: WantedTopicState;
  #nextId = 0;

  /** @param placeholder the state of ticks that have none yet */
  constructor(placeholder: WantedTopicState) {
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

  /** How many topics there would be with these, at most: their topics are not known yet. */
  countWith(subscriptions: readonly Subscription[]): number {
    const added = new Set<string>();
    for (const subscription of subscriptions) {
      if (!this.has(subscription)) {
        added.add(`${topicKindOf(subscription.kind, subscription.symbol)} ${subscription.symbol}`);
      }
    }
    return this.#topics.size + added.size;
  }

  /** Refuses all of them when there would be more topics than a connection carries. */
  refuseTooMany(subscriptions: readonly Subscription[]): SubscriptionResult[] | undefined {
    if (this.countWith(subscriptions) <= MAX_TOPICS_PER_CONNECTION) return undefined;
    const message = `a connection carries ${MAX_TOPICS_PER_CONNECTION.toLocaleString('en')} topics at most`;
    return subscriptions.map((subscription) => refuse(subscription, 'TOO_MANY_SYMBOLS', message));
  }

  /** Adds what can be subscribed. @param strict nothing at all when a symbol is unknown */
  place(subscriptions: readonly Subscription[], instruments: Instruments, strict: boolean): SubscriptionChange {
    const refuseAll = strict && subscriptions.some(({ symbol }) => !isInstrument(instruments.get(symbol)));
    const touched = new Set<WantedTopic>();
    const results = subscriptions.map((subscription): SubscriptionResult => {
      if (whyNoRows(subscription.kind, subscription.symbol) === 'INDEX_HAS_NO_DEPTH') {
        return refuse(subscription, 'INDEX_HAS_NO_DEPTH', 'an index has no market depth');
      }
      const instrument = instruments.get(subscription.symbol);
      if (!isInstrument(instrument)) return { subscription, status: 'unknown' };
      if (refuseAll) return refuse(subscription, 'UNKNOWN_SYMBOL', 'another symbol is unknown');
      touched.add(this.add(subscription, instrument));
      return { subscription, status: 'accepted' };
    });
    return { results, touched };
  }

  /** Takes out those that are subscribed. */
  drop(subscriptions: readonly Subscription[]): SubscriptionChange {
    const touched = new Set<WantedTopic>();
    const results = subscriptions.map((subscription): SubscriptionResult => {
      const topic = this.remove(subscription);
      if (topic) touched.add(topic);
      return { subscription, status: topic ? 'accepted' : 'unknown' };
    });
    return { results, touched };
  }

  /** Brings a connection in line with what is wanted of these topics. Topics that need no change are left alone. */
  align(wire: TopicWire, topics: Iterable<WantedTopic>): void {
    const leaving: Record<Channel, WantedTopic[]> = { full: [], lite: [] };
    const coming: WantedTopic[] = [];
    for (const topic of topics) {
      const wanted = this.topic(topic.name) === topic ? topic.wantedChannel : undefined;
      if (wanted === topic.channel) continue;
      // Off one channel before on the other: the snapshot that follows brings the topic up to date.
      if (topic.channel) leaving[topic.channel].push(topic);
      if (wanted) coming.push(topic);
    }
    for (const channel of CHANNELS) wire.unsubscribe(leaving[channel], channel);
    for (const topic of coming) topic.stage = 'sent';
    // A frame is refused whole: topics that were accepted before must not depend on new ones.
    for (const wasLive of [true, false]) {
      for (const channel of CHANNELS) {
        const together = coming.filter((topic) => topic.wasLive === wasLive && topic.wantedChannel === channel);
        wire.subscribe(together, channel);
      }
    }
  }

  /** Adds a subscription, unless it is there already, and says which topic carries it. */
  add(subscription: Subscription, instrument: Instrument): WantedTopic {
    const key = subscriptionKey(subscription);
    const present = this.#ticks.get(key);
    if (present) return present.topic;
    const name = topicName(subscription.kind, instrument);
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = new WantedTopic(name, topicKindOf(subscription.kind, subscription.symbol), instrument);
      this.#topics.set(name, topic);
    }
    const tick = new LiveTick(this.#nextId++, subscription, this.#placeholder);
    topic.add(tick);
    this.#ticks.set(key, { topic, tick });
    return topic;
  }

  /** Takes a subscription out; the topic stays while another wants it. Undefined when it was not there. */
  remove(subscription: Subscription): WantedTopic | undefined {
    const found = this.#ticks.get(subscriptionKey(subscription));
    if (found === undefined) return undefined;
    const { topic, tick } = found;
    this.#ticks.delete(subscriptionKey(subscription));
    topic.remove(tick);
    if (topic.full.length + topic.lite.length === 0) this.#topics.delete(topic.name);
    return topic;
  }

  /** The topics of contracts that ended in this time: see `hasEnded`. */
  listEnded(fromDay: string, toDay: string): WantedTopic[] {
    return [...this.#topics.values()].filter(({ endsOn }) => hasEnded(endsOn, fromDay, toDay));
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
    for (const topic of this.#topics.values()) {
      if (topic.stage !== 'acknowledged' || topic.reportedSilent || topic.acknowledgedAt > acknowledgedBefore) continue;
      topic.reportedSilent = true;
      silent.push(...topic.subscriptions);
    }
    return silent;
  }

  /** The connection has ended: nothing is subscribed on the next one yet. */
  forgetConnection(): void {
    for (const topic of this.#topics.values()) {
      topic.stage = 'wanted';
      topic.channel = undefined;
      topic.state = undefined;
      for (const tick of topic.ticks()) tick.ready = false;
    }
  }
}

/** The symbols that live on some topics, each once. */
export function wantedSymbols(topics: Iterable<WantedTopic>): string[] {
  const symbols = new Set<string>();
  for (const topic of topics) for (const { symbol } of topic.ticks()) symbols.add(symbol);
  return [...symbols];
}

function isInstrument(found: Instrument | 'unknown' | undefined): found is Instrument {
  return found !== undefined && found !== 'unknown';
}

function refuse(subscription: Subscription, code: ErrorCode, message: string): SubscriptionResult {
  return { subscription, status: 'refused', code, message };
}
