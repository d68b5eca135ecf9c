import { raceAbort } from '../../clock/abort.ts';
import type { Clock, Timer } from '../../clock/clock.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Feed, FeedCounters, Gap, SubscriptionResult } from '../../feed/feed.ts';
import { InterruptionWatch } from '../../feed/interruption-watch.ts';
import type { BarHistory } from '../../history/bar-history.ts';
import { type FileWatch, watchFile } from '../../host/watch-file.ts';
import { MAX_TOPICS_PER_CONNECTION } from '../../hsm/wire.ts';
import { KINDS, type Subscription } from '../../market/kinds.ts';
import type { RowEncoder } from '../../output/rows/encoder.ts';
import { createRowEncoder } from '../../output/rows/row-encoder.ts';
import { type HubEvent, type HubMessage, type HubState, toHubMessage } from '../protocol/messages.ts';
import type { ClientQueue } from './client-queue.ts';
import { FanOut } from './fan-out.ts';
import { HubBars } from './hub-bars.ts';
import type { HubObserver, HubOptions, HubSubscribeOptions } from './hub-options.ts';
import { HubSession, type SessionClient, type SessionOptions } from './hub-session.ts';
import { refuseGone, refuseLeft, refuseOverLimit, refuseWithOthers } from './refusals.ts';
import { SharedSubscriptions } from './shared-subscriptions.ts';
import type { SharedTick } from './shared-ticks.ts';
import type { Offer, SharedToken } from './shared-token.ts';
import { SlowClientsPause } from './slow-clients-pause.ts';
import { TokenWatch } from './token-watch.ts';

export const MAX_SESSIONS = 256;
/** The maximum for clients over TCP. The other places are reserved for the user's own commands. */
export const MAX_TCP_SESSIONS = 192;
/** How often to check whether this process was stopped. */
const LOOK_EVERY_MS = 1_000;
/** How long a client that starts a hub may take to ask for its symbols. */
const MAX_EXPECTATION_MS = 5_000;
const MS_PER_S = 1_000;
const SIMULATED = ',"simulated":true}';

/**
 * One feed, shared by many clients. The hub knows which client has which subscription, and keeps the last value of each while a client
 * has it. A session is one client of the hub.
 */
export class Hub {
  readonly clock: Clock;
  readonly simulated: boolean;
  readonly feedName: string;
  /** Rows are of another time than now. */
  readonly recorded: boolean;
  /** The fingerprint of the network settings that it was started with. */
  readonly networkSettings: string | undefined;
  /** Whether the feed has ever been live. */
  wasLive = false;
  /** Epoch milliseconds. */
  readonly since: number;
  /** Row totals of clients that have disconnected. */
  readonly rowsOfGoneClients = { rows: 0, skipped: 0 };
  /** What clients of the API get besides ticks. */
  readonly bars: HubBars;
  readonly #upstream: SharedSubscriptions;
  readonly #token: SharedToken | undefined;
  readonly #sessions = new Map<string, HubSession>();
  readonly #encoder: RowEncoder;
  readonly #fanOut: FanOut;
  readonly #pressure: SlowClientsPause;
  readonly #tokenWatch: TokenWatch | undefined;
  readonly #fileWatch: FileWatch | undefined;
  readonly #interruptions: InterruptionWatch;
  readonly #interruptionTimer: Timer;
  readonly #observers = new Set<HubObserver>();
  #nextSession = 1;
  /** Ends what was subscribed for a client that has not come yet. */
  #endExpectation: () => void = () => {};
  #closing: Promise<void> | undefined;

  /** Opens the feed; nothing is connected before something is subscribed. Throws why it cannot be opened. */
  static async open(options: HubOptions): Promise<Hub> {
    const { openFeed, token, clock } = options;
    const upstream = new SharedSubscriptions(openFeed, token, clock);
    try {
      return new Hub(upstream, options, await upstream.connect());
    } catch (error) {
      await upstream.close();
      throw error;
    }
  }

