import type { Clock, Timer } from '../clock/clock.ts';
import { type Moment, spanBetween } from '../clock/moment.ts';
import { INDEX_SLOTS, SYMBOL_SLOTS } from '../market/slots.ts';
import { type Calendar, isSessionOpen } from '../market/trading-hours.ts';
import type { Subscriptions, WantedTopic, WantedTopicState } from './subscriptions.ts';

/** The questions about silent topics, in this order, until a snapshot comes. */
const QUESTIONS = ['subscribe', 'snapshot', 'renew'] as const;
export type Question = (typeof QUESTIONS)[number];

/** How long the server may be silent after a question, in beats. There is one beat a second, and none while the process is stopped. */
const SILENT_BEATS = 5;
/** How long after an answer a snapshot may take before the next question. */
const SNAPSHOT_BEATS = 2;
/** How long the end of the feed waits for a probe. */
const CONCLUDE_MS = 5_000;
/** How long after an answer a snapshot may take when the end of the feed waits. */
const LAST_SNAPSHOT_MS = 1_000;
const LONGEST_WAIT_MS = 600_000;

export interface StallWatchActions {
  /**
   * Asks the server about these: to `subscribe` them again, for a `snapshot`, or to `renew` the subscription, which is to
   * unsubscribe and to subscribe.
   */
  ask(question: Question, topics: readonly WantedTopic[]): void;
  /** Late answers to the questions are no longer expected. */
  concluded(): void;
  /** A snapshot is newer than the last data, so data was lost. Reported before the row. Times are epoch milliseconds. */
  missed(topics: readonly WantedTopic[], from: number, to: number): void;
  /** No question brought a snapshot of these, while the connection lives. Each is reported once, until its next data. */
  silent(topics: readonly WantedTopic[]): void;
  /** The socket is open, and nothing came after any question. */
  stalled(): void;
}

/** What was known of a topic when the probe began. */
interface Known {
  /** When its last data came; undefined before the first, when no data can be missed. */
  readonly heard: Moment | undefined;
  readonly exchangeTime: number | undefined;
}

interface Probe {
  /** Monotonic milliseconds. */
  readonly askedAt: number;
  readonly known: ReadonlyMap<WantedTopic, Known>;
  /** No snapshot of these has come yet. */
  readonly open: Set<WantedTopic>;
  readonly missed: Set<WantedTopic>;
  /** Which question is asked now. */
  question: number;
  /** Since that question, and since the last answer to it. */
  silentBeats: number;
  answeredBeats: number | undefined;
  /** Whether anything has come since the first question. */
  isAlive: boolean;
}

/** How long a topic may be silent before it is asked about, and when that was done last; times are monotonic milliseconds. */
interface Wait {
  readonly waitMs: number;
  readonly askedAt: number;
  readonly concludedAt: number;
}

/**
 * The data clock. Topics that have been silent inside their session for the stall timeout are asked about: they are subscribed
 * again; if that brings no snapshot, one is asked for; if that brings none, they are unsubscribed and subscribed. An equal
 * snapshot is a quiet market, and so is an answer of any other kind: the topic is asked about half as often, at most every 10
 * minutes. A newer snapshot means that updates were lost. Silence after every question, 5 s each, is a stall.
 */
export class StallWatch {
  readonly #stallTimeoutMs: number;
  readonly #clock: Clock;
  readonly #calendar: Calendar;
  readonly #subscriptions: Subscriptions;
  readonly #actions: StallWatchActions;
  /** Topics that have been asked about. */
  readonly #waits = new WeakMap<WantedTopic, Wait>();
  #probe: Probe | undefined;
  /** Snapshots of the current message that are newer than the data before them. */
  #newer: { readonly topic: WantedTopic; readonly state: WantedTopicState }[] = [];
  #concluding: Concluding | undefined;

  /** @param stallTimeoutMs 0 turns the watch off */
  constructor(
    stallTimeoutMs: number,
    clock: Clock,
    calendar: Calendar,
    subscriptions: Subscriptions,
    actions: StallWatchActions,
  ) {
    this.#stallTimeoutMs = stallTimeoutMs;
    this.#clock = clock;
    this.#calendar = calendar;
    this.#subscriptions = subscriptions;
    this.#actions = actions;
  }

  get isProbing(): boolean {
    return this.#probe !== undefined;
  }

  /** The connection has ended, and its probe with it. */
  reset(): void {
    this.#probe = undefined;
    this.#newer = [];
    this.#concluded();
  }

