import type { HistoryInterval } from '../../history/history-interval.ts';
import type { Bar } from '../../market/bar.ts';

/** Bars of which the broker may give a better version, or that were missed: from one time to another, epoch seconds. */
export interface WantedBars {
  readonly from: number;
  readonly to: number;
  /** A bar that the broker has to have. */
  readonly isAwaited: boolean;
}

/** What stands in the queue of a series: a bar that was made of ticks, or a place for bars of the broker. */
type Entry = { readonly bar: Bar } | { readonly wanted: WantedBars; answer: readonly Bar[] | undefined };

/** So many bars back the version of a bar is known. */
const REMEMBERED = 64;

export interface JoinedSeriesOptions {
  readonly interval: HistoryInterval;
  /** The start of the bar in which a moment is. Both epoch seconds. */
  readonly startOf: (time: number) => number;
  /** Asks for bars of the broker; the answer comes by `answer` of the wanted. Never throws. */
  readonly ask: (wanted: WantedBars) => Promise<readonly Bar[]>;
  readonly give: (bar: Bar) => void;
  /** Leaves out bars of which a part was not seen; the broker's version is then the first. */
  readonly skipPartial: boolean;
}

/**
 * One symbol and one interval: bars of ticks and bars of the broker in one order. A bar of the broker comes before the bars of ticks that
 * follow it; these wait for it. Of a bar that was printed, the broker's version is a revision.
 */
export class JoinedSeries {
  readonly #options: JoinedSeriesOptions;
  readonly #queue: Entry[] = [];
  /** No bar of ticks that begins before this is printed: the broker gives it. */
  #joinAt = Number.NEGATIVE_INFINITY;
  /** The last revision of the bars that were printed last, by their start; 0 for the first version. */
  readonly #printed = new Map<number, number>();
  /** Starts of bars that the broker gave. */
  readonly #given = new Set<number>();
  /** Up to here the bars of a gap have been asked for, epoch seconds. */
  #askedUntil = Number.NEGATIVE_INFINITY;
  #isFilled = false;
  #isOver = false;
  /** The end of the last bar of ticks, epoch seconds. */
  #lastEnd = Number.NaN;
  /** A gap of which not all bars have been asked for, epoch seconds. */
  #gap: { readonly from: number; readonly to: number } | undefined;

  constructor(options: JoinedSeriesOptions) {
    this.#options = options;
  }

  /** Whether bars of ticks wait for the broker. */
  get isWaiting(): boolean {
    return this.#queue.length > 0;
  }

  /** Whether the broker gave bars before the first bar of ticks. */
  get isFilled(): boolean {
    return this.#isFilled;
  }

  /** The first row has come: what was before it is the broker's. @param from,at epoch seconds; `at` is the start of the first bar of ticks */
  begin(from: number, at: number): void {
    this.#joinAt = at;
    if (from < at) this.#want({ from, to: at, isAwaited: false }, true);
  }

  /** There were no rows. @param from,to epoch seconds */
  gap(from: number, to: number): void {
    this.#gap = { from: Math.min(this.#gap?.from ?? from, from), to: Math.max(this.#gap?.to ?? to, to) };
  }

  /** A bar of ticks. Those that form are passed on, unless bars before them wait. */
  take(bar: Bar): void {
    if (bar.start < this.#joinAt) return;
    if (this.#isOver) {
      this.#give(bar);
      return;
    }
    if (!bar.final) {
      // Bars of a gap come before it.
      const isFree = !this.isWaiting && this.#gap === undefined;
      if (isFree && !this.#isLeftOut(bar)) this.#options.give(bar);
      return;
    }
    // The broker knows it better than a late row does.
    if (bar.revision !== undefined && this.#given.has(bar.start)) return;
    this.#wantHole(bar);
    this.#queue.push({ bar });
    this.#wantBetter(bar);
    if (!(bar.end < this.#lastEnd)) this.#lastEnd = bar.end;
    this.#giveReady();
  }

  /** Prints what waits, without the broker's bars. Bars of ticks that still come are printed at once. */
  end(): void {
    this.#isOver = true;
    for (const entry of this.#queue.splice(0)) if ('bar' in entry) this.#give(entry.bar);
  }

  /** The minutes of a gap between the last bar of ticks and this one. */
  #wantHole({ start, revision }: Bar): void {
    const gap = this.#gap;
    if (gap === undefined || revision !== undefined) return;
    const begin = this.#options.startOf(gap.from);
    const from = Number.isNaN(this.#lastEnd) ? begin : Math.max(begin, this.#lastEnd);
    if (start >= gap.to) this.#gap = undefined;
    const to = Math.min(start, this.#options.startOf(gap.to));
    if (from < to) this.#want({ from, to, isAwaited: false });
  }

  /** A bar of which a part was not seen: the first one, or one in a gap. The rest of the gap is asked for with it. */
  #wantBetter(bar: Bar): void {
    if (!bar.partial || bar.revision !== undefined || bar.start < this.#askedUntil) return;
    const gap = this.#gap;
    const isInGap = gap !== undefined && gap.from < bar.end && gap.to > bar.start;
    const to = isInGap ? Math.max(bar.end, this.#options.startOf(gap.to)) : bar.end;
    if (isInGap && gap.to <= to) this.#gap = undefined;
    if (isInGap) this.#lastEnd = this.#askedUntil = to;
    this.#want({ from: bar.start, to, isAwaited: bar.ticks > 0 });
  }

  /** @param isFirst the bars before the first one of ticks */
  #want(wanted: WantedBars, isFirst = false): void {
    const entry: Extract<Entry, { wanted: unknown }> = { wanted, answer: undefined };
    this.#queue.push(entry);
    void this.#options.ask(wanted).then((bars) => {
      if (this.#isOver) return;
      entry.answer = bars;
      if (isFirst && bars.length > 0) this.#isFilled = true;
      this.#giveReady();
    });
  }

  /** Prints from the front of the queue up to the first answer that has not come. */
  #giveReady(): void {
    for (let entry = this.#queue[0]; entry !== undefined; entry = this.#queue[0]) {
      if ('bar' in entry) this.#give(entry.bar);
      else if (entry.answer === undefined) return;
      else for (const bar of entry.answer) this.#giveBroker(bar);
      this.#queue.shift();
    }
  }

  #give(bar: Bar): void {
    // A flat bar of an interval that the broker gave meanwhile, or a late row's.
    if (this.#given.has(bar.start) || this.#isLeftOut(bar)) return;
    const before = this.#printed.get(bar.start);
    const revision = before === undefined ? bar.revision : Math.max(bar.revision ?? 0, before + 1);
    this.#remember(bar.start, revision ?? 0);
    this.#options.give(revision === bar.revision || revision === undefined ? bar : withRevision(bar, revision));
  }

  #isLeftOut({ partial }: Bar): boolean {
    return partial && this.#options.skipPartial;
  }

  #giveBroker(bar: Bar): void {
    this.#given.add(bar.start);
    const before = this.#printed.get(bar.start);
    this.#remember(bar.start, before === undefined ? 0 : before + 1);
    this.#options.give(before === undefined ? bar : withRevision(bar, before + 1));
  }

  #remember(start: number, revision: number): void {
    this.#printed.set(start, revision);
    for (const known of [this.#printed, this.#given]) {
      if (known.size > REMEMBERED) known.delete(known.keys().next().value as number);
    }
  }
}

/** The same bar as a further version, its keys in their order. */
function withRevision({ simulated, source, ...bar }: Bar, revision: number): Bar {
  return { ...bar, revision, ...(source && { source }), ...(simulated && { simulated }) };
}
