import { ROW_TYPES, type Subscription, subscriptionKey } from '../market/kinds.ts';
import type { RowBatch } from '../market/tick.ts';
import { RowScanners } from '../output/rows/row-scanner.ts';
import { countRows, endAt, findIndex, numberAt } from './batch-index.ts';
import { RowTick } from './row-tick.ts';

/** Every row begins `{"type":"SymbolUpdate","symbol":"NSE:SBIN-EQ"`. */
const TYPE_KEY = '{"type":"';
const SYMBOL_KEY = '","symbol":"';
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** So that a hash is a small integer. */
const HASH_BITS = 0x3fffffff;
const HASH_PRIME = 16_777_619;

/** What stands in front of the symbol, by the first letter of the type. */
const FRONTS: readonly (Uint8Array | undefined)[] = Object.values(ROW_TYPES).reduce<Uint8Array[]>((fronts, type) => {
  fronts[type.charCodeAt(0)] = new Uint8Array(Buffer.from(`${TYPE_KEY}${type}${SYMBOL_KEY}`));
  return fronts;
}, []);

interface Entry<T> {
  /** A row's first bytes, up to and with the quote that ends the symbol. */
  readonly head: Uint8Array;
  readonly tick: T;
}

/** Finds the subscription of a row by its first bytes, without decoding them to text. */
export class RowNames<T extends { readonly subscription: Subscription } = RowTick> {
  readonly #buckets = new Map<number, Entry<T>[]>();

  add(tick: T): void {
    const head = headOf(tick.subscription);
    const hash = hashOf(head, 0, head.length - 1);
    const bucket = this.#buckets.get(hash);
    if (bucket) bucket.push({ head, tick });
    else this.#buckets.set(hash, [{ head, tick }]);
  }

  remove(tick: T): void {
    const head = headOf(tick.subscription);
    const hash = hashOf(head, 0, head.length - 1);
    const rest = this.#buckets.get(hash)?.filter((entry) => entry.tick !== tick) ?? [];
    if (rest.length > 0) this.#buckets.set(hash, rest);
    else this.#buckets.delete(hash);
  }

  /** The tick of the row at `begin`, undefined when it is not subscribed; `null` when it is no row. @param end of its line */
  find(message: Uint8Array, begin: number, end: number): T | undefined | null {
    const symbolAt = begin + symbolOffset(message, begin, end);
    const symbolEnd = symbolAt > begin ? findQuote(message, symbolAt, end) : -1;
    if (symbolEnd < 0) return null;
    const bucket = this.#buckets.get(hashOf(message, begin, symbolEnd));
    if (bucket === undefined) return undefined;
    for (let at = 0; at < bucket.length; at++) {
      const { head, tick } = bucket[at] as Entry<T>;
      if (head.length === symbolEnd + 1 - begin && matches(head, message, begin)) return tick;
    }
    return undefined;
  }
}

/** How far from its beginning a row's symbol stands; 0 when it is no row. */
function symbolOffset(message: Uint8Array, begin: number, end: number): number {
  const front = FRONTS[message[begin + TYPE_KEY.length] as number];
  if (front === undefined || begin + front.length > end || !matches(front, message, begin)) return 0;
  return front.length;
}

/** The quote that ends a JSON text; -1 when there is none. */
function findQuote(message: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    const byte = message[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at++;
  }
  return -1;
}

function matches(expected: Uint8Array, message: Uint8Array, begin: number): boolean {
  for (let at = 0; at < expected.length; at++) if (expected[at] !== message[begin + at]) return false;
  return true;
}

/** Of the type's first letter and the symbol: what lies between is the same for all of a type. */
function hashOf(bytes: Uint8Array, begin: number, symbolEnd: number): number {
  const letter = bytes[begin + TYPE_KEY.length] as number;
  let hash = letter;
  for (let at = begin + (FRONTS[letter] as Uint8Array).length; at < symbolEnd; at++) {
    hash = Math.imul(hash ^ (bytes[at] as number), HASH_PRIME);
  }
  return hash & HASH_BITS;
}

function headOf({ kind, symbol }: Subscription): Uint8Array {
  return new Uint8Array(Buffer.from(`${TYPE_KEY}${ROW_TYPES[kind]}${SYMBOL_KEY}${JSON.stringify(symbol).slice(1)}`));
}

const LINE_END = 0x0a;
const CLOSING_BRACE = 0x7d;

/** Receives the rows of a message. */
export interface RowSink {
  /** Takes all rows of a message; false when it does not: then each comes by `row`. Called only for rows of ticks that are live already. */
  batch(batch: RowBatch): boolean;
  row(tick: RowTick): void;
}

