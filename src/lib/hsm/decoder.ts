import { ALL_SLOTS } from '../market/tick.ts';
import { topicKindOfName } from '../market/topics.ts';
import { type ControlResponse, isControlFrame, parseControlResponse } from './control.ts';
import { DEFAULT_FIELD_ORDER, type FieldOrder } from './dictionary.ts';
import { applyValues, measureSnapshot, readSnapshotHead } from './packets.ts';
import type { HsmTopicState } from './topic-table.ts';
import { TopicTable } from './topic-table.ts';
import { FRAME, MAX_PRECISION, PACKET } from './wire.ts';

/*
 * Server -> client frames (docs/protocol.md). No socket, no clock, no logger. The layout of packets:
 *
 *   S  u16 topicId, u8 length + topic, u8 count, count x i32, 2 bytes, u16 multiplier, u8 precision, 3 x (u8 length + UTF-8)
 *   U  u16 topicId, u8 count, count x i32
 *   L  u16 topicId, i32 as many as the dictionary says
 *
 * A frame is walked once. What is whole before a malformed or unknown packet counts, what follows it does not.
 */

/** What the decoder hands out, in the order of the wire. States are views: valid until the callback returns. */
export interface DecoderSink<A> {
  control(response: ControlResponse): void;
  /** A snapshot arrived; `state.changed` is 0 when no value is new. Comes before its `tick`. */
  snapshot(state: HsmTopicState<A>): void;
  /** At least one field changed. */
  tick(state: HsmTopicState<A>): void;
  /** The server wants this acknowledged now. */
  ackDue(messageNumber: number): void;
  /** A snapshot has an invalid scale. Called for each one, before its `snapshot`. */
  oddScale?(topic: string, scale: OddScale): void;
}

/** `no_multiplier`: the multiplier is 0, which counts as 1. `unusable`: the snapshot was refused, the topic has no id any more. */
export type OddScale = 'no_multiplier' | 'unusable';

/** What the decoder met and did not use, and what it did. */
export interface DecoderCounters {
  dataFrames: number;
  packets: number;
  /** Frames of a type we do not know. */
  unknownFrames: number;
  /** Packets of a kind we do not know; the rest of their frame is lost with them. */
  unknownPackets: number;
  /** Frames and packets that end before they should, or do not fit together. */
  malformed: number;
  /** Updates for a topic id that no snapshot has bound. */
  unboundPackets: number;
  /** Snapshots with an impossible scale, of a topic kind we do not know, or of more topics than a connection can have. */
  refusedSnapshots: number;
}

const HEADER = 3;
const NUMBER_BYTES = 4;
/** Message number and packet count. */
const NUMBERED_HEADER = HEADER + NUMBER_BYTES + 2;
const PLAIN_HEADER = HEADER + 2;

/** Decodes one connection: topic ids, field order and acknowledgements belong to it and die with it. */
export class HsmDecoder<A> {
  readonly counters: DecoderCounters = {
    dataFrames: 0,
    packets: 0,
    unknownFrames: 0,
    unknownPackets: 0,
    malformed: 0,
    unboundPackets: 0,
    refusedSnapshots: 0,
  };
  readonly #sink: DecoderSink<A>;
  readonly #topics = new TopicTable<A>();
  #order: FieldOrder = DEFAULT_FIELD_ORDER;
  #ackEvery = 0;
  #framesSinceAck = 0;
  /** Whether frames carry a message number when `ackEvery` is 0: SDKs disagree. Unknown until a packet shows it. */
  #numbered: boolean | undefined;
  #heardAt = 0;
  #sinkError: { error: unknown } | undefined;

  constructor(sink: DecoderSink<A>) {
    this.#sink = sink;
  }

  /** The state of a topic that has been snapshotted on this connection. */
  state(topic: string): HsmTopicState<A> | undefined {
    return this.#topics.byName(topic);
  }

