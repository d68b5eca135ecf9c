import { FRAME, NO_VALUE, PACKET } from './wire.ts';

/*
 * Server -> client data frames (docs/protocol.md): u16 length, u8 type, u32 message number where the connection has them,
 * u16 packet count, packets. Packets are written straight into a buffer that its owner reuses.
 */

const HEADER = 3;
const MAX_U16 = 0xffff;
/** An update packet: kind, topic id, field count, 255 values. */
const MAX_UPDATE_BYTES = 4 + 255 * 4;
/** A snapshot packet: the same, a topic name, 5 bytes of scale and three names, each with a length byte. */
const MAX_SNAPSHOT_BYTES = MAX_UPDATE_BYTES + 5 + 4 * 256;

/** Kept free at the end for `raw` packets. */
const RAW_RESERVE = 64;

/** What a snapshot holds beside values. Names are at most 255 bytes each. */
export interface SnapshotNames {
  readonly topic: string;
  readonly multiplier: number;
  readonly precision: number;
  readonly exchange: string;
  readonly exchangeToken: string;
  readonly tradingSymbol: string;
}

/** Builds one data frame at a time in a buffer of its own. The frame is valid until the next `begin`. */
export class DataFrameWriter {
  readonly bytes: Buffer;
  readonly #view: DataView;
  #at = 0;
  #countAt = 0;
  #packets = 0;

  /** @param capacity bytes; at least one packet of each kind fits whatever is asked for */
  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(Math.max(capacity, HEADER + 6 + MAX_SNAPSHOT_BYTES + RAW_RESERVE));
    this.#view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  }

  get packets(): number {
    return this.#packets;
  }

  /** Whether any packet still fits, and raw ones of 64 bytes together after it. */
  get hasRoom(): boolean {
    return this.#at + MAX_SNAPSHOT_BYTES + RAW_RESERVE <= this.bytes.length;
  }

  /** @param messageNumber u32, or `undefined` for a frame without one */
  begin(messageNumber: number | undefined): void {
    this.bytes[2] = FRAME.data;
    if (messageNumber !== undefined) this.#view.setUint32(HEADER, messageNumber);
    this.#countAt = messageNumber === undefined ? HEADER : HEADER + 4;
    this.#at = this.#countAt + 2;
    this.#packets = 0;
  }

  /** The finished frame, a view of `bytes`. Its length prefix wraps above 65,535, as the live server's does. */
  finish(): Buffer {
    this.#view.setUint16(0, (this.#at - 2) & MAX_U16);
    this.#view.setUint16(this.#countAt, this.#packets);
    return this.bytes.subarray(0, this.#at);
  }

  snapshot(topicId: number, values: Int32Array, names: SnapshotNames): void {
    this.#head(PACKET.snapshot, topicId);
    this.#text(names.topic, 'latin1');
    this.bytes[this.#at++] = values.length;
    for (const value of values) {
      this.#view.setInt32(this.#at, value);
      this.#at += 4;
    }
    this.#view.setUint16(this.#at, 0);
    this.#view.setUint16(this.#at + 2, names.multiplier);
    this.bytes[this.#at + 4] = names.precision;
    this.#at += 5;
    this.#text(names.exchange, 'utf8');
    this.#text(names.exchangeToken, 'utf8');
    this.#text(names.tradingSymbol, 'utf8');
  }

  /**
   * What differs between `values` and what the client has, with "no value" for what does not and nothing after the last
   * difference; `sent` takes the new values over. Writes no packet, and returns false, when nothing differs.
   */
  update(topicId: number, values: Int32Array, sent: Int32Array): boolean {
    const view = this.#view;
    const start = this.#at;
    let at = start + 4;
    let end = 0;
    for (let slot = 0; slot < values.length; slot++, at += 4) {
      const value = values[slot] as number;
      if (value === (sent[slot] as number)) {
        view.setInt32(at, NO_VALUE);
        continue;
      }
      view.setInt32(at, value);
      sent[slot] = value;
      end = slot + 1;
    }
    if (end === 0) return false;
    this.#head(PACKET.update, topicId);
    this.bytes[start + 3] = end;
    this.#at = start + 4 + end * 4;
    return true;
  }

  /** A lite packet of `count` values, when one of them differs from what the client has. */
  lite(topicId: number, values: Int32Array, sent: Int32Array, count: number): boolean {
    let differs = false;
    for (let slot = 0; slot < count; slot++) differs ||= values[slot] !== sent[slot];
    if (!differs) return false;
    this.#head(PACKET.lite, topicId);
    for (let slot = 0; slot < count; slot++) {
      sent[slot] = values[slot] as number;
      this.#view.setInt32(this.#at, values[slot] as number);
      this.#at += 4;
    }
    return true;
  }

  /** Any packet as bytes, for packets a client does not know. Throws `RangeError` when there is no room. */
  raw(packet: Buffer): void {
    if (this.#at + packet.length > this.bytes.length) throw new RangeError('the frame is full');
    packet.copy(this.bytes, this.#at);
    this.#at += packet.length;
    this.#packets++;
  }

  #head(kind: number, topicId: number): void {
    const { bytes } = this;
    bytes[this.#at] = kind;
    bytes[this.#at + 1] = topicId >> 8;
    bytes[this.#at + 2] = topicId;
    this.#at += 3;
    this.#packets++;
  }

  #text(text: string, encoding: 'latin1' | 'utf8'): void {
    const size = Buffer.byteLength(text, encoding);
    if (size > 0xff) throw new RangeError(`a name of ${size} bytes`);
    this.bytes[this.#at] = size;
    this.bytes.write(text, this.#at + 1, encoding);
    this.#at += 1 + size;
  }
}
