import { istDate } from '../../clock/ist.ts';
import type { Gap } from '../../feed/feed.ts';
import { BarBuilder, QUIET_MS } from '../../filters/bars/bar-builder.ts';
import type { Interval } from '../../filters/bars/interval.ts';
import type { Bar } from '../../market/bar.ts';
import type { Calendar } from '../../market/trading-hours.ts';
import { BAR } from '../../output/records/bar-record.ts';
import { createRecordEncoder } from '../../output/records/record-encoder.ts';
import { ByteBuffer } from '../../output/rows/byte-buffer.ts';
import { appendHeader, OPCODE } from './frames.ts';
import type { HubSession } from './hub-session.ts';
import type { SharedTick } from './shared-ticks.ts';

/** A session of NSE has 375 minutes. */
const MAX_KEPT = 400;
/** Of all symbols of an interval together: 20 MB. */
const MAX_KEPT_IN_ALL = 60_000;
/** With many symbols each keeps at least so many. */
const LEAST_KEPT = 10;
/** How long a bar waits for late rows, by the clock of the exchange. */
const GRACE_MS = 2_000;
/** A bar is 300 bytes. */
const FRAME_BYTES = 512;

export interface IntervalBarsOptions {
  readonly interval: Interval;
  readonly calendar: Calendar;
  /** Of simulated prices: they have no trading session. */
  readonly allHours: boolean;
  readonly simulated: boolean;
  /** Called before bars are sent: what was received before them has to leave first. */
  readonly beforeBars: () => void;
}

/** The bars of one symbol. */
interface SymbolEntry {
  readonly tick: SharedTick;
  /** The sessions that are sent its bars. */
  readonly subscribers: Set<HubSession>;
  /** The last bars of the day as JSON, the oldest first. */
  kept: string[];
  /** Of the newest kept bar, in India. */
  day: string;
  /** A caller has asked for them: they are made as long as the symbol is subscribed. */
  isAsked: boolean;
}

/** The bars of one interval, made once for all clients. */
export class IntervalBars {
  readonly interval: Interval;
  readonly #builder: BarBuilder;
  readonly #encode: (bar: Bar) => string;
  readonly #beforeBars: () => void;
  readonly #entries = new Map<string, SymbolEntry>();
  /** Monotonic, of the last row of its symbols. */
  #lastRowAt = 0;

  constructor({ interval, calendar, allHours, simulated, beforeBars }: IntervalBarsOptions) {
    this.interval = interval;
    this.#beforeBars = beforeBars;
    const encoder = createRecordEncoder(BAR, 'ndjson', undefined, { simulated });
    this.#encode = (bar) => encoder.encode(bar).trimEnd();
    this.#builder = new BarBuilder(
      {
        intervals: [interval],
        calendar,
        allHours,
        graceMs: GRACE_MS,
        skipPartial: false,
        revise: false,
        fill: false,
        changesMs: undefined,
      },
      (bar) => this.#give(bar),
    );
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** Makes bars of this tick from now on; its last row is the first of them if it is current. */
  add(tick: SharedTick, nowMonotonic: number): void {
    if (this.#entries.has(tick.symbol)) return;
    this.#entries.set(tick.symbol, { tick, subscribers: new Set(), kept: [], day: '', isAsked: false });
    tick.bars = [...tick.bars, this];
    if (tick.hasRow && tick.isLive) this.tick(tick, nowMonotonic);
  }

  /** Whether bars of this symbol are made, for whomever. */
  has(symbol: string): boolean {
    return this.#entries.has(symbol);
  }

  tick(tick: SharedTick, nowMonotonic: number): void {
    this.#lastRowAt = nowMonotonic;
    this.#builder.tick(tick);
  }

  gap({ from, to, symbols }: Gap): void {
    this.#builder.gap(from, to, symbols);
  }

  skipped(atMs: number): void {
    this.#builder.skipped(atMs);
  }

  /** Closes what is over although no row says so. The feed is connected and delivers as it happens. */
  lookForQuiet(nowMs: number, nowMonotonic: number): void {
    if (nowMonotonic - this.#lastRowAt >= QUIET_MS) this.#builder.quiet(nowMs);
  }

  /** No row follows. */
  end(): void {
    this.#builder.end();
  }

  subscribe(symbol: string, session: HubSession): void {
    this.#entries.get(symbol)?.subscribers.add(session);
  }

  /** The last one out ends the bars, unless a caller has asked for them. */
  unsubscribe(symbol: string, session: HubSession): void {
    const entry = this.#entries.get(symbol);
    if (entry?.subscribers.delete(session) && entry.subscribers.size === 0 && !entry.isAsked) this.forget(entry.tick);
  }

  /** Ends the bars of a symbol. Returns the sessions that were sent them. */
  forget(tick: SharedTick): ReadonlySet<HubSession> {
    const { symbol } = tick;
    const entry = this.#entries.get(symbol);
    if (entry?.tick !== tick) return new Set();
    this.#entries.delete(symbol);
    tick.bars = tick.bars.filter((bars) => bars !== this);
    this.#builder.forget(symbol);
    return entry.subscribers;
  }

  /** The last bars of the day as JSON, the oldest first, and the one that is forming. They are made from now on, at the latest. */
  read(symbol: string): readonly string[] {
    const entry = this.#entries.get(symbol);
    if (entry === undefined) return [];
    entry.isAsked = true;
    return [...entry.kept, ...this.#builder.formingOf(symbol).map(this.#encode)];
  }

  #give(bar: Bar): void {
    const entry = this.#entries.get(bar.symbol);
    if (entry === undefined) return;
    const text = this.#encode(bar);
    this.#keep(entry, bar, text);
    if (entry.subscribers.size === 0) return;
    this.#beforeBars();
    const frame = makeFrame(`{"type":"Bar","data":${text}}`);
    const key = `${bar.interval} ${bar.symbol}`;
    for (const { client } of entry.subscribers) client.queue?.sendLatest(key, frame);
  }

  #keep(entry: SymbolEntry, { start }: Bar, text: string): void {
    const day = istDate(start * 1_000);
    if (day !== entry.day) entry.kept = [];
    entry.day = day;
    entry.kept.push(text);
    const room = Math.max(LEAST_KEPT, Math.min(MAX_KEPT, Math.floor(MAX_KEPT_IN_ALL / this.#entries.size)));
    if (entry.kept.length > room) entry.kept.splice(0, entry.kept.length - room);
  }
}

function makeFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const frame = new ByteBuffer(FRAME_BYTES);
  appendHeader(frame, OPCODE.text, payload.length);
  frame.reserve(payload.length);
  payload.copy(frame.bytes, frame.length);
  return frame.bytes.subarray(0, frame.length + payload.length);
}
