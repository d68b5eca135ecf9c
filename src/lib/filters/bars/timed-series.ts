import type { BarRow } from './bar-row.ts';
import type { BarSeries, BarSink, Placement, SeriesOwner, Session } from './bar-series.ts';
import { FormingBar, type RowChange } from './forming-bar.ts';

export interface TimedSeriesOptions {
  readonly interval: string;
  /** Infinite for the whole session. */
  readonly seconds: number;
  /** How long after its end a bar waits for its last rows, milliseconds. */
  readonly graceMs: number;
  /** Gives flat bars for intervals without a trade. */
  readonly fill: boolean;
  /** Revises bars that were complete when a late row comes. */
  readonly revise: boolean;
}

/** So many bars of a series can be revised. */
export const REVISABLE_BARS = 8;

/** Bars of a length of time, from the session's open on; the last one ends with the session. */
export class TimedSeries implements BarSeries {
  readonly owner: SeriesOwner;
  readonly interval: string;
  readonly #options: TimedSeriesOptions;
  readonly #sink: BarSink;
  readonly #forming: FormingBar[] = [];
  /** The last ones that were closed, when they may be revised. */
  readonly #closed: FormingBar[] = [];
  /** No bar that begins before this is opened any more, epoch seconds. */
  #closedUntil = Number.NEGATIVE_INFINITY;
  /** The begin of the next bar when no trade comes, epoch seconds; infinite when there is none then. */
  #nextStart = Number.POSITIVE_INFINITY;
  #nextEnd = Number.POSITIVE_INFINITY;
  #sessionEnd = Number.POSITIVE_INFINITY;
  #lastClose = Number.NaN;
  #lastOi = Number.NaN;
  dueMs = Number.POSITIVE_INFINITY;

  constructor(owner: SeriesOwner, options: TimedSeriesOptions, sink: BarSink) {
    this.interval = options.interval;
    this.owner = owner;
    this.#options = options;
    this.#sink = sink;
  }

  get forming(): readonly FormingBar[] {
    return this.#forming;
  }

