import { type Moment, spanBetween } from '../clock/moment.ts';
import type { BreakReason, Gap } from './feed.ts';

/** The one break that is going on, if any: from the last data before it to the first data after it. */
export class BreakRecord {
  #open: { from: Moment; reason: BreakReason; symbols: readonly string[] } | undefined;

  /** A break begins, unless one is going on: that then only lasts longer. @param from the moment of the last data */
  begin(from: Moment, reason: BreakReason, symbols: Iterable<string>): void {
    this.#open ??= { from, reason, symbols: [...new Set(symbols)] };
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  forget(): void {
    this.#open = undefined;
  }

  /** Data is here again. @param isWanted symbols that were dropped meanwhile have no gap */
  end(to: Moment, isWanted: (symbol: string) => boolean): Gap | undefined {
    const open = this.#open;
    this.#open = undefined;
    const symbols = open?.symbols.filter(isWanted) ?? [];
    return open && symbols.length > 0 ? { ...spanBetween(open.from, to), reason: open.reason, symbols } : undefined;
  }
}
