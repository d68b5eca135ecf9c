import { type Moment, spanBetween } from '../clock/moment.ts';
import type { BreakReason, Gap } from './feed.ts';

/** The gaps of a feed: one break at a time, from the last data before it to the first data after it, and gaps of other kinds. */
export class Gaps {
  readonly #report: (gap: Gap) => void;
  #open: { readonly from: Moment; readonly reason: BreakReason; readonly symbols: ReadonlySet<string> } | undefined;
  /** How many were reported. */
  count = 0;

  /** @param report called with each gap when it is over */
  constructor(report: (gap: Gap) => void) {
    this.#report = report;
  }

  /** Whether a break is going on. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** A break begins, unless one is going on: that then only lasts longer. @param from the moment of the last data */
  begin(from: Moment, reason: BreakReason, symbols: Iterable<string>): void {
    this.#open ??= { from, reason, symbols: new Set(symbols) };
  }

  /** Data is here again, or the feed ends without it. @param wanted a symbol that was dropped meanwhile has no gap */
  end(to: Moment, wanted: Iterable<string>): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const still = new Set(wanted);
    const symbols = [...open.symbols].filter((symbol) => still.has(symbol));
    this.add({ ...spanBetween(open.from, to), reason: open.reason, symbols });
  }

  /** Another feed reports the break that is going on. */
  forget(): void {
    this.#open = undefined;
  }

  /** A gap that is over already. */
  add(gap: Gap): void {
    if (gap.symbols.length === 0) return;
    this.count++;
    this.#report(gap);
  }
}
