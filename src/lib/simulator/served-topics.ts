import { MAX_TOPICS_PER_CONNECTION, MAX_TOPICS_PER_FRAME } from '../hsm/wire.ts';
import type { FaultState } from './fault-state.ts';
import type { SimulatedMarket } from './market.ts';
import { Channels, TopicStream } from './topic-stream.ts';
import type { TradingFloor } from './trading-floor.ts';

export interface ServedTopicsParts {
  readonly market: SimulatedMarket;
  readonly floor: TradingFloor;
  readonly faults: FaultState;
  readonly ids: TopicIds;
  readonly mark: (stream: TopicStream) => void;
}

/** The topics of one connection. */
export class ServedTopics {
  readonly #parts: ServedTopicsParts;
  readonly #streams = new Map<string, TopicStream>();
  readonly #ids = new Set<number>();
  /** By `segment|feed name`: what a fault has silenced here, also when it is subscribed later. */
  readonly #stalledPlaces = new Set<string>();

  constructor(parts: ServedTopicsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#streams.size;
  }

  get streams(): IterableIterator<TopicStream> {
    return this.#streams.values();
  }

  get(topic: string): TopicStream | undefined {
    return this.#streams.get(topic);
  }

  /**
   * Adds topics to a channel, each with a snapshot to come, whether it was there or not. False, and nothing done, when a
   * limit is passed. An unknown topic is accepted, and never ticks.
   */
  subscribe(topics: readonly string[], channel: number): boolean {
    if (topics.length > MAX_TOPICS_PER_FRAME || !Channels.isChannel(channel)) return false;
    const added = new Set(topics.filter((topic) => !this.#streams.has(topic)));
    if (this.#streams.size + added.size > MAX_TOPICS_PER_CONNECTION) return false;
    for (const topic of topics) {
      const present = this.#streams.get(topic);
      const stream = present ?? this.#add(topic);
      stream.channels |= 1 << channel;
      if (present === undefined || !this.#parts.faults.ackOnly) renew(stream);
    }
    return true;
  }

  /** Sends those of these that are subscribed as snapshots again. False, and nothing done, for too many topics. */
  renew(topics: readonly string[]): boolean {
    if (topics.length > MAX_TOPICS_PER_FRAME) return false;
    for (const topic of topics) {
      const stream = this.#streams.get(topic);
      if (stream !== undefined) renew(stream);
    }
    return true;
  }

  /** Takes topics off a channel; those that are on no other are dropped. False for a bad channel or too many topics. */
  unsubscribe(topics: readonly string[], channel: number): boolean {
    if (topics.length > MAX_TOPICS_PER_FRAME || !Channels.isChannel(channel)) return false;
    for (const topic of topics) {
      const stream = this.#streams.get(topic);
      if (stream === undefined) continue;
      stream.channels &= ~(1 << channel);
      if (stream.channels === 0) this.#drop(stream);
    }
    return true;
  }

  /** Has everything looked at again, after a change of mode or a resume. */
  markAll(): void {
    for (const stream of this.#streams.values()) stream.changed();
  }

  /** Silences an instrument here for as long as the connection lasts. @param place `segment|feed name` */
  stall(place: string): void {
    this.#stalledPlaces.add(place);
    for (const stream of this.#streams.values()) if (isAt(stream.topic, place)) stream.stalled = true;
  }

  /** Gives every topic the id of another, with new snapshots to say so. */
  rotateIds(): void {
    const streams = [...this.#streams.values()].filter(({ source }) => source !== undefined);
    const ids = streams.map(({ id }) => id);
    for (const [position, stream] of streams.entries()) {
      stream.id = ids[(position + 1) % ids.length] as number;
      stream.needsSnapshot = true;
      stream.changed();
    }
  }

  clear(): void {
    for (const stream of [...this.#streams.values()]) this.#drop(stream);
  }

  #add(topic: string): TopicStream {
    const { market, floor, faults, ids, mark } = this.#parts;
    const id = ids.take(this.#ids, faults.reuseIds);
    const stream = new TopicStream(topic, market.sourceOf(topic), id, mark);
    for (const place of this.#stalledPlaces) stream.stalled ||= isAt(topic, place);
    this.#ids.add(id);
    this.#streams.set(topic, stream);
    floor.watch(stream);
    return stream;
  }

  #drop(stream: TopicStream): void {
    stream.channels = 0;
    this.#streams.delete(stream.topic);
    this.#ids.delete(stream.id);
    this.#parts.floor.unwatch(stream);
  }
}

function renew(stream: TopicStream): void {
  stream.needsSnapshot = true;
  stream.changed();
}

function isAt(topic: string, place: string): boolean {
  return topic.slice(topic.indexOf('|') + 1) === place;
}

const MAX_TOPIC_ID = 0xffff;

/**
 * Gives topics their numbers. Numbers go on from connection to connection, so that a client that keeps old ones shows
 * it; with `reuse` every connection begins at 1 and takes a freed number again at once, as a server may.
 */
export class TopicIds {
  #next = 1;

  /** @param taken the numbers in use on the connection */
  take(taken: ReadonlySet<number>, reuse: boolean): number {
    let id = reuse ? 1 : this.#next;
    while (taken.has(id)) id = id === MAX_TOPIC_ID ? 1 : id + 1;
    if (!reuse) this.#next = id === MAX_TOPIC_ID ? 1 : id + 1;
    return id;
  }
}