  add(row: BarRow, change: RowChange, session: Session): Placement {
    const { time } = row;
    const known = this.#find(time);
    if (known === undefined && time < this.#closedUntil) {
      if (this.#options.revise) this.#revise(row, change, session);
      return 'late';
    }
    const bar = known ?? this.#open(row, session);
    bar.add(row, change, change.seenAt >= bar.start && change.seenAt < bar.end);
    return 'placed';
  }

  addPrice(row: BarRow, change: RowChange, session: Session, nowMs: number): void {
    const { time } = row;
    const end = this.#endOf(this.#startOf(time, session), session);
    if (end * 1_000 + this.#options.graceMs > nowMs && time >= this.#closedUntil) {
      (this.#find(time) ?? this.#open(row, session)).add(row, change, false);
      return;
    }
    // The price is old, but what comes next in this session follows on it.
    const now = nowMs / 1_000;
    if (!this.#options.fill || now >= session.to || now < session.from || this.#nextStart < now) return;
    this.#lastClose = row.price;
    this.#lastOi = row.oi;
    this.#expect(this.#startOf(now, session), session.to);
  }

  spoil(time: number): void {
    const bar = this.#find(time);
    if (bar === undefined) return;
    bar.isPartial = true;
    bar.isChanged = true;
  }

  gap(): void {
    for (const bar of this.#forming) if (this.#markGap(bar)) bar.isChanged = true;
    if (!this.#options.revise) return;
    for (const bar of this.#closed) {
      if (!this.#markGap(bar)) continue;
      bar.revision++;
      this.#sink.revise(this, bar);
    }
  }

  closeNext(): void {
    const first = this.#forming[0];
    if (first !== undefined && !(this.#nextStart < first.start)) {
      this.#forming.shift();
      this.#close(first);
    } else if (this.#nextEnd !== Number.POSITIVE_INFINITY) this.#close(this.#createFlat());
    this.#setDue();
  }

  #find(time: number): FormingBar | undefined {
    for (let at = this.#forming.length - 1; at >= 0; at--) {
      const bar = this.#forming[at] as FormingBar;
      if (time >= bar.start && time < bar.end) return bar;
    }
    return undefined;
  }

  #startOf(time: number, { from }: Session): number {
    const { seconds } = this.#options;
    return seconds === Number.POSITIVE_INFINITY ? from : from + Math.floor((time - from) / seconds) * seconds;
  }

  #endOf(start: number, { to }: Session): number {
    return Math.min(start + this.#options.seconds, to);
  }

  #open(row: BarRow, session: Session): FormingBar {
    const bar = this.#create(row, session);
    let at = this.#forming.length;
    while (at > 0 && (this.#forming[at - 1] as FormingBar).start > bar.start) at--;
    this.#forming.splice(at, 0, bar);
    this.#setDue();
    return bar;
  }

  #create(row: BarRow, session: Session): FormingBar {
    const start = this.#startOf(row.time, session);
    const end = this.#endOf(start, session);
    const bar = new FormingBar(start, end, session.to, row.price, row.time, row.receivedAt);
    this.#markGap(bar);
    return bar;
  }

  /** Whether a gap in the bar was not known before. */
  #markGap(bar: FormingBar): boolean {
    const gapMs = this.owner.gaps.within(bar.start * 1_000, bar.end * 1_000);
    if (gapMs === bar.gapMs) return false;
    bar.gapMs = gapMs;
    bar.isPartial = true;
    return true;
  }

  #close(bar: FormingBar): void {
    this.#closedUntil = Math.max(this.#closedUntil, bar.end);
    this.#lastClose = bar.close;
    this.#lastOi = bar.oi;
    if (this.#options.fill) this.#expect(bar.end, bar.sessionEnd);
    if (this.#options.revise) this.#keep(bar);
    this.#sink.close(this, bar);
  }

  /** The bar that follows, when there is one in the session. */
  #expect(start: number, sessionEnd: number): void {
    const isOver = start >= sessionEnd;
    this.#nextStart = isOver ? Number.POSITIVE_INFINITY : start;
    this.#nextEnd = isOver ? Number.POSITIVE_INFINITY : Math.min(start + this.#options.seconds, sessionEnd);
    this.#sessionEnd = sessionEnd;
    this.#setDue();
  }

  #createFlat(): FormingBar {
    const [start, end] = [this.#nextStart, this.#nextEnd];
    const bar = new FormingBar(start, end, this.#sessionEnd, this.#lastClose, start, this.owner.receivedAt);
    bar.keepOi(this.#lastOi);
    this.#markGap(bar);
    return bar;
  }

  #keep(bar: FormingBar): void {
    let at = this.#closed.length;
    while (at > 0 && (this.#closed[at - 1] as FormingBar).start > bar.start) at--;
    this.#closed.splice(at, 0, bar);
    if (this.#closed.length > REVISABLE_BARS) this.#closed.shift();
  }

  /** A row that comes too late is in the next version of its bar, when that is known still. */
  #revise(row: BarRow, change: RowChange, session: Session): void {
    const { time } = row;
    let bar = this.#closed.find(({ start, end }) => time >= start && time < end);
    const oldest = this.#closed[0];
    // Before the oldest it is not known whether there was a bar.
    if (bar === undefined && (oldest === undefined || time < oldest.start)) return;
    if (bar === undefined) {
      bar = this.#create(row, session);
      this.#keep(bar);
    }
    bar.add(row, change, change.seenAt >= bar.start && change.seenAt < bar.end);
    bar.revision++;
    this.#sink.revise(this, bar);
  }

  #setDue(): void {
    const end = Math.min(this.#forming[0]?.end ?? Number.POSITIVE_INFINITY, this.#nextEnd);
    this.dueMs = end * 1_000 + this.#options.graceMs;
  }
}
