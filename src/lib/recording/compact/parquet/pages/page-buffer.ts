const FIRST_BYTES = 64 * 1024;
const MAX_SMALL = 2 ** 30;
const TWO_32 = 2 ** 32;
const DOUBLE_BYTES = 8;
/** Of a varint of 64 bits. */
const MAX_VARINT_BYTES = 10;

/** The bytes of a page while it is written: used again for the next one. All numbers are little-endian. */
export class PageBuffer {
  bytes: Uint8Array;
  length = 0;
  #view: DataView;

  constructor() {
    this.bytes = new Uint8Array(FIRST_BYTES);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** What was written. Valid until more is. */
  get written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  /** Makes room, so that as many bytes can be put into `bytes` from `length` on. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    grown.set(this.written);
    this.bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  appendByte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  appendBytes(values: Uint8Array): void {
    this.reserve(values.length);
    this.bytes.set(values, this.length);
    this.length += values.length;
  }

  appendUint32(value: number): void {
    this.reserve(Uint32Array.BYTES_PER_ELEMENT);
    this.#view.setUint32(this.length, value, true);
    this.length += Uint32Array.BYTES_PER_ELEMENT;
  }

  /** @param count of the values, from the first on */
  appendDoubles(values: Float64Array, count: number): void {
    this.reserve(count * DOUBLE_BYTES);
    const view = this.#view;
    let at = this.length;
    for (let place = 0; place < count; place++, at += DOUBLE_BYTES) view.setFloat64(at, values[place] as number, true);
    this.length = at;
  }

  /** As integers of 64 bits. @param values whole and exact */
  appendIntegers(values: Float64Array, count: number): void {
    this.reserve(count * DOUBLE_BYTES);
    const view = this.#view;
    let at = this.length;
    for (let place = 0; place < count; place++, at += DOUBLE_BYTES) {
      const value = values[place] as number;
      // The low half is the value modulo 2^32, also of one below zero, and the high half what it exceeds.
      view.setUint32(at, value >>> 0, true);
      view.setInt32(at + 4, Math.floor(value / TWO_32), true);
    }
    this.length = at;
  }

  /** @param value below 2^32 */
  appendVarint(value: number): void {
    this.reserve(MAX_VARINT_BYTES);
    let rest = value >>> 0;
    for (; rest > 0x7f; rest >>>= 7) this.bytes[this.length++] = (rest & 0x7f) | 0x80;
    this.bytes[this.length++] = rest;
  }

  /** @param value whole and exact */
  appendZigZag(value: number): void {
    if (Math.abs(value) < MAX_SMALL) {
      this.appendVarint((value << 1) ^ (value >> 31));
      return;
    }
    this.reserve(MAX_VARINT_BYTES);
    const wide = BigInt(value);
    let rest = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n));
    for (; rest > 0x7fn; rest >>= 7n) this.bytes[this.length++] = Number(rest & 0x7fn) | 0x80;
    this.bytes[this.length++] = Number(rest);
  }
}