/** The rows of one message, all of them wanted. One object for all messages. */
class ReadBatch implements RowBatch {
  readonly ticks: RowTick[] = [];
  count = 0;
  bytes: Uint8Array = new Uint8Array(0);

  #message: Uint8Array = this.bytes;

  /** The rows up to `indexAt`, where the index begins. */
  take(message: Uint8Array, indexAt: number): void {
    this.#message = message;
    this.count = this.ticks.length;
    this.bytes = message.subarray(0, indexAt);
  }

  tickAt(place: number): RowTick {
    return this.ticks[place] as RowTick;
  }

  endAt(place: number): number {
    return endAt(this.#message, this.bytes.length, place);
  }
}

/** Everything that is wanted of a hub, and the rows of it in what the hub sends. */
export class RowReader {
  readonly #ticks = new Map<string, RowTick>();
  readonly #names = new RowNames();
  readonly #scanners = new RowScanners();
  /** By the numbers of the present hub, as far as rows have shown whose they are. */
  #byNumber: (RowTick | undefined)[] = [];
  readonly #batch = new ReadBatch();
  /** Never given twice: what encoders keep by it is of one subscription only. */
  #nextId = 0;
  /** Rows that could not be read. */
  malformed = 0;
  /** One for all ticks. */
  readonly #noteMalformed = (): void => {
    this.malformed++;
  };

  /** The tick of a subscription, made when it is new. */
  add(subscription: Subscription): RowTick {
    const known = this.find(subscription);
    if (known) return known;
    const tick = new RowTick(this.#nextId++, subscription, this.#scanners, this.#noteMalformed);
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
    this.#unbind(tick);
    return true;
  }

  ticks(): IterableIterator<RowTick> {
    return this.#ticks.values();
  }

  /** Another hub sends from now on: its numbers are others. */
  forgetNumbers(): void {
    this.#byNumber = [];
    for (const tick of this.ticks()) tick.number = undefined;
  }

  /** Gives every row of what is wanted; other rows are passed over. */
  read(message: Uint8Array, sink: RowSink): void {
    const indexAt = findIndex(message);
    if (indexAt < 0) {
      this.malformed++;
      return;
    }
    if (this.#lookUp(message, indexAt) && sink.batch(this.#batch)) {
      this.#forgetEarlierRows();
      return;
    }
    let begin = 0;
    for (let place = 0; place < countRows(message, indexAt); place++) {
      const end = endAt(message, indexAt, place);
      if (end <= begin || end > indexAt) {
        this.malformed++;
        return;
      }
      const tick = this.#tickOf(numberAt(message, indexAt, place), message, begin, end);
      if (tick) {
        tick.take(message, begin, end);
        sink.row(tick);
      } else if (tick === null) this.malformed++;
      begin = end;
    }
    if (begin !== indexAt) this.malformed++;
  }

  /** What prints rows without a look at them does not ask for the first row of each again: 5,000 of them take 4 MB. */
  #forgetEarlierRows(): void {
    const { ticks, count } = this.#batch;
    for (let place = 0; place < count; place++) (ticks[place] as RowTick).forgetRow();
  }

  /** Makes the batch of the message. False when some of its rows are not wanted, are the first of their tick, or do not fit. */
  #lookUp(message: Uint8Array, indexAt: number): boolean {
    const count = countRows(message, indexAt);
    const { ticks } = this.#batch;
    let begin = 0;
    for (let place = 0; place < count; place++) {
      const tick = this.#byNumber[numberAt(message, indexAt, place)];
      const end = endAt(message, indexAt, place);
      if (tick?.stage !== 'live' || end <= begin) return false;
      ticks[place] = tick;
      begin = end;
    }
    if (count === 0 || begin !== indexAt || message[indexAt - 1] !== LINE_END) return false;
    ticks.length = count;
    this.#batch.take(message, indexAt);
    return true;
  }

  /** The tick of a row; undefined when it is not subscribed, `null` when it is no row. */
  #tickOf(number: number, message: Uint8Array, begin: number, end: number): RowTick | undefined | null {
    if (message[end - 1] !== LINE_END || message[end - 2] !== CLOSING_BRACE) return null;
    const known = this.#byNumber[number];
    if (known) return known;
    const tick = this.#names.find(message, begin, end - 1);
    if (!tick) return tick;
    this.#unbind(tick);
    tick.number = number;
    this.#byNumber[number] = tick;
    return tick;
  }

  /** A hub gives a subscription that it had dropped another number. */
  #unbind(tick: RowTick): void {
    if (tick.number !== undefined) this.#byNumber[tick.number] = undefined;
    tick.number = undefined;
  }
}
