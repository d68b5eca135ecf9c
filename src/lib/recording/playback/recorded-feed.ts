import type { Clock } from '../../clock/clock.ts';
import { formatIstClock, istDate } from '../../clock/ist.ts';
import { codedError, TickpipeError } from '../../errors/tickpipe-error.ts';
import {
  BREAK_REASONS,
  type Feed,
  type FeedListener,
  type FeedState,
  type FeedStatus,
  type SubscribeOptions,
  type SubscriptionResult,
} from '../../feed/feed.ts';
import { type Kind, type Subscription, subscriptionKey } from '../../market/kinds.ts';
import { beginOfRow, endOfRow, type RowRun } from '../../output/rows/row-block.ts';
import { kindBit } from '../../output/rows/row-scanner.ts';
import { receivedAtIn } from '../../rows/row-fields.ts';
import type { RowTick } from '../../rows/row-tick.ts';
import { Losses } from './losses.ts';
import { Playback } from './playback.ts';
import { RecordedTicks } from './recorded-ticks.ts';
import type { RecordingIndex } from './recording-index.ts';
import type { Note } from './series-cursor.ts';
import type { TimeRange } from './time-range.ts';

export interface RecordedFeedOptions {
  /** What to call it on stderr. */
  readonly name: string;
  readonly index: RecordingIndex;
  /** How many times as fast as it was recorded; infinite for no waiting. */
  readonly speed: number;
  /** Begins again at the end. */
  readonly loop: boolean;
  readonly range: TimeRange;
  /** Kinds of rows; the others are passed over. */
  readonly kinds: readonly Kind[];
  /** Delivers every row, whether it was subscribed or not. */
  readonly everything: boolean;
  /** Delivers the last row of a symbol at once when it is subscribed, before the rows that follow. */
  readonly emitsKnown: boolean;
  /** Warns when rows were passed over for their kind. */
  readonly warnsOfOthers?: boolean;
  readonly clock: Clock;
}

/** Gaps are noted once for each kind of rows: so many are remembered. */
const MAX_REMEMBERED_GAPS = 64;

/** Plays recordings as a feed, from its first subscription on. */
export class RecordedFeed implements Feed {
  readonly simulated: boolean;
  readonly name: string;
  readonly recorded = true;
  readonly #options: RecordedFeedOptions;
  readonly #listener: FeedListener;
  readonly #listed: ReadonlySet<string>;
  readonly #recorded: RecordedTicks;
  /** Of the kinds that are delivered. */
  readonly #kindBits: number;
  readonly #losses: Losses;
  readonly #abort = new AbortController();
  #playback: Playback | undefined;
  #playing: Promise<void> | undefined;
  #isPaused = false;
  #state: FeedState;
  #ticks = 0;
  #gaps = 0;
  /** Rows and notes of this turn of the loop. */
  #delivered = 0;
  /** Rows of other kinds. */
  #passed = 0;
  #lastAt: number | null = null;
  #recentGaps: string[] = [];
  readonly #warnings = new Set<string>();

  constructor(options: RecordedFeedOptions, listener: FeedListener) {
    this.#options = options;
    this.#listener = listener;
    this.name = options.name;
    this.simulated = options.index.simulated;
    this.#listed = new Set(options.index.listed.map(subscriptionKey));
    this.#recorded = new RecordedTicks(options.kinds);
    this.#kindBits = options.kinds.reduce((bits, kind) => bits | kindBit(kind), 0);
    this.#losses = new Losses((message) => listener.event({ type: 'warning', event: 'damage', message }));
    this.#state = { state: 'idle', at: options.clock.now() };
  }

  /** What the headers of the recordings list; files without a header may hold more. */
  get listed(): readonly Subscription[] {
    return this.#options.index.listed;
  }

