import { raceAbort } from '../../clock/abort.ts';
import type { Clock, Timer } from '../../clock/clock.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Gap, SubscriptionResult } from '../../feed/feed.ts';
import { type Interval, MAX_INTERVALS } from '../../filters/bars/interval.ts';
import { MAX_TOPICS_PER_CONNECTION } from '../../hsm/wire.ts';
import type { Subscription } from '../../market/kinds.ts';
import type { Calendar } from '../../market/trading-hours.ts';
import type { HubSubscribeOptions } from './hub-options.ts';
import type { HubSession } from './hub-session.ts';
import type { IntervalBars, IntervalBarsOptions } from './interval-bars.ts';
import { refuseGone, refuseLeft, refuseOverLimit } from './refusals.ts';
import type { SharedSubscriptions } from './shared-subscriptions.ts';
import type { SharedTick } from './shared-ticks.ts';

/** How often to check whether the rows of an interval have stopped. */
const LOOK_EVERY_MS = 500;

export interface HubBarsOptions {
  readonly upstream: SharedSubscriptions;
  readonly clock: Clock;
  readonly calendar: Calendar;
  readonly simulated: boolean;
  /** Rows are of another time than now: only they say when a bar is over. */
  readonly recorded: boolean;
  /** Called before bars are sent. */
  readonly beforeBars: () => void;
}

type MakeBars = (options: IntervalBarsOptions) => IntervalBars;

/** What makes bars is loaded when the first client asks for some. */
async function loadBars(): Promise<MakeBars> {
  const { IntervalBars } = await import('./interval-bars.ts');
  return (options) => new IntervalBars(options);
}

/** What a session wants of one interval. It owns the ticks that the bars are made of. */
interface Wanted {
  readonly ticks: Map<string, SharedTick>;
}

/**
 * The bars that clients of the API want. Those of a symbol and interval are made once, from the first time that a client asks for them,
 * as long as somebody wants them; a symbol is subscribed upstream for that. What is not asked for costs nothing.
 */
export class HubBars {
  readonly #options: HubBarsOptions;
  /** By the name of the interval. */
  readonly #intervals = new Map<string, IntervalBars>();
  readonly #wanted = new Map<HubSession, Map<string, Wanted>>();
  #timer: Timer | undefined;

  constructor(options: HubBarsOptions) {
    this.#options = options;
  }

  /** A new row of a tick that bars are made of. */
  tick(tick: SharedTick): void {
    const now = this.#options.clock.monotonic();
    for (let at = 0; at < tick.bars.length; at++) (tick.bars[at] as IntervalBars).tick(tick, now);
  }

