import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { type Kind, type Subscription, subscriptionKey } from '../../market/kinds.ts';
import { RowScanners } from '../../output/rows/row-scanner.ts';
import { kindOfRow } from '../../rows/row-fields.ts';
import { RowNames } from '../../rows/row-reader.ts';
import { RowTick } from '../../rows/row-tick.ts';

/** Many times what an account can record at once. */
const MAX_TICKS = 100_000;

/** The ticks of everything that recordings have rows of, wanted or not, so that the last row of each is known. */
export class RecordedTicks {
  readonly #kinds: ReadonlySet<Kind>;
  readonly #ticks = new Map<string, RowTick>();
  readonly #names = new RowNames();
  readonly #scanners = new RowScanners();
  malformed = 0;

  /** @param kinds rows of others are not looked at */
  constructor(kinds: readonly Kind[]) {
    this.#kinds = new Set(kinds);
  }

  /** The tick of the row that stands here; undefined when its kind is not looked at. Throws `TOO_MANY_SYMBOLS`. */
  tickOf(bytes: Buffer, begin: number, end: number): RowTick | undefined {
    const kind = kindOfRow(bytes, begin);
    if (kind === undefined || !this.#kinds.has(kind)) return undefined;
    return this.#names.find(bytes, begin, end) ?? this.#addRow(kind, bytes.toString('latin1', begin, end));
  }

  find(subscription: Subscription): RowTick | undefined {
    return this.#ticks.get(subscriptionKey(subscription));
  }

  /** The tick of a subscription, made when it is new. Throws `TOO_MANY_SYMBOLS`. */
  add(subscription: Subscription): RowTick {
    const known = this.find(subscription);
    if (known) return known;
    if (this.#ticks.size >= MAX_TICKS) {
      throw new TickpipeError('TOO_MANY_SYMBOLS', `more than ${MAX_TICKS} symbols in these recordings`, {
        hint: 'play them apart, or choose with --type',
      });
    }
    const tick = new RowTick(this.#ticks.size, subscription, this.#scanners, () => this.malformed++);
    this.#ticks.set(subscriptionKey(subscription), tick);
    this.#names.add(tick);
    return tick;
  }

  ticks(): IterableIterator<RowTick> {
    return this.#ticks.values();
  }

  #addRow(kind: Kind, row: string): RowTick {
    const { symbol } = JSON.parse(row) as { symbol: string };
    return this.add({ kind, symbol });
  }
}