  async subscribe(
    subscriptions: readonly Subscription[],
    { strict = false }: SubscribeOptions = {},
  ): Promise<SubscriptionResult[]> {
    const isKnown = (subscription: Subscription): boolean =>
      this.#options.index.isOpen || this.#listed.has(subscriptionKey(subscription));
    const isRefused = strict && !subscriptions.every(isKnown);
    const results = subscriptions.map((subscription): SubscriptionResult => {
      if (!isKnown(subscription)) return { subscription, status: 'unknown' };
      return isRefused ? refuseWithOthers(subscription) : { subscription, status: 'accepted' };
    });
    const accepted = results.filter(({ status }) => status === 'accepted');
    for (const { subscription } of accepted) this.#want(subscription);
    if (accepted.length > 0 || (this.#options.everything && subscriptions.length === 0)) this.#play();
    return results;
  }

  async unsubscribe(subscriptions: readonly Subscription[]): Promise<SubscriptionResult[]> {
    return subscriptions.map((subscription) => {
      const tick = this.#recorded.find(subscription);
      if (tick) tick.isAccepted = false;
      return { subscription, status: 'accepted' };
    });
  }

  pause(): void {
    this.#isPaused = true;
    this.#playback?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#playback?.resume();
  }

  status(): FeedStatus {
    const subscriptions = [...this.#recorded.ticks()].filter((tick) => tick.isAccepted);
    return {
      state: this.#state,
      counters: {
        messages: 0,
        bytes: 0,
        ticks: this.#ticks,
        reconnects: 0,
        gaps: this.#gaps,
        malformed: this.#losses.places,
      },
      lastDataAt: this.#lastAt,
      subscriptions: subscriptions.map(({ kind, symbol, stage }) => ({ kind, symbol, stage })),
    };
  }

  async close(): Promise<void> {
    this.#abort.abort();
    this.#close();
    await this.#playing;
  }

  /** A symbol that is subscribed while it plays gets its last row at once. */
  #want(subscription: Subscription): void {
    const tick = this.#recorded.add(subscription);
    if (tick.isAccepted) return;
    tick.isAccepted = true;
    if (tick.hasRow && this.#options.emitsKnown) this.#listener.tick(tick);
  }

  #play(): void {
    if (this.#playing !== undefined || this.#abort.signal.aborted) return;
    this.#setState({ state: 'live', at: this.#options.clock.now() });
    this.#playing = this.#playAll().catch((error) => {
      if (!this.#abort.signal.aborted) this.#fail(codedError(error, 'the playback failed'));
    });
  }

  async #playAll(): Promise<void> {
    const { loop, index, range, speed, clock } = this.#options;
    const { signal } = this.#abort;
    let losses = this.#losses;
    do {
      this.#delivered = 0;
      this.#recentGaps = [];
      const { series } = index;
      this.#playback = new Playback(
        { series, range, speed, clock, losses, signal },
        {
          run: (run) => this.#run(run),
          row: (bytes, begin, end) => this.#row(bytes, begin, end),
          known: (bytes, begin, end) => this.#known(bytes, begin, end),
          note: (note) => this.#note(note),
          warning: (event, message) => this.#warn(event, message),
        },
      );
      if (this.#isPaused) this.#playback.pause();
      await this.#playback.run();
      // Damage is reported once.
      losses = new Losses(() => {});
    } while (loop && this.#delivered > 0 && !signal.aborted);
    if (!signal.aborted) this.#end();
  }

  /** Delivers a run as one batch. Refuses it where some rows are left out, or the last row of each symbol has to be known. */
  #run({ block, first, count }: RowRun): boolean {
    const { everything, emitsKnown } = this.#options;
    if (!everything || emitsKnown || (block.kinds & ~this.#kindBits) !== 0) return false;
    const begin = beginOfRow(block, first);
    const bytes = block.bytes.subarray(begin, endOfRow(block, first + count - 1));
    const tickAt = (place: number): RowTick => {
      const row = first + place;
      return this.#recorded.tickOf(block.bytes, beginOfRow(block, row), endOfRow(block, row)) as RowTick;
    };
    const endAt = (place: number): number => endOfRow(block, first + place) - begin;
    if (this.#listener.batch?.({ count, bytes, tickAt, endAt }) !== true) return false;
    this.#delivered += count;
    this.#ticks += count;
    this.#lastAt = block.times[first + count - 1] as number;
    return true;
  }

  #row(bytes: Buffer, begin: number, end: number): void {
    this.#delivered++;
    const tick = this.#recorded.tickOf(bytes, begin, end);
    if (tick === undefined) {
      this.#passed++;
      return;
    }
    tick.take(bytes, begin, end);
    if (!tick.isAccepted && !this.#options.everything) return;
    this.#ticks++;
    this.#lastAt = receivedAtIn(bytes, end);
    this.#listener.tick(tick);
  }

  /** The last row known when the recording began, unless there is one by now. */
  #known(bytes: Buffer, begin: number, end: number): void {
    if (!this.#options.emitsKnown) return;
    const tick = this.#recorded.tickOf(bytes, begin, end);
    const isFirst = tick?.hasRow === false;
    tick?.take(bytes, begin, end);
    if (!tick?.isAccepted || !isFirst) return;
    this.#ticks++;
    this.#listener.tick(tick);
  }

  #note({ gap, loss }: Note): void {
    if (loss) this.#listener.event({ type: 'skipped', rows: loss.rows, at: loss.at });
    if (gap === undefined) return;
    const text = JSON.stringify(gap);
    if (this.#recentGaps.includes(text)) return;
    this.#recentGaps = [...this.#recentGaps.slice(1 - MAX_REMEMBERED_GAPS), text];
    const wanted = new Set(Array.from(this.#recorded.ticks(), (tick) => (tick.isAccepted ? tick.symbol : '')));
    const symbols = this.#options.everything ? gap.symbols : gap.symbols.filter((symbol) => wanted.has(symbol));
    if (symbols.length === 0) return;
    this.#gaps++;
    const reason = BREAK_REASONS.find((known) => known === gap.reason) ?? 'hub_gone';
    this.#listener.event({ type: 'gap', gap: { from: gap.from, to: gap.to, reason, symbols } });
  }

  /** Reported once, however often the recording is played. */
  #warn(event: string, message: string): void {
    if (this.#warnings.has(message)) return;
    this.#warnings.add(message);
    this.#listener.event({ type: 'warning', event, message });
  }

  #end(): void {
    if (this.#passed > 0 && this.#options.warnsOfOthers) {
      const message = `${this.#passed} rows of other types were left out; choose them with --type`;
      this.#listener.event({ type: 'warning', event: 'types', message });
    }
    const error = this.#delivered === 0 ? this.#describeNothing() : this.#losses.error;
    if (error) {
      this.#fail(error);
      return;
    }
    this.#close();
    this.#listener.event({ type: 'finished' });
  }

  #describeNothing(): TickpipeError {
    if (this.#losses.error) {
      return new TickpipeError('RECORDING_CORRUPT', `nothing of ${this.name} can be played`, {
        hint: 'a recording holds NDJSON rows, or raw messages, of tickpipe; CSV and tables cannot be read back',
      });
    }
    const starts = this.#options.index.series.flatMap((files) => files.map(({ startsAt }) => startsAt));
    const first = Math.min(...starts.filter(Number.isFinite));
    return new TickpipeError('RECORDING_EMPTY', `${this.name} has no rows to play`, {
      hint: Number.isFinite(first)
        ? `it begins on ${istDate(first)} at ${formatIstClock(first)} IST; check --from and --to`
        : 'check the path, --from and --to',
    });
  }

  #fail(error: TickpipeError): void {
    this.#close();
    this.#listener.event({ type: 'failed', error });
  }

  #close(): void {
    if (this.#state.state === 'closed') return;
    this.#setState({ state: 'closed', at: this.#options.clock.now() });
  }

  #setState(state: FeedState): void {
    this.#state = state;
    this.#listener.event({ type: 'state', state });
  }
}

function refuseWithOthers(subscription: Subscription): SubscriptionResult {
  return { subscription, status: 'refused', code: 'UNKNOWN_SYMBOL', message: 'another symbol is unknown' };
}