  /** The server answered a request of ours. */
  answered(): void {
    const probe = this.#probe;
    if (probe === undefined) return;
    probe.isAlive = true;
    probe.answeredBeats = 0;
    this.#concluding?.answered();
  }

  /** A snapshot came. Gives whether it is newer than the last data: then `messageRead` reports the gap before its row. */
  snapshot(topic: WantedTopic, state: WantedTopicState): boolean {
    const probe = this.#probe;
    if (probe === undefined || !probe.open.delete(topic)) return false;
    probe.answeredBeats = 0;
    const known = probe.known.get(topic);
    if (known?.heard === undefined || !isNewer(state, known.exchangeTime)) return false;
    this.#newer.push({ topic, state });
    return true;
  }

  /** A message with data has been read to its end. Its rows that must follow a gap may be emitted now. */
  messageRead(): void {
    const probe = this.#probe;
    if (probe === undefined) return;
    probe.isAlive = true;
    if (this.#newer.length > 0) this.#reportMissed(probe);
    if (probe.open.size === 0) this.#conclude(probe);
  }

  /** Call it about once a second while the connection is open and being read. */
  beat(): void {
    if (this.#stallTimeoutMs === 0) return;
    const probe = this.#probe;
    if (probe === undefined) {
      this.#probeSilent();
      return;
    }
    if (this.#concluding) return;
    probe.silentBeats++;
    if (probe.answeredBeats !== undefined) probe.answeredBeats++;
    const isOver = probe.silentBeats >= SILENT_BEATS || (probe.answeredBeats ?? 0) >= SNAPSHOT_BEATS;
    if (isOver) this.#askNext(probe);
  }

  /**
   * Resolves when no probe is under way, at once when there is none. The remaining questions are asked at once: the end of the
   * feed waits for one answer, 5 s at most.
   */
  conclude(): Promise<void> {
    const probe = this.#probe;
    if (probe === undefined) return Promise.resolve();
    if (!this.#isOpen(probe)) {
      this.#conclude(probe);
      return Promise.resolve();
    }
    this.#concluding ??= new Concluding(this.#clock, () => this.#conclude(probe));
    const { done } = this.#concluding;
    const topics = [...probe.open];
    for (const question of QUESTIONS.slice(probe.question + 1)) this.#actions.ask(question, topics);
    probe.question = QUESTIONS.length;
    return done;
  }

  #probeSilent(): void {
    const now = this.#clock.monotonic();
    const wallNow = this.#clock.now();
    const silent = [...this.#subscriptions.topics()].filter((topic) => this.#isDue(topic, now, wallNow));
    if (silent.length === 0) return;
    this.#probe = {
      askedAt: now,
      known: new Map(silent.map((topic) => [topic, knownOf(topic)])),
      open: new Set(silent),
      missed: new Set(),
      question: 0,
      silentBeats: 0,
      answeredBeats: undefined,
      isAlive: false,
    };
    for (const topic of silent) {
      const heardSince = (topic.state?.heardAt ?? 0) > (this.#waits.get(topic)?.askedAt ?? now);
      if (heardSince) topic.reportedSilent = false;
      this.#waits.set(topic, { waitMs: this.#waitMs(topic), askedAt: now, concludedAt: now });
    }
    this.#actions.ask(QUESTIONS[0], silent);
  }

  #isDue(topic: WantedTopic, now: number, wallNow: number): boolean {
    if (topic.stage !== 'live' && topic.stage !== 'acknowledged') return false;
    const waitMs = this.#waitMs(topic);
    const since = Math.max(
      topic.state?.heardAt ?? topic.acknowledgedAt,
      this.#waits.get(topic)?.askedAt ?? Number.NEGATIVE_INFINITY,
    );
    if (now - since < waitMs) return false;
    const owner = topic.hoursIn(this.#calendar);
    const isOpen = (at: number): boolean => isSessionOpen(owner, at, this.#calendar);
    return isOpen(wallNow) && isOpen(wallNow - this.#stallTimeoutMs);
  }

  #waitMs(topic: WantedTopic): number {
    const wait = this.#waits.get(topic);
    const heardSince = wait && (topic.state?.heardAt ?? 0) > wait.concludedAt;
    return wait === undefined || heardSince ? this.#stallTimeoutMs : wait.waitMs;
  }

  /** Whether anything is left to ask about: a topic that was dropped meanwhile, or is heard of again, needs no further question. */
  #isOpen(probe: Probe): boolean {
    for (const topic of probe.open) {
      if (this.#subscriptions.topic(topic.name) !== topic || isHeardSince(topic, probe)) probe.open.delete(topic);
    }
    return probe.open.size > 0;
  }

  #askNext(probe: Probe): void {
    const question = QUESTIONS[++probe.question];
    if (!this.#isOpen(probe) || question === undefined) {
      this.#conclude(probe);
      return;
    }
    probe.silentBeats = 0;
    probe.answeredBeats = undefined;
    this.#actions.ask(question, [...probe.open]);
  }

  #reportMissed(probe: Probe): void {
    const newer = this.#newer;
    this.#newer = [];
    let from = Number.POSITIVE_INFINITY;
    let to = 0;
    for (const { topic, state } of newer) {
      probe.missed.add(topic);
      const heard = probe.known.get(topic)?.heard;
      if (heard === undefined) continue;
      const span = spanBetween(heard, { wallMs: state.receivedAt, monotonicMs: state.heardAt });
      from = Math.min(from, span.from);
      to = Math.max(to, span.to);
    }
    this.#actions.missed(
      newer.map(({ topic }) => topic),
      from,
      to,
    );
  }

  #conclude(probe: Probe): void {
    if (probe !== this.#probe) return;
    this.#probe = undefined;
    this.#actions.concluded();
    const concludedAt = this.#clock.monotonic();
    for (const topic of probe.known.keys()) {
      const waitMs = probe.missed.has(topic)
        ? this.#stallTimeoutMs
        : Math.min((this.#waits.get(topic)?.waitMs ?? 0) * 2, Math.max(LONGEST_WAIT_MS, this.#stallTimeoutMs));
      this.#waits.set(topic, { waitMs, askedAt: probe.askedAt, concludedAt });
    }
    if (probe.isAlive) this.#reportSilent(probe);
    else if ([...probe.open].some(owesSnapshot)) this.#actions.stalled();
    this.#concluded();
  }

  #concluded(): void {
    const concluding = this.#concluding;
    this.#concluding = undefined;
    concluding?.end();
  }

  #reportSilent(probe: Probe): void {
    const silent: WantedTopic[] = [];
    for (const topic of probe.open) {
      if (isHeardSince(topic, probe) || topic.reportedSilent || this.#subscriptions.topic(topic.name) !== topic)
        continue;
      topic.reportedSilent = true;
      silent.push(topic);
    }
    if (silent.length > 0) this.#actions.silent(silent);
  }
}

/** A feed that ends waits for a probe: the wait and its time limits. */
class Concluding {
  readonly done: Promise<void>;
  readonly #clock: Clock;
  readonly #conclude: () => void;
  readonly #timers: Timer[];
  #resolve: () => void = () => {};

  constructor(clock: Clock, conclude: () => void) {
    this.#clock = clock;
    this.#conclude = conclude;
    this.#timers = [clock.after(CONCLUDE_MS, conclude)];
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** The connection lives: a snapshot follows soon, or not at all. */
  answered(): void {
    if (this.#timers.length === 1) this.#timers.push(this.#clock.after(LAST_SNAPSHOT_MS, this.#conclude));
  }

  end(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#resolve();
  }
}

/** The server accepts an index under a wrong feed name and never snapshots it: only one that was live can show a stall. */
function owesSnapshot(topic: WantedTopic): boolean {
  return topic.wasLive || topic.kind !== 'if';
}

function knownOf({ state }: WantedTopic): Known {
  if (state === undefined) return { heard: undefined, exchangeTime: undefined };
  const heard = { wallMs: state.receivedAt, monotonicMs: state.heardAt };
  return { heard, exchangeTime: exchangeTimeOf(state) };
}

function isHeardSince({ state }: WantedTopic, { askedAt }: Probe): boolean {
  return state !== undefined && state.heardAt > askedAt;
}

/** Epoch seconds; undefined where the topic has none, as depth, or none has come. */
function exchangeTimeOf(state: WantedTopicState): number | undefined {
  if (state.kind === 'dp') return undefined;
  const slot = state.kind === 'sf' ? SYMBOL_SLOTS.exchangeTime : INDEX_SLOTS.exchangeTime;
  return state.known & (1 << slot) ? state.values[slot] : undefined;
}

/** Newer by this snapshot itself, not by an update on the way to it. A depth topic has no exchange time: there any change counts. */
function isNewer(state: WantedTopicState, knownExchangeTime: number | undefined): boolean {
  const exchangeTime = exchangeTimeOf(state);
  if (exchangeTime === undefined || knownExchangeTime === undefined) return state.changed !== 0;
  return state.changed !== 0 && exchangeTime > knownExchangeTime;
}
