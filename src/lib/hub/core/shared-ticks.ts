import type { SubscriptionResult } from '../../feed/feed.ts';
import { type Kind, type Subscription, subscriptionKey } from '../../market/kinds.ts';
import type { Tick, TopicState } from '../../market/tick.ts';

const NOTHING: TopicState = {
  topic: '',
  values: new Int32Array(0),
  known: 0,
  changed: 0,
  multiplier: 1,
  precision: 0,
  receivedAt: 0,
};

/** Clients that rows are written to together. */
export interface ClientGroup {
  readonly count: number;
  note(place: number): void;
}

/** Bars of one interval, which are made of a tick. */
export interface TickBars {
  tick(tick: SharedTick, nowMonotonic: number): void;
}

const NO_GROUPS: readonly ClientGroup[] = [];
const NO_BARS: readonly TickBars[] = [];

/** One subscription of the feed: its owners and last values. It is the hub's own tick: those of a feed end with the feed. */
export class SharedTick implements Tick {
  readonly id: number;
  /** What clients know it by: unlike `id`, never given to another subscription. */
  readonly number: number;
  readonly kind: Kind;
  readonly symbol: string;
  state: TopicState = NOTHING;
  /** The tick of the current feed that its values come from. */
  source: Tick | undefined;
  /** Whether it has had a row, on this connection or an earlier one. */
  hasRow = false;
  /** Whether its last row is current. False while the feed is disconnected. */
  isLive = false;
  /** Subscribed and acknowledged, but it never ticked. */
  isSilent = false;
  /** Sessions, and requests of sessions, that want it. It is unsubscribed when the last one is gone. */
  readonly owners = new Set<object>();
  /** The groups of those sessions that get rows. */
  groups: readonly ClientGroup[] = NO_GROUPS;
  /** The bars that are made of it. */
  bars: readonly TickBars[] = NO_BARS;
  /** Warnings about it, by event. */
  warnings: Map<string, string> | undefined;
  /** What the feed answered; undefined while it was not asked. */
  asked: Promise<SubscriptionResult> | undefined;
  isSettled = false;

  constructor(id: number, { kind, symbol }: Subscription, number = id) {
    this.id = id;
    this.number = number;
    this.kind = kind;
    this.symbol = symbol;
  }

  get subscription(): Subscription {
    return { kind: this.kind, symbol: this.symbol };
  }

  keepWarning(event: string, message: string): void {
    this.warnings ??= new Map();
    this.warnings.set(event, message);
  }
}

/** Everything that is subscribed upstream, by its kind and symbol, and by the tick of the current feed. */
export class SharedTicks {
  readonly #byName = new Map<string, SharedTick>();
  /** By the tick ids of the present feed. */
  readonly #byTick: (SharedTick | undefined)[] = [];
  /** Ids of removed ticks, to be used again. */
  readonly #free: number[] = [];
  #nextId = 0;
  /** 32 bits: enough for a new subscription each millisecond, for weeks. */
  #nextNumber = 0;

  get size(): number {
    return this.#byName.size;
  }

  [Symbol.iterator](): IterableIterator<SharedTick> {
    return this.#byName.values();
  }

  find(subscription: Subscription): SharedTick | undefined {
    return this.#byName.get(subscriptionKey(subscription));
  }

  findOrAdd(subscription: Subscription): SharedTick {
    const name = subscriptionKey(subscription);
    let sharedTick = this.#byName.get(name);
    if (sharedTick === undefined) {
      sharedTick = new SharedTick(this.#free.pop() ?? this.#nextId++, subscription, this.#nextNumber++);
      this.#byName.set(name, sharedTick);
    }
    return sharedTick;
  }

  remove(sharedTick: SharedTick): void {
    const name = subscriptionKey(sharedTick);
    if (this.#byName.get(name) !== sharedTick) return;
    this.#byName.delete(name);
    this.#free.push(sharedTick.id);
    if (sharedTick.source) this.#byTick[sharedTick.source.id] = undefined;
  }

  /** The subscription that a tick of the feed belongs to. */
  ofTick(tick: Tick): SharedTick | undefined {
    const known = this.#byTick[tick.id];
    if (known?.source === tick) return known;
    const sharedTick = this.find(tick);
    if (sharedTick) sharedTick.source = tick;
    this.#byTick[tick.id] = sharedTick;
    return sharedTick;
  }

  /** Called when another feed takes the place of the present one: tick ids begin anew. */
  forgetTicks(): void {
    this.#byTick.length = 0;
    for (const sharedTick of this) sharedTick.source = undefined;
  }
}
