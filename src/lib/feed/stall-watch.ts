import type { Clock } from '../clock/clock.ts';
import { type Calendar, isSessionOpen } from '../market/sessions.ts';
import { INDEX_SLOTS, SYMBOL_SLOTS } from '../market/slots.ts';
import type { BookState, SubscriptionBook, TopicEntry } from './subscription-book.ts';

/** How long a probed topic may take to be snapshotted. */
const SNAPSHOT_TIMEOUT_MS = 5_000;
const LONGEST_WAIT_MS = 600_000;

export interface StallWatchActions {
  /** Asks the server to snapshot these again. */
  resubscribe(entries: readonly TopicEntry[]): void;
  /** Data was lost unseen: a snapshot is newer than what we had. Times are epoch milliseconds. */
  missed(entries: readonly TopicEntry[], from: number, to: number): void;
  /** These were asked for and not snapshotted, while others live. Each is told once, until it is heard of again. */
  silent(entries: readonly TopicEntry[]): void;
  /** The socket is open and mute. */
  stalled(): void;
}

interface Probe {
  readonly at: number;
  /** What we knew of each topic when it was asked. */
  readonly known: ReadonlyMap<TopicEntry, { receivedAt: number; exchangeTime: number | undefined }>;
  readonly missed: Set<TopicEntry>;
  missedFrom: number;
  missedTo: number;
  dataCame: boolean;
}

/**
 * The data clock. A topic that has been silent inside its session for the stall timeout is subscribed again, which makes
 * the server snapshot it. An equal snapshot is a quiet market: the topic is asked half as often, at most every 10 minutes.
 * A newer one means that updates were lost. No data at all within 5 s means a stall; a topic that stays silent alone is named.
 */
export class StallWatch {
  readonly #stallTimeoutMs: number;
  readonly #clock: Clock;
  readonly #calendar: Calendar;
  readonly #book: SubscriptionBook;
  readonly #actions: StallWatchActions;
  /** Topics that have been probed: how long to wait now, and when they were asked last. */
  readonly #waits = new WeakMap<TopicEntry, { waitMs: number; askedAt: number }>();
  #probe: Probe | undefined;

  /** @param stallTimeoutMs 0 turns the watch off */
  constructor(
    stallTimeoutMs: number,
    clock: Clock,
    calendar: Calendar,
    book: SubscriptionBook,
    actions: StallWatchActions,
  ) {
    this.#stallTimeoutMs = stallTimeoutMs;
    this.#clock = clock;
    this.#calendar = calendar;
    this.#book = book;
    this.#actions = actions;
  }

  /** A new connection: a probe of the old one is void. */
  reset(): void {
    this.#probe = undefined;
  }

