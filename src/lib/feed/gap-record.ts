import type { Moment } from '../clock/moment.ts';
import { BreakRecord } from './break-record.ts';
import type { BreakReason, Gap } from './feed.ts';

/** The gaps of a feed: told once each is over, and counted. */
export class GapRecord {
  readonly #break = new BreakRecord();
  readonly #tell: (gap: Gap) => void;
  count = 0;

  constructor(tell: (gap: Gap) => void) {
    this.#tell = tell;
  }

  get isOpen(): boolean {
    return this.#break.isOpen;
  }

  /** @param from the moment of the last data */
  begin(from: Moment, reason: BreakReason, symbols: Iterable<string>): void {
    this.#break.begin(from, reason, symbols);
  }

  /** Data is here again, or the feed ends without it. @param wanted symbols that are still subscribed */
  end(to: Moment, wanted: Iterable<string>): void {
    const symbols = new Set(wanted);
    const gap = this.#break.end(to, (symbol) => symbols.has(symbol));
    if (gap) this.add(gap);
  }

  /** Another feed reports the break that is going on. */
  forget(): void {
    this.#break.forget();
  }

  /** A gap of another kind than a break. */
  add(gap: Gap): void {
    if (gap.symbols.length === 0) return;
    this.count++;
    this.#tell(gap);
  }
}