  private constructor(
    upstream: SharedSubscriptions,
    { token, clock, calendar, networkSettings }: HubOptions,
    { simulated, name, recorded = false }: Feed,
  ) {
    this.clock = clock;
    this.#token = token;
    this.networkSettings = networkSettings;
    this.#upstream = upstream;
    this.simulated = simulated;
    this.feedName = name;
    this.recorded = recorded;
    this.since = clock.now();
    this.#encoder = createRowEncoder({ format: 'ndjson', kinds: KINDS, time: 'epoch', simulated });
    this.#pressure = new SlowClientsPause(clock, (on) => upstream.pause(on));
    this.#fanOut = new FanOut(this.#encoder, () => this.#pressure.weigh(this.#queues()));
    this.#tokenWatch = token && new TokenWatch(token, clock, (message) => this.#tokenEnds(message));
    const file = token?.file;
    this.#fileWatch = file === undefined ? undefined : watchFile(file, clock, () => void this.#tokenFileChanged());
    this.#interruptions = new InterruptionWatch(clock);
    this.#interruptionTimer = clock.every(LOOK_EVERY_MS, () => this.#lookForInterruption());
    const beforeBars = (): void => this.#fanOut.flush();
    this.bars = new HubBars({ upstream, clock, calendar, simulated, recorded, beforeBars });
    upstream.listen({
      tick: (tick) => {
        this.#fanOut.tick(tick);
        if (tick.bars.length > 0) this.bars.tick(tick);
      },
      event: (event) => this.#event(event),
      released: (ticks) => {
        this.bars.released(ticks);
        for (const tick of ticks) this.#encoder.forget(tick);
      },
    });
  }

  get state(): HubState {
    return this.#upstream.state;
  }

  /** The sums over all feeds that were open. */
  get counters(): FeedCounters {
    return this.#upstream.counters;
  }

  /** When data last came, epoch milliseconds. */
  get lastTickAt(): number | null {
    return this.#upstream.lastTickAt;
  }

  /** Epoch milliseconds; null without a token. */
  get tokenExpiresAtMs(): number | null {
    return this.#token?.expiresAtMs ?? null;
  }

