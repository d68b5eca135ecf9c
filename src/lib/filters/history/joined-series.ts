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

  /**
   * There were no rows. The minutes before the one in which they came again are the broker's; of those that were printed it is a revision.
   * @param from,to epoch seconds
   */
  gap(from: number, to: number): void {
    const { startOf } = this.#options;
    const begin = Math.max(startOf(from), this.#askedUntil, this.#joinAt);
    const end = startOf(to);
    if (this.#isOver || !(begin < end)) return;
    this.#askedUntil = end;
    this.#want({ from: begin, to: end, isAwaited: false });
  }

  /** A bar of ticks. Those that form are passed on, unless bars before them wait. */
  take(bar: Bar): void {
    if (bar.start < this.#joinAt) return;
    if (this.#isOver) {
      this.#give(bar);
      return;
    }
    if (!bar.final) {
      if (!this.isWaiting && !this.#isLeftOut(bar)) this.#options.give(bar);
      return;
    }
    // The broker knows it better than a late row does.
    if (bar.revision !== undefined && this.#given.has(bar.start)) return;
    this.#queue.push({ bar });
    this.#wantBetter(bar);
    this.#giveReady();
  }

  /** Prints what waits, without the broker's bars. Bars of ticks that still come are printed at once. */
  end(): void {
    this.#isOver = true;
    for (const entry of this.#queue.splice(0)) if ('bar' in entry) this.#give(entry.bar);
  }

  /** A bar of which a part was not seen: the first one, or the one in which rows came again after a gap. */
  #wantBetter({ start, end, partial, revision, ticks }: Bar): void {
    if (!partial || revision !== undefined || start < this.#askedUntil) return;
    this.#want({ from: start, to: end, isAwaited: ticks > 0 });
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
