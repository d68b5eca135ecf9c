import type { TopicKind } from '../market/kinds.ts';
import { SLOT_COUNTS } from '../market/slots.ts';
import type { TopicState } from '../market/tick.ts';
import { ArrayPool } from '../memory/array-pool.ts';

/** Ids are u16: 256 pages of 256. */
const PAGE_SIZE = 0x100;
/** Topics one connection may ever snapshot. A connection carries 5,000 at a time; more are invented names. */
const MAX_TOPICS = PAGE_SIZE * PAGE_SIZE;

type Page<A> = (HsmTopicState<A> | undefined)[];

/** The topics of one connection, by name and by the id that their last snapshot bound. A topic has one id at most, and an id one topic. */
export class TopicTable<A> {
  readonly #byName = new Map<string, HsmTopicState<A>>();
  /** Pages, because one array that grows to wherever a server's ids begin becomes a hash table: a third of the decode rate. */
  readonly #pages = new Array<Page<A> | undefined>(PAGE_SIZE).fill(undefined);
  /** Of the states. They live as long as the connection, so none is given back. */
  readonly #values = new ArrayPool(Int32Array);

  byName(topic: string): HsmTopicState<A> | undefined {
    return this.#byName.get(topic);
  }

  byId(topicId: number): HsmTopicState<A> | undefined {
    const page = this.#pages[topicId >> 8];
    return page === undefined ? undefined : page[topicId & 0xff];
  }

  /** A new topic's state, or `undefined` when there are too many. */
  add(topic: string, kind: TopicKind): HsmTopicState<A> | undefined {
    if (this.#byName.size >= MAX_TOPICS) return undefined;
    const state = new HsmTopicState<A>(topic, kind, this.#values.take(SLOT_COUNTS[kind]));
    this.#byName.set(topic, state);
    return state;
  }

  /** Binds an id to this topic. Earlier bindings of the id and of the topic end. */
  bind(topicId: number, state: HsmTopicState<A>): void {
    if (state.topicId === topicId) return;
    this.unbind(state);
    this.release(topicId);
    this.#put(topicId, state);
    state.topicId = topicId;
  }

  /** Ends the binding of an id. */
  release(topicId: number): void {
    const state = this.byId(topicId);
    if (state) this.unbind(state);
  }

  /** Ends the binding of a topic. */
  unbind(state: HsmTopicState<A>): void {
    if (state.topicId >= 0) this.#put(state.topicId, undefined);
    state.topicId = -1;
  }

  #put(topicId: number, state: HsmTopicState<A> | undefined): void {
    const page = this.#pages[topicId >> 8] ?? new Array<undefined>(PAGE_SIZE).fill(undefined);
    this.#pages[topicId >> 8] = page;
    page[topicId & 0xff] = state;
  }
}

/** The decoder's own, writable side of a topic's state. `attachment` is the owner's, the decoder never looks at it. */
export class HsmTopicState<A> implements TopicState {
  readonly topic: string;
  readonly kind: TopicKind;
  readonly values: Int32Array;
  /** An own property: reading a missing one takes longer. */
  readonly columns = undefined;
  /** The number it is updated under; -1 while it has none. */
  topicId = -1;
  known = 0;
  changed = 0;
  multiplier = 1;
  precision = 2;
  receivedAt = 0;
  /** When its last message came, monotonic milliseconds. */
  heardAt = 0;
  attachment: A | undefined;

  constructor(topic: string, kind: TopicKind, values = new Int32Array(SLOT_COUNTS[kind])) {
    this.topic = topic;
    this.kind = kind;
    this.values = values;
  }
}
