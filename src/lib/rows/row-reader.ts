import { type Subscription, subscriptionKey } from '../market/kinds.ts';
import { RowNames } from './row-names.ts';
import { RowTick } from './row-tick.ts';

const LINE_END = 0x0a;
const CLOSING_BRACE = 0x7d;

/** Everything that is wanted of a hub, and the rows of it in what the hub sends. */
export class RowReader {
  readonly #ticks = new Map<string, RowTick>();
  readonly #names = new RowNames();
  /** Never given twice: what encoders keep by it is of one subscription only. */
  #nextId = 0;
  /** Rows that could not be read. */
  malformed = 0;

  /** The tick of a subscription, made when it is new. */
  add(subscription: Subscription): RowTick {
    const known = this.find(subscription);
    if (known) return known;
    const tick = new RowTick(this.#nextId++, subscription, () => this.malformed++);
    this.#ticks.set(subscriptionKey(subscription), tick);
    this.#names.add(tick);
    return tick;
  }

  find(subscription: Subscription): RowTick | undefined {
    return this.#ticks.get(subscriptionKey(subscription));
  }

  /** Whether there was one to remove. */
  remove(subscription: Subscription): boolean {
    const tick = this.find(subscription);
    if (tick === undefined) return false;
    this.#ticks.delete(subscriptionKey(subscription));
    this.#names.remove(tick);
    return true;
  }

  ticks(): IterableIterator<RowTick> {
    return this.#ticks.values();
  }

  /** Calls for every row of what is wanted; other rows are passed over. */
  read(message: Buffer, emit: (tick: RowTick) => void): void {
    for (let begin = 0; begin < message.length; ) {
      const lineEnd = message.indexOf(LINE_END, begin);
      if (lineEnd < 0) {
        this.malformed++;
        return;
      }
      const tick = message[lineEnd - 1] === CLOSING_BRACE ? this.#names.find(message, begin, lineEnd) : null;
      if (tick) {
        tick.take(message, begin, lineEnd + 1);
        emit(tick);
      } else if (tick === null) this.malformed++;
      begin = lineEnd + 1;
    }
  }
}
