/*
 * A second reading of the protocol page, slow and plain, that shares no code with the decoder. It tells what the decoder must
 * tell for the same messages: one line for each snapshot, tick and ack.
 */

const NO_VALUE = -2147483648;
const SLOTS: Readonly<Record<string, number>> = { sf: 21, if: 8, dp: 30 };
const MAX_SLOTS = 31;

/** How the server lays fields out, by kind of topic. */
export interface ReferenceOrder {
  /** The slot that each position of the wire fills; positions that are not named here fill none. */
  readonly slots: Readonly<Record<string, readonly (number | undefined)[]>>;
  /** Values in a lite packet. Depth has none. */
  readonly lite: Readonly<Record<string, number>>;
}

/** The order without a dictionary: positions are slots. */
const DEFAULT_ORDER: ReferenceOrder = {
  slots: Object.fromEntries(Object.entries(SLOTS).map(([kind, count]) => [kind, [...Array(count).keys()]])),
  lite: { sf: 1, if: 1 },
};

interface Topic {
  readonly name: string;
  readonly values: Map<number, number>;
  multiplier: number;
  precision: number;
}

interface Packet {
  readonly kind: 'S' | 'U' | 'L';
  readonly id: number;
  readonly values: readonly number[];
  readonly topic?: string;
  readonly multiplier?: number;
  readonly precision?: number;
  readonly end: number;
}

/** Thrown at the end of a message, always the same: errors with a stack would take most of the time of a hundred thousand cuts. */
const PAST_END = new RangeError('past the end');

/** Reads numbers from bytes; going past the end throws, and ends the frame. */
class Cursor {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  u8(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw PAST_END;
    return byte;
  }

  u16(): number {
    return this.u8() * 256 + this.u8();
  }

  i32(): number {
    const unsigned = this.u16() * 65_536 + this.u16();
    return unsigned >= 2_147_483_648 ? unsigned - 4_294_967_296 : unsigned;
  }

  i32s(count: number): number[] {
    const values: number[] = [];
    while (values.length < count) values.push(this.i32());
    return values;
  }

  text(length: number): string {
    let text = '';
    for (let left = length; left > 0; left--) text += String.fromCharCode(this.u8());
    return text;
  }
}

export class ReferenceDecoder {
  readonly events: string[] = [];
  readonly #topics = new Map<string, Topic>();
  readonly #ids = new Map<number, Topic>();
  readonly #ackEvery: number;
  readonly #describe: DescribeValues;
  readonly #order: ReferenceOrder;
  #framesOwed = 0;
  #numbered: boolean | undefined;

  /** @param ackEvery what the auth response said @param order what its dictionary said */
  constructor(ackEvery: number, describe: DescribeValues = listValues, order: ReferenceOrder = DEFAULT_ORDER) {
    this.#ackEvery = ackEvery;
    this.#describe = describe;
    this.#order = order;
  }

  data(bytes: Uint8Array): void {
    if (bytes.length < 3 || bytes[2] !== 6) return;
    this.#packets(bytes);
    if (this.#ackEvery === 0) return;
    this.#framesOwed++;
    if (this.#framesOwed < this.#ackEvery || bytes.length < 7) return;
    this.#framesOwed = 0;
    this.events.push(`ack ${new DataView(bytes.buffer, bytes.byteOffset).getUint32(3)}`);
  }

  #packets(bytes: Uint8Array): void {
    const numbered = this.#ackEvery > 0 ? true : this.#chooseReading(bytes);
    const header = numbered ? 9 : 5;
    if (numbered === undefined || bytes.length < header) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = header;
    for (let left = view.getUint16(header - 2); left > 0; left--) {
      const packet = this.#read(bytes, at);
      if (packet === undefined) break;
      this.#apply(packet);
      at = packet.end;
    }
  }

  #chooseReading(bytes: Uint8Array): boolean | undefined {
    const first = this.#numbered ?? true;
    for (const numbered of [first, !first]) {
      if (!this.#endsExactly(bytes, numbered ? 9 : 5)) continue;
      // Without packets any number fits.
      if (bytes.length > (numbered ? 9 : 5)) this.#numbered = numbered;
      return numbered;
    }
    return this.#numbered;
  }

  #endsExactly(bytes: Uint8Array, header: number): boolean {
    if (bytes.length < header) return false;
    let at = header;
    for (let left = new DataView(bytes.buffer, bytes.byteOffset).getUint16(header - 2); left > 0; left--) {
      const packet = this.#read(bytes, at);
      if (packet === undefined) return false;
      at = packet.end;
    }
    return at === bytes.length;
  }