  /**
   * Decodes one socket message. Malformed input is counted, never thrown; an exception of the sink is rethrown once the
   * whole frame has been applied. @param receivedAt epoch milliseconds @param heardAt the same moment, monotonic
   */
  decode(bytes: Buffer, receivedAt: number, heardAt = 0): void {
    this.#heardAt = heardAt;
    const type = bytes.length >= HEADER ? (bytes[2] as number) : -1;
    if (type === FRAME.data) this.#decodeData(bytes, receivedAt);
    else if (isControlFrame(type)) this.#decodeControl(bytes);
    else if (type < 0) this.counters.malformed++;
    else this.counters.unknownFrames++;
    if (this.#sinkError !== undefined) {
      const { error } = this.#sinkError;
      this.#sinkError = undefined;
      throw error;
    }
  }

  #decodeControl(bytes: Buffer): void {
    const response = parseControlResponse(bytes);
    if (response === undefined) {
      this.counters.malformed++;
      return;
    }
    if (response.type === 'auth' && response.ok) {
      this.#order = response.fieldOrder;
      this.#ackEvery = response.ackEvery;
      this.#framesSinceAck = 0;
      if (!response.dictionaryValid) this.counters.malformed++;
    }
    this.#emit(() => this.#sink.control(response));
  }

  #decodeData(bytes: Buffer, receivedAt: number): void {
    const numbered = this.#ackEvery > 0 || this.#isNumbered(bytes);
    const header = numbered ? NUMBERED_HEADER : PLAIN_HEADER;
    if (numbered === undefined || bytes.length < header) {
      this.counters.malformed++;
    } else {
      this.counters.dataFrames++;
      this.#applyPackets(bytes, header, receivedAt);
    }
    if (this.#ackEvery > 0) this.#countForAck(bytes);
  }

  /** The server counts what it sent, so a frame that we cannot use counts too; one without a number leaves it to the next. */
  #countForAck(bytes: Buffer): void {
    if (++this.#framesSinceAck < this.#ackEvery || bytes.length < HEADER + NUMBER_BYTES) return;
    this.#framesSinceAck = 0;
    const messageNumber = bytes.readUInt32BE(HEADER);
    this.#emit(() => this.#sink.ackDue(messageNumber));
  }

  /**
   * With `ackEvery` 0 the right reading is the one whose packets end exactly at the end of the frame. A frame that fits
   * neither keeps the reading that held before; an empty one proves nothing for later.
   */
  #isNumbered(bytes: Buffer): boolean | undefined {
    const preferred = this.#numbered ?? true;
    for (let turn = 0; turn < 2; turn++) {
      const numbered = turn === 0 ? preferred : !preferred;
      const header = numbered ? NUMBERED_HEADER : PLAIN_HEADER;
      if (!this.#endsExactly(bytes, header)) continue;
      if (bytes.length > header) this.#numbered = numbered;
      return numbered;
    }
    return this.#numbered;
  }

  /** Whether the packets after a header of this size fill the frame. Changes nothing. */
  #endsExactly(bytes: Buffer, header: number): boolean {
    if (bytes.length < header) return false;
    let at = header;
    for (let left = bytes.readUInt16BE(header - 2); left > 0; left--) {
      at = this.#packetEnd(bytes, at);
      if (at < 0) return false;
    }
    return at === bytes.length;
  }

  /** Where the packet that starts here ends, or -1 when that is past the end or cannot be known. */
  #packetEnd(bytes: Buffer, at: number): number {
    const kind = bytes[at];
    if (kind === PACKET.update) {
      const end = at + 4 > bytes.length ? -1 : at + 4 + (bytes[at + 3] as number) * 4;
      return end > bytes.length ? -1 : end;
    }
    if (kind === PACKET.lite) return this.#liteEnd(bytes, at);
    return kind === PACKET.snapshot ? measureSnapshot(bytes, at) : -1;
  }

  /** A lite packet says neither its topic nor its size: without its binding it can be skipped only if both kinds agree. */
  #liteEnd(bytes: Buffer, at: number): number {
    if (at + 3 > bytes.length) return -1;
    const state = this.#topics.byId(bytes.readUInt16BE(at + 1));
    const { sf, if: index } = this.#order.liteCounts;
    const count = state ? this.#order.liteCounts[state.kind] : sf === index ? sf : undefined;
    const end = count === undefined ? -1 : at + 3 + count * 4;
    return end > bytes.length ? -1 : end;
  }

  #applyPackets(bytes: Buffer, header: number, receivedAt: number): void {
    let at = header;
    for (let left = bytes.readUInt16BE(header - 2); left > 0; left--) {
      const end = this.#packetEnd(bytes, at);
      if (end < 0) {
        this.#countUnusable(bytes[at]);
        return;
      }
      this.counters.packets++;
      if (bytes[at] === PACKET.snapshot) this.#applySnapshot(bytes, at, receivedAt);
      else this.#applyUpdate(bytes, at, end, receivedAt);
      at = end;
    }
    if (at !== bytes.length) this.counters.malformed++;
  }

  #countUnusable(kind: number | undefined): void {
    const known = kind === undefined || kind === PACKET.update || kind === PACKET.lite || kind === PACKET.snapshot;
    if (known) this.counters.malformed++;
    else this.counters.unknownPackets++;
  }

  /** Update and lite packets: the values of a bound topic, with and without their count. */
  #applyUpdate(bytes: Buffer, at: number, end: number, receivedAt: number): void {
    const state = this.#topics.byId(((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number));
    if (state === undefined) {
      this.counters.unboundPackets++;
      return;
    }
    state.receivedAt = receivedAt;
    state.heardAt = this.#heardAt;
    const valuesAt = bytes[at] === PACKET.update ? at + 4 : at + 3;
    state.changed = applyValues(state, this.#order.slots[state.kind], bytes, valuesAt, end);
    if (state.changed !== 0) this.#emitTick(state);
  }

  #applySnapshot(bytes: Buffer, at: number, receivedAt: number): void {
    const head = readSnapshotHead(bytes, at);
    const { topicId, topic, valuesAt, valuesEnd, precision } = head;
    // Live currency topics come with a multiplier of 0.
    const multiplier = head.multiplier || 1;
    const kind = topicKindOfName(topic);
    const isUsable = precision <= MAX_PRECISION;
    const known = this.#topics.byName(topic);
    const state = kind !== undefined && isUsable ? (known ?? this.#topics.add(topic, kind)) : undefined;
    if (state === undefined) {
      this.#refuseSnapshot(topicId, known);
      if (kind !== undefined && !isUsable) this.#emit(() => this.#sink.oddScale?.(topic, 'unusable'));
      return;
    }
    if (head.multiplier === 0) this.#emit(() => this.#sink.oddScale?.(topic, 'no_multiplier'));
    this.#topics.bind(topicId, state);
    const rescaled = known === undefined || state.multiplier !== multiplier || state.precision !== precision;
    // Values of another scale mean other prices: what this snapshot leaves out is unknown from here on.
    if (rescaled) state.known = 0;
    state.receivedAt = receivedAt;
    state.heardAt = this.#heardAt;
    state.multiplier = multiplier;
    state.precision = precision;
    const changed = applyValues(state, this.#order.slots[state.kind], bytes, valuesAt, valuesEnd);
    state.changed = rescaled ? ALL_SLOTS : changed;
    this.#emit(() => this.#sink.snapshot(state));
    if (state.changed !== 0) this.#emitTick(state);
  }

  /** Ends the bindings of the id and of the topic, whose values would be of an unknown scale now. */
  #refuseSnapshot(topicId: number, topic: HsmTopicState<A> | undefined): void {
    this.counters.refusedSnapshots++;
    this.#topics.release(topicId);
    if (topic !== undefined) this.#topics.unbind(topic);
  }

  #emitTick(state: HsmTopicState<A>): void {
    try {
      this.#sink.tick(state);
    } catch (error) {
      this.#sinkError ??= { error };
    }
  }

  #emit(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#sinkError ??= { error };
    }
  }
}