  /** The clients, in the order in which they came. */
  sessions(): Iterable<HubSession> {
    return this.#sessions.values();
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  findSession(id: string): HubSession | undefined {
    return this.#sessions.get(id);
  }

  /** A user has stopped the hub: a client that was attached to it alone need not start another. */
  announceStop(): void {
    this.#notifyClients({ type: 'stopping' });
  }

  /** The history of the feed's broker. Throws `NOT_FOUND` for a feed without one, and why the feed cannot be opened. */
  async findHistory(): Promise<BarHistory> {
    const { history } = await this.#upstream.connect();
    if (history !== undefined) return history;
    throw new TickpipeError('NOT_FOUND', `${this.feedName} has no history`);
  }

  observe(observer: HubObserver): void {
    this.#observers.add(observer);
  }

  /** Why there is no room for one more; undefined when there is. */
  refuseSession(isElsewhere = false): TickpipeError | undefined {
    if (this.#sessions.size >= MAX_SESSIONS) {
      return new TickpipeError('TOO_MANY_CLIENTS', `the hub has ${MAX_SESSIONS} clients already`);
    }
    if (!isElsewhere || this.#countElsewhere() < MAX_TCP_SESSIONS) return undefined;
    return new TickpipeError('TOO_MANY_CLIENTS', `the hub has ${MAX_TCP_SESSIONS} clients over TCP already`);
  }

  /** Throws `TOO_MANY_CLIENTS`. */
  openSession(options: SessionOptions, client: SessionClient): HubSession {
    const refusal = this.refuseSession(options.isElsewhere);
    if (refusal) throw refusal;
    const session = new HubSession(`s${this.#nextSession++}`, this.clock.now(), options, client);
    this.#sessions.set(session.id, session);
    if (client.queue) client.queue.onDrained = () => this.#drained(session);
    this.#notifyOfSessions();
    return session;
  }

  closeSession(session: HubSession): void {
    if (session.isClosed) return;
    session.isClosed = true;
    this.#sessions.delete(session.id);
    this.#fanOut.regroup(session);
    this.bars.closeSession(session);
    this.#upstream.withdraw(session, [...session.ticks]);
    session.ticks.clear();
    this.rowsOfGoneClients.rows += session.client.queue?.rows ?? 0;
    this.rowsOfGoneClients.skipped += session.client.queue?.skipped ?? 0;
    this.#pressure.weigh(this.#queues());
    this.#notifyOfSessions();
  }

  /** Adds subscriptions to a session. A client with a queue gets the last row of each that is live. Throws what the feed throws, and the signal's reason. */
  async subscribe(
    session: HubSession,
    subscriptions: readonly Subscription[],
    { strict = false, withinMs, signal, beforeRows }: HubSubscribeOptions = {},
  ): Promise<readonly SubscriptionResult[]> {
    const isNew = (subscription: Subscription): boolean => {
      const tick = this.#upstream.ticks.find(subscription);
      return tick === undefined || !session.ticks.has(tick);
    };
    const fresh = subscriptions.filter(isNew).length;
    if (session.ticks.size + session.pending + fresh > MAX_TOPICS_PER_CONNECTION) {
      const refused = subscriptions.map(refuseOverLimit);
      beforeRows?.(refused);
      return refused;
    }
    const ticks = subscriptions.map((subscription) => this.#upstream.ticks.findOrAdd(subscription));
    const added = new Set(ticks.filter((tick) => !session.ticks.has(tick)));
    // The request owns them until there is an answer, whatever the session's other requests do.
    const request = {};
    let results: readonly SubscriptionResult[];
    let kept: SharedTick[] = [];
    session.pending += fresh;
    try {
      const answers = await raceAbort(this.#upstream.want(request, ticks, withinMs), signal);
      results = answers.map((answer, at) => this.#answerOf(answer, ticks[at] as SharedTick));
      if (session.isClosed) results = results.map(refuseLeft);
      if (strict && results.some(({ status }) => status !== 'accepted')) results = results.map(refuseWithOthers);
      const accepted = ticks.filter((_, at) => results[at]?.status === 'accepted');
      kept = [...new Set(accepted)].filter((tick) => added.has(tick) && !session.ticks.has(tick));
      for (const tick of kept) {
        session.ticks.add(tick);
        tick.owners.add(session);
      }
    } finally {
      session.pending -= fresh;
      this.#upstream.withdraw(request, ticks);
      this.#endExpectation();
    }
    this.#fanOut.regroup(session);
    beforeRows?.(results);
    this.#fanOut.welcome(session, kept);
    this.#repeatWarnings(session, kept);
    if (this.#upstream.isFinished) session.client.send({ type: 'finished' });
    return results;
  }

  /**
   * Subscribes what the first client is going to ask for, so that the feed connects while the client does. It ends when a client has
   * subscribed something, when the feed fails, or after some seconds. The client gets the error itself when it asks.
   */
  expect(subscriptions: readonly Subscription[]): void {
    const expectation = {};
    const ticks = subscriptions.map((subscription) => this.#upstream.ticks.findOrAdd(subscription));
    const end = (): void => {
      timer.cancel();
      this.#upstream.withdraw(expectation, ticks);
      this.#endExpectation = () => {};
    };
    const timer = this.clock.after(MAX_EXPECTATION_MS, end);
    this.#endExpectation = end;
    this.#upstream.want(expectation, ticks).catch(end);
  }

  /** Removes subscriptions from a session. Returns those that it had. */
  unsubscribe(session: HubSession, subscriptions: readonly Subscription[]): Subscription[] {
    const dropped = subscriptions
      .map((subscription) => this.#upstream.ticks.find(subscription))
      .filter((tick): tick is SharedTick => tick !== undefined && session.ticks.delete(tick));
    if (dropped.length === 0) return [];
    this.#fanOut.regroup(session);
    for (const tick of dropped) session.client.queue?.forget(tick);
    this.#upstream.withdraw(session, dropped);
    if (session.ticks.size === 0) session.client.emptied?.();
    return dropped.map(({ subscription }) => subscription);
  }

  /** The symbols of which a session gets ticks or bars, each once. */
  symbolsOf(session: HubSession): string[] {
    return [...new Set([...Array.from(session.ticks, ({ symbol }) => symbol), ...this.bars.symbolsOf(session)])];
  }

  /** How many commands and recordings get rows of the feed. */
  countCommands(): number {
    let count = 0;
    for (const { isCommand, ticks, pending } of this.#sessions.values()) {
      if (isCommand && ticks.size + pending > 0) count++;
    }
    return count;
  }

  /** Everything that is subscribed upstream, or asked for. */
  values(): Iterable<SharedTick> {
    return this.#upstream.ticks;
  }

  get valueCount(): number {
    return this.#upstream.ticks.size;
  }

  findValue(subscription: Subscription): SharedTick | undefined {
    return this.#upstream.ticks.find(subscription);
  }

  /**
   * The last row of a subscription that has had one, as JSON text. While the feed is away or has not confirmed it, the row is marked
   * as stale, with its age in milliseconds.
   */
  lastRow(value: SharedTick): string {
    const row = this.#fanOut.lastRow(value);
    if (value.isLive) return row;
    const ageMs = Math.max(0, this.clock.now() - value.state.receivedAt);
    // `"simulated":true` is always the last key.
    const end = row.length - (row.endsWith(SIMULATED) ? SIMULATED.length : 1);
    return `${row.slice(0, end)},"stale":true,"age_ms":${ageMs}${row.slice(end)}`;
  }

  /** Resolves once the feed is connected, whether something is subscribed or not. Throws why it gave up, and the signal's reason. */
  connect(signal?: AbortSignal): Promise<void> {
    return this.#upstream.goLive(signal);
  }

  /** Closes the feed until a client asks for something. @param detail which user asked */
  disconnect(detail: string): Promise<void> {
    return this.#upstream.disconnect(detail);
  }

  /** Whether the feed checks silent symbols just now. */
  get isProbing(): boolean {
    return this.#upstream.isProbing;
  }

  /** Resolves when the feed checks no silent symbols, so that a client that is about to leave learns of a loss. */
  concludeProbe(): Promise<void> {
    return this.#upstream.concludeProbe();
  }

  /** Reads the token file again when the current token has expired: a connection may outlive its token. */
  async refreshToken(): Promise<void> {
    const expiresAtMs = this.tokenExpiresAtMs;
    if (expiresAtMs !== null && expiresAtMs <= this.clock.now()) await this.#token?.refresh();
  }

  /** A client's token of the same user. Throws coded errors. */
  async offerToken(text: string): Promise<Offer> {
    const offer = this.#token?.offer(text) ?? 'not_newer';
    if (offer === 'adopted') await this.#upstream.tokenChanged();
    return offer;
  }

  /**
   * The user logged out, which ended this token. A feed under it is closed until there is another token. Resolves to whether it was this
   * hub's token. Throws `TOKEN_MALFORMED`.
   */
  endToken(text: string): boolean {
    if (!this.#token?.end(text)) return false;
    this.#upstream.endToken(new TickpipeError('LOGGED_OUT', 'tickpipe logout ended the token'));
    return true;
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#fileWatch?.close();
      this.#endExpectation();
      this.#pressure.close();
      this.#interruptionTimer.cancel();
      this.bars.close();
      this.#tokenWatch?.close();
      this.#fanOut.flush();
      await this.#upstream.close();
    })();
    return this.#closing;
  }

  /** Takes a token that was written to the file, at once if the hub waits for one. */
  async #tokenFileChanged(): Promise<void> {
    await this.#token?.refresh();
    await this.#upstream.tokenChanged();
  }

  #event(event: HubEvent): void {
    if (event.type === 'state' && event.state.state === 'live') this.wasLive = true;
    // A client is sent the count of the rows that it missed, not of those that are missing in a recording.
    if (event.type === 'skipped') {
      this.bars.skipped(event.at);
      return;
    }
    if (event.type === 'gap') this.bars.gap(event.gap);
    if (event.type === 'finished') this.bars.finished();
    // The feed runs in the hub's process: `#lookForInterruption` reports the same.
    if (event.type === 'warning' && event.event === 'stood_still') return;
    this.#notifyClients(event);
    const gone = event.type === 'refused' ? event.subscriptions : event.type === 'changed' ? event.dropped : [];
    if (gone.length > 0) for (const session of this.#sessions.values()) this.unsubscribe(session, gone);
    for (const observer of this.#observers) observer.event?.(event);
  }

  /** Not reported while the hub waits for another token: its state says so already. */
  #tokenEnds(message: string): void {
    if (this.#upstream.state.state !== 'waiting_for_token') this.#warn('token', message);
  }

  /** The feed's answer, as it stands now: the feed may have refused the subscription since. */
  #answerOf(answer: SubscriptionResult, tick: SharedTick): SubscriptionResult {
    if (this.#upstream.ticks.find(tick) !== tick) return refuseGone(answer);
    return answer.status === 'accepted' && tick.hasRow ? { ...answer, precision: tick.state.precision } : answer;
  }

  /** Reports that this process was stopped. A sleep of the machine breaks the feed, which reports it. */
  #lookForInterruption(): void {
    const interruption = this.#interruptions.look(this.clock.now(), this.clock.monotonic());
    if (interruption?.kind !== 'stood_still') return;
    const seconds = Math.round(interruption.ms / MS_PER_S);
    this.#warn('hub_silent', `the hub did not answer for ${seconds} s: its process did not run`);
  }

  #warn(event: string, message: string): void {
    this.#event({ type: 'warning', event, message });
  }

  #countElsewhere(): number {
    let count = 0;
    for (const { isElsewhere } of this.#sessions.values()) if (isElsewhere) count++;
    return count;
  }

  #drained(session: HubSession): void {
    this.#fanOut.catchUp(session, this.clock.now());
    this.#pressure.weigh(this.#queues());
  }

  /** The queues of the clients that get rows. */
  #queues(): ClientQueue[] {
    const queues: ClientQueue[] = [];
    for (const { client, ticks } of this.#sessions.values()) {
      if (client.queue && ticks.size > 0) queues.push(client.queue);
    }
    return queues;
  }

  /** Sends an event to the clients that it concerns, to each with its own symbols. */
  #notifyClients(event: HubEvent): void {
    this.#fanOut.flush();
    switch (event.type) {
      case 'gap':
        this.#notifyOfGap(event.gap);
        break;
      case 'silent':
      case 'refused':
        this.#notifyOwners(event.subscriptions, (subscriptions) => toHubMessage({ ...event, subscriptions }));
        break;
      case 'changed':
        this.#notifyOwners(event.dropped, (dropped) => toHubMessage({ ...event, dropped }));
        break;
      case 'warning':
        if (event.about) this.#notifyOwners(event.about, () => toHubMessage(event));
        else this.#notifyAll(event);
        break;
      default:
        this.#notifyAll(event);
    }
  }

  #notifyAll(event: HubEvent): void {
    const message = toHubMessage(event);
    for (const session of this.#sessions.values()) session.client.send(message);
  }

  #notifyOfGap(gap: Gap): void {
    for (const session of this.#sessions.values()) {
      const own = new Set(this.symbolsOf(session));
      const symbols = gap.symbols.filter((symbol) => own.has(symbol));
      if (symbols.length > 0) session.client.send({ type: 'gap', gap: { ...gap, symbols } });
    }
  }

  #notifyOwners(subscriptions: readonly Subscription[], create: (own: readonly Subscription[]) => HubMessage): void {
    const ticks = subscriptions.map((subscription) => this.#upstream.ticks.find(subscription));
    for (const session of this.#sessions.values()) {
      const own = subscriptions.filter((_, at) => session.ticks.has(ticks[at] as SharedTick));
      if (own.length > 0) session.client.send(create(own));
    }
  }

  /** Repeats the warnings about ticks to a session, each once. */
  #repeatWarnings(session: HubSession, ticks: readonly SharedTick[]): void {
    const warnings = new Map(
      ticks.flatMap(({ warnings = [] }) => Array.from(warnings, ([event, message]) => [message, event])),
    );
    for (const [message, event] of warnings) session.client.send({ type: 'warning', event, message });
  }

  #notifyOfSessions(): void {
    for (const observer of this.#observers) observer.sessionsChanged?.();
  }
}