  #read(bytes: Uint8Array, at: number): Packet | undefined {
    try {
      const cursor = new Cursor(bytes, at);
      const kind = String.fromCharCode(cursor.u8());
      if (kind !== 'S' && kind !== 'U' && kind !== 'L') return undefined;
      const id = cursor.u16();
      if (kind === 'L') {
        const count = this.#liteCount(id);
        return count === undefined ? undefined : { kind, id, values: cursor.i32s(count), end: cursor.at };
      }
      if (kind === 'U') return { kind, id, values: cursor.i32s(cursor.u8()), end: cursor.at };
      const topic = cursor.text(cursor.u8());
      const values = cursor.i32s(cursor.u8());
      cursor.u16();
      const multiplier = cursor.u16();
      const precision = cursor.u8();
      for (let name = 0; name < 3; name++) cursor.text(cursor.u8());
      return { kind, id, values, topic, multiplier, precision, end: cursor.at };
    } catch (error) {
      if (error === PAST_END) return undefined;
      throw error;
    }
  }

  /** Nobody knows how long a lite packet of depth would be, nor one of an unknown topic where the kinds differ. */
  #liteCount(id: number): number | undefined {
    const topic = this.#ids.get(id);
    const { lite } = this.#order;
    if (topic !== undefined) return lite[topic.name.slice(0, 2)];
    return lite['sf'] === lite['if'] ? lite['sf'] : undefined;
  }

  #apply(packet: Packet): void {
    if (packet.kind === 'S') {
      this.#applySnapshot(packet);
      return;
    }
    const topic = this.#ids.get(packet.id);
    if (topic === undefined) return;
    if (this.#fill(topic, packet.values)) this.#tell('tick', topic);
  }

  #applySnapshot({ id, topic: name = '', values, multiplier: sent = 0, precision = 0 }: Packet): void {
    const known = this.#topics.get(name);
    // An id means one topic, and a topic has one id: whatever a snapshot says, both leave what they had.
    this.#ids.delete(id);
    for (const [other, topic] of this.#ids) if (topic === known) this.#ids.delete(other);
    if (SLOTS[name.slice(0, name.indexOf('|'))] === undefined) return;
    if (precision > 9) {
      this.events.push(`scale ${name} unusable`);
      return;
    }
    if (sent === 0) this.events.push(`scale ${name} no_multiplier`);
    const multiplier = sent === 0 ? 1 : sent;
    const topic = known ?? { name, values: new Map(), multiplier, precision };
    const rescaled = known === undefined || topic.multiplier !== multiplier || topic.precision !== precision;
    Object.assign(topic, { multiplier, precision });
    if (rescaled) topic.values.clear();
    this.#topics.set(name, topic);
    this.#ids.set(id, topic);
    const changed = this.#fill(topic, values);
    this.#tell('snapshot', topic);
    if (changed || rescaled) this.#tell('tick', topic);
  }

  #fill(topic: Topic, values: readonly number[]): boolean {
    let changed = false;
    const slots = this.#order.slots[topic.name.slice(0, 2)] ?? [];
    for (const [position, value] of values.entries()) {
      const slot = slots[position];
      if (value === NO_VALUE || slot === undefined || topic.values.get(slot) === value) continue;
      topic.values.set(slot, value);
      changed = true;
    }
    return changed;
  }

  #tell(what: string, { name, values, multiplier, precision }: Topic): void {
    const shown = this.#describe((slot) => values.get(slot));
    this.events.push(`${what} ${name} ${multiplier} ${precision} ${shown}`);
  }
}

/** The values of a topic for people: `slot:value` of each that is known. */
export function listValues(read: (slot: number) => number | undefined): string {
  const shown: string[] = [];
  for (let slot = 0; slot < MAX_SLOTS; slot++) {
    const value = read(slot);
    if (value !== undefined) shown.push(`${slot}:${value}`);
  }
  return shown.join(' ');
}

/** The same as one number, for comparing a great many. */
export function hashValues(read: (slot: number) => number | undefined): string {
  let hash = 0x811c9dc5;
  for (let slot = 0; slot < MAX_SLOTS; slot++) {
    const value = read(slot);
    if (value !== undefined) hash = Math.imul(hash ^ value, 0x01000193) ^ slot;
  }
  return String(hash);
}

export type DescribeValues = typeof listValues;