  dataArrived(): void {
    if (this.#probe) this.#probe.dataCame = true;
  }

  snapshot(entry: TopicEntry, state: BookState): void {
    const known = this.#probe?.known.get(entry);
    if (this.#probe === undefined || known === undefined) return;
    if (!isNewer(state, known.exchangeTime)) return;
    this.#probe.missed.add(entry);
    this.#probe.missedFrom = Math.min(this.#probe.missedFrom, known.receivedAt);
    this.#probe.missedTo = state.receivedAt;
  }

  /** To be called about once a second while the connection is up. */
  beat(): void {
    if (this.#stallTimeoutMs === 0) return;
    if (this.#probe === undefined) this.#probeSilent();
    else if (this.#clock.now() - this.#probe.at >= SNAPSHOT_TIMEOUT_MS) this.#conclude(this.#probe);
  }

  #probeSilent(): void {
    const now = this.#clock.now();
    const silent = [...this.#book.topics()].filter((entry) => this.#isDue(entry, now));
    if (silent.length === 0) return;
    this.#probe = {
      at: now,
      known: new Map(silent.map((entry) => [entry, knownOf(entry)])),
      missed: new Set(),
      missedFrom: now,
      missedTo: now,
      dataCame: false,
    };
    for (const entry of silent) {
      const heardSince = (entry.state?.receivedAt ?? 0) > (this.#waits.get(entry)?.askedAt ?? now);
      if (heardSince) entry.reportedSilent = false;
      this.#waits.set(entry, { waitMs: this.#waitMs(entry), askedAt: now });
    }
    this.#actions.resubscribe(silent);
  }

  #isDue(entry: TopicEntry, now: number): boolean {
    if (entry.stage !== 'live' && entry.stage !== 'acknowledged') return false;
    const waitMs = this.#waitMs(entry);
    const since = Math.max(
      entry.state?.receivedAt ?? entry.acknowledgedAt,
      this.#waits.get(entry)?.askedAt ?? Number.NEGATIVE_INFINITY,
    );
    const segment = entry.hours;
    const isOpen = (at: number): boolean => isSessionOpen(segment, at, this.#calendar);
    return now - since >= waitMs && isOpen(now) && isOpen(now - this.#stallTimeoutMs);
  }

  #waitMs(entry: TopicEntry): number {
    const wait = this.#waits.get(entry);
    const heardSince = wait && (entry.state?.receivedAt ?? 0) > wait.askedAt + SNAPSHOT_TIMEOUT_MS;
    return wait === undefined || heardSince ? this.#stallTimeoutMs : wait.waitMs;
  }

  #conclude(probe: Probe): void {
    this.#probe = undefined;
    for (const entry of probe.known.keys()) {
      const waitMs = probe.missed.has(entry)
        ? this.#stallTimeoutMs
        : Math.min(this.#waitMs(entry) * 2, Math.max(LONGEST_WAIT_MS, this.#stallTimeoutMs));
      this.#waits.set(entry, { waitMs, askedAt: probe.at });
    }
    if (probe.missed.size > 0) this.#actions.missed([...probe.missed], probe.missedFrom, probe.missedTo);
    if (probe.dataCame) this.#tellSilent(probe);
    else if ([...probe.known.keys()].some(owesSnapshot)) this.#actions.stalled();
  }

  #tellSilent({ known }: Probe): void {
    const silent: TopicEntry[] = [];
    for (const [entry, { receivedAt }] of known) {
      const lastHeardAt = entry.state?.receivedAt ?? entry.acknowledgedAt;
      if (lastHeardAt > receivedAt || entry.reportedSilent || this.#book.topic(entry.topic) !== entry) continue;
      entry.reportedSilent = true;
      silent.push(entry);
    }
    if (silent.length > 0) this.#actions.silent(silent);
  }
}

/** An index under a wrong feed name is accepted and never snapshotted, so only a proven one can show a stall. */
function owesSnapshot(entry: TopicEntry): boolean {
  return entry.wasLive || entry.kind !== 'if';
}

function knownOf(entry: TopicEntry): { receivedAt: number; exchangeTime: number | undefined } {
  const { state } = entry;
  return { receivedAt: state?.receivedAt ?? entry.acknowledgedAt, exchangeTime: state && exchangeTimeOf(state) };
}

/** Epoch seconds; undefined where the topic has none, as depth, or none has come. */
function exchangeTimeOf(state: BookState): number | undefined {
  if (state.kind === 'dp') return undefined;
  const slot = state.kind === 'sf' ? SYMBOL_SLOTS.exchangeTime : INDEX_SLOTS.exchangeTime;
  return state.known & (1 << slot) ? state.values[slot] : undefined;
}

/** Newer by this snapshot itself, not by an update on the way to it. A depth topic has no exchange time: there any change counts. */
function isNewer(state: BookState, knownExchangeTime: number | undefined): boolean {
  const exchangeTime = exchangeTimeOf(state);
  if (exchangeTime === undefined || knownExchangeTime === undefined) return state.changed !== 0;
  return state.changed !== 0 && exchangeTime > knownExchangeTime;
}
