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

  /** @param from epoch milliseconds of the last data; undefined when none ever came */
  begin(from: number | undefined, reason: BreakReason, symbols: Iterable<string>): void {
    if (from !== undefined) this.#break.begin(from, reason, symbols);
  }

  /** Data is here again. @param wanted symbols that are still subscribed */
  end(to: number, wanted: Iterable<string>): void {
    const symbols = new Set(wanted);
    const gap = this.#break.end(to, (symbol) => symbols.has(symbol));
    if (gap) this.add(gap);
  }

  /** A gap of another kind than a break. */
  add(gap: Gap): void {
    if (gap.symbols.length === 0) return;
    this.count++;
    this.#tell(gap);
  }
}