  gap(gap: Gap): void {
    for (const bars of this.#intervals.values()) bars.gap(gap);
  }

  /** Rows of a recording are missing. */
  skipped(atMs: number): void {
    for (const bars of this.#intervals.values()) bars.skipped(atMs);
  }

  /** The feed has delivered all its rows. */
  finished(): void {
    for (const bars of this.#intervals.values()) bars.end();
  }

  /** Ticks that the feed no longer has. */
  released(ticks: readonly SharedTick[]): void {
    const lost = new Map<HubSession, Map<string, string[]>>();
    for (const tick of ticks) {
      for (const bars of [...tick.bars] as IntervalBars[]) {
        for (const session of bars.forget(tick)) {
          const { name } = bars.interval;
          this.#wanted.get(session)?.get(name)?.ticks.delete(tick.symbol);
          const symbols = lost.get(session) ?? new Map<string, string[]>();
          lost.set(session, symbols.set(name, [...(symbols.get(name) ?? []), tick.symbol]));
        }
      }
    }
    for (const [session, intervals] of lost) {
      for (const [interval, symbols] of intervals) session.client.barsDropped?.(interval, symbols);
    }
    this.#dropEmpty();
  }

  /** The symbols of which a session gets bars. */
  symbolsOf(session: HubSession): ReadonlySet<string> {
    const symbols = new Set<string>();
    for (const { ticks } of this.#wanted.get(session)?.values() ?? [])
      for (const name of ticks.keys()) symbols.add(name);
    return symbols;
  }

  /** Sends a session the bars of these. Throws what the feed throws, `TOO_MANY_INTERVALS`, and the signal's reason. */
  async subscribe(
    session: HubSession,
    interval: Interval,
    subscriptions: readonly Subscription[],
    { signal, beforeRows }: HubSubscribeOptions = {},
  ): Promise<void> {
    const fresh = subscriptions.filter(({ symbol }) => !this.symbolsOf(session).has(symbol)).length;
    if (this.symbolsOf(session).size + session.pending + fresh > MAX_TOPICS_PER_CONNECTION) {
      beforeRows?.(subscriptions.map(refuseOverLimit));
      return;
    }
    this.#refuseMore(interval);
    const { upstream, clock } = this.#options;
    const ticks = subscriptions.map((subscription) => upstream.ticks.findOrAdd(subscription));
    const request = {};
    session.pending += fresh;
    try {
      const [answers, make] = await Promise.all([raceAbort(upstream.want(request, ticks), signal), loadBars()]);
      this.#refuseMore(interval);
      const bars = this.#find(interval, make);
      const results = answers.map((answer, at): SubscriptionResult => {
        if (session.isClosed) return refuseLeft(answer);
        return upstream.ticks.find(answer.subscription) === ticks[at] ? answer : refuseGone(answer);
      });
      const accepted = ticks.filter((_, at) => results[at]?.status === 'accepted');
      const wanted = this.#wantedOf(session, interval.name);
      for (const tick of accepted) {
        wanted.ticks.set(tick.symbol, tick);
        tick.owners.add(wanted);
      }
      beforeRows?.(results);
      for (const tick of accepted) {
        bars.add(tick, clock.monotonic());
        bars.subscribe(tick.symbol, session);
      }
    } finally {
      session.pending -= fresh;
      upstream.withdraw(request, ticks);
      this.#dropEmpty();
    }
  }

  /** Sends a session no more bars of these. Returns those that it had. */
  unsubscribe(session: HubSession, interval: Interval, subscriptions: readonly Subscription[]): Subscription[] {
    const wanted = this.#wanted.get(session)?.get(interval.name);
    const dropped = subscriptions.filter(({ symbol }) => wanted?.ticks.has(symbol));
    if (wanted) {
      this.#drop(
        session,
        interval.name,
        wanted,
        dropped.map(({ symbol }) => symbol),
      );
    }
    return dropped;
  }

  closeSession(session: HubSession): void {
    for (const [name, wanted] of this.#wanted.get(session) ?? [])
      this.#drop(session, name, wanted, [...wanted.ticks.keys()]);
    this.#wanted.delete(session);
  }

  /**
   * The last bars of the day of a tick as JSON, the oldest first, and last the one that is forming. From the first call on they are made as
   * long as the tick is subscribed. Throws `TOO_MANY_INTERVALS`.
   */
  async read(tick: SharedTick, interval: Interval): Promise<readonly string[]> {
    const make = await loadBars();
    this.#refuseMore(interval);
    const bars = this.#find(interval, make);
    const { upstream, clock } = this.#options;
    if (upstream.ticks.find(tick) === tick) bars.add(tick, clock.monotonic());
    const read = bars.read(tick.symbol);
    this.#dropEmpty();
    return read;
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #drop(session: HubSession, name: string, wanted: Wanted, symbols: readonly string[]): void {
    const bars = this.#intervals.get(name);
    const ticks: SharedTick[] = [];
    for (const symbol of symbols) {
      const tick = wanted.ticks.get(symbol);
      if (tick) ticks.push(tick);
      wanted.ticks.delete(symbol);
      bars?.unsubscribe(symbol, session);
      session.client.queue?.forgetLatest(`${name} ${symbol}`);
    }
    this.#options.upstream.withdraw(wanted, ticks);
    this.#dropEmpty();
  }

  #wantedOf(session: HubSession, name: string): Wanted {
    const intervals = this.#wanted.get(session) ?? new Map<string, Wanted>();
    this.#wanted.set(session, intervals);
    const wanted = intervals.get(name) ?? { ticks: new Map<string, SharedTick>() };
    intervals.set(name, wanted);
    return wanted;
  }

  /** Each interval has state of its own for every symbol. */
  #refuseMore({ name }: Interval): void {
    if (this.#intervals.has(name) || this.#intervals.size < MAX_INTERVALS) return;
    const names = [...this.#intervals.keys()].join(', ');
    throw new TickpipeError('TOO_MANY_INTERVALS', `the hub makes bars of ${MAX_INTERVALS} intervals already: ${names}`);
  }

  #find(interval: Interval, make: MakeBars): IntervalBars {
    const known = this.#intervals.get(interval.name);
    if (known) return known;
    const { calendar, simulated, beforeBars, clock } = this.#options;
    const bars = make({ interval, calendar, allHours: simulated, simulated, beforeBars });
    this.#intervals.set(interval.name, bars);
    this.#timer ??= clock.every(LOOK_EVERY_MS, () => this.#lookForQuiet());
    return bars;
  }

  /** While the feed is away a gap follows, which the bars have to say. */
  #lookForQuiet(): void {
    const { upstream, clock, recorded } = this.#options;
    if (recorded || upstream.state.state !== 'live') return;
    for (const bars of this.#intervals.values()) bars.lookForQuiet(clock.now(), clock.monotonic());
  }

  #dropEmpty(): void {
    for (const [name, bars] of this.#intervals) if (bars.isEmpty) this.#intervals.delete(name);
    if (this.#intervals.size === 0) this.close();
  }
}
