import type { BarRow } from './bar-row.ts';
import type { BarSeries, BarSink, Placement, SeriesOwner, Session } from './bar-series.ts';
import { FormingBar, type RowChange } from './forming-bar.ts';

export interface CountedSeriesOptions {
  readonly interval: string;
  /** What is counted until a bar is full. */
  readonly by: 'ticks' | 'volume';
  readonly full: number;
  readonly graceMs: number;
}

/** Bars of so many trades seen, or of so much volume. They begin and end with a trade, in one session. A row is never divided. */
export class CountedSeries implements BarSeries {
  readonly owner: SeriesOwner;
  readonly interval: string;
  readonly #options: CountedSeriesOptions;
  readonly #sink: BarSink;
  readonly #forming: FormingBar[] = [];
  dueMs = Number.POSITIVE_INFINITY;

  constructor(owner: SeriesOwner, options: CountedSeriesOptions, sink: BarSink) {
    this.interval = options.interval;
    this.owner = owner;
    this.#options = options;
    this.#sink = sink;
  }

  get forming(): readonly FormingBar[] {
    return this.#forming;
  }

  add(row: BarRow, change: RowChange, session: Session): Placement {
    // Without a volume no bar would ever be full.
    if (this.#options.by === 'volume' && this.owner.kind !== 'symbol') return 'none';
    if (this.#isOfLaterSession(row)) this.closeNext();
    const known = this.#forming[0];
    const bar = known ?? this.#open(row, session);
    bar.add(row, change, known !== undefined && change.seenAt !== Number.NEGATIVE_INFINITY);
    if (row.time > bar.end) bar.end = row.time;
    if (bar[this.#options.by] >= this.#options.full) this.closeNext();
    return 'placed';
  }

  addPrice(row: BarRow, change: RowChange, session: Session, nowMs: number): void {
    if (this.#options.by === 'volume' && this.owner.kind !== 'symbol') return;
    if (this.#isOfLaterSession(row)) this.closeNext();
    if (session.to * 1_000 + this.#options.graceMs <= nowMs) return;
    const bar = this.#forming[0] ?? this.#open(row, session);
    bar.add(row, change, false);
    if (row.time > bar.end) bar.end = row.time;
  }

  spoil(): void {
    const bar = this.#forming[0];
    if (bar === undefined) return;
    bar.isPartial = true;
    bar.isChanged = true;
  }

  gap(): void {
    const bar = this.#forming[0];
    if (bar === undefined) return;
    bar.gapMs = this.owner.gaps.within(bar.start * 1_000, Number.POSITIVE_INFINITY);
    bar.isPartial = true;
    bar.isChanged = true;
  }

  closeNext(): void {
    const bar = this.#forming.pop();
    this.dueMs = Number.POSITIVE_INFINITY;
    if (bar) this.#sink.close(this, bar);
  }

  #isOfLaterSession({ time }: BarRow): boolean {
    const bar = this.#forming[0];
    return bar !== undefined && time >= bar.sessionEnd;
  }

  #open({ time, price, receivedAt }: BarRow, session: Session): FormingBar {
    const bar = new FormingBar(time, time, session.to, price, time, receivedAt);
    this.#forming.push(bar);
    this.dueMs = session.to * 1_000 + this.#options.graceMs;
    return bar;
  }
}
