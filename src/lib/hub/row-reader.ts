import { ROW_TYPES, type Subscription } from '../market/kinds.ts';
import { RowTick } from './row-tick.ts';

const LINE_END = 0x0a;
const QUOTE = 0x22;
/** Every row begins `{"type":"`; what follows up to the end of the symbol says whose it is. */
const NAME_AT = '{"type":"'.length;
const SYMBOL_KEY = '","symbol":"';

/** Finds whose row is whose in what the hub sends, without parsing it. */
export class RowReader {
  readonly #ticks = new Map<string, RowTick>();
  readonly #free: number[] = [];
  #nextId = 0;
  /** Rows that could not be read. */
  malformed = 0;

  /** The tick of a subscription, made when it is new. */
  add(subscription: Subscription): RowTick {
    const name = nameOf(subscription);
    let tick = this.#ticks.get(name);
    if (tick === undefined) {
      tick = new RowTick(this.#free.pop() ?? this.#nextId++, subscription);
      this.#ticks.set(name, tick);
    }
    return tick;
  }

  find(subscription: Subscription): RowTick | undefined {
    return this.#ticks.get(nameOf(subscription));
  }

  remove(subscription: Subscription): void {
    const tick = this.find(subscription);
    if (tick === undefined) return;
    this.#ticks.delete(nameOf(subscription));
    this.#free.push(tick.id);
  }

  ticks(): IterableIterator<RowTick> {
    return this.#ticks.values();
  }

  /** Calls for every row of what is subscribed; rows of what is not, any more, are passed over. */
  read(message: Buffer, emit: (tick: RowTick) => void): void {
    for (let begin = 0; begin < message.length; ) {
      const lineEnd = message.indexOf(LINE_END, begin);
      if (lineEnd < 0) {
        this.malformed++;
        return;
      }
      const end = lineEnd + 1;
      const nameEnd = findNameEnd(message, begin + NAME_AT, lineEnd);
      if (nameEnd < 0) this.malformed++;
      else {
        const tick = this.#ticks.get(message.toString('latin1', begin + NAME_AT, nameEnd));
        if (tick) {
          tick.take(message, begin, end);
          emit(tick);
        }
      }
      begin = end;
    }
  }
}

/** Where the symbol's text ends: its closing quote, or -1. */
function findNameEnd(message: Buffer, from: number, limit: number): number {
  const typeEnd = message.indexOf(QUOTE, from);
  if (typeEnd < 0 || typeEnd >= limit) return -1;
  // A symbol has neither quotes nor backslashes.
  const at = message.indexOf(QUOTE, typeEnd + SYMBOL_KEY.length);
  return at >= limit ? -1 : at;
}

/** The bytes between `{"type":"` and the end of the symbol, one character a byte. */
function nameOf({ kind, symbol }: Subscription): string {
  const text = JSON.stringify(symbol).slice(1, -1);
  return Buffer.from(`${ROW_TYPES[kind]}${SYMBOL_KEY}${text}`).toString('latin1');
}
