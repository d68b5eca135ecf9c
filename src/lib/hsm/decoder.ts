import { ALL_SLOTS } from '../market/tick.ts';
import { topicKindOfName } from '../market/topics.ts';
import { type ControlResponse, isControlFrame, parseControlResponse } from './control.ts';
import { DEFAULT_FIELD_ORDER, type FieldOrder, type SlotOrder } from './dictionary.ts';
import { HsmTopicState } from './topic-state.ts';
import { FRAME, MAX_PRECISION, NO_VALUE, PACKET } from './wire.ts';

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
  /** A snapshot arrived; `state.changed` is 0 when it tells nothing new. Comes before its `tick`. */
  snapshot(state: HsmTopicState<A>): void;
  /** At least one field changed. */
  tick(state: HsmTopicState<A>): void;
  /** The server wants this acknowledged now. */
  ackDue(messageNumber: number): void;
}

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
  /** Snapshots with an impossible scale or of a topic kind we do not know. */
  refusedSnapshots: number;
}

const HEADER = 3;
/** Message number and packet count. */
const NUMBERED_HEADER = HEADER + 6;
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
  readonly #states = new Map<string, HsmTopicState<A>>();
  /** By topic id. Ids are u16 and dense in practice. */
  readonly #bound: (HsmTopicState<A> | undefined)[] = [];
  #order: FieldOrder = DEFAULT_FIELD_ORDER;
  #ackEvery = 0;
  #framesSinceAck = 0;
  /** Whether frames carry a message number when `ackEvery` is 0: SDKs disagree. Unknown until a frame tells. */
  #numbered: boolean | undefined;
  #sinkError: { error: unknown } | undefined;

  constructor(sink: DecoderSink<A>) {
    this.#sink = sink;
  }

  /** The state of a topic that has been snapshotted on this connection. */
  state(topic: string): HsmTopicState<A> | undefined {
    return this.#states.get(topic);
  }

  /**
   * Decodes one socket message. Malformed input is counted, never thrown; an exception of the sink is rethrown once the
   * whole frame has been applied. @param receivedAt epoch milliseconds
   */
  decode(bytes: Buffer, receivedAt: number): void {
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
    if (response.type === 'auth') {
      this.#order = response.fieldOrder;
      this.#ackEvery = response.ackEvery;
      if (!response.dictionaryValid) this.counters.malformed++;
    }
    this.#emit(() => this.#sink.control(response));
  }

  #decodeData(bytes: Buffer, receivedAt: number): void {
    const numbered = this.#ackEvery > 0 || this.#isNumbered(bytes);
    const header = numbered ? NUMBERED_HEADER : PLAIN_HEADER;
    if (numbered === undefined || bytes.length < header) {
      this.counters.malformed++;
      return;
    }
    this.counters.dataFrames++;
    this.#applyPackets(bytes, header, bytes.readUInt16BE(header - 2), receivedAt);
    if (this.#ackEvery > 0 && ++this.#framesSinceAck >= this.#ackEvery) {
      this.#framesSinceAck = 0;
      const messageNumber = bytes.readUInt32BE(HEADER);
      this.#emit(() => this.#sink.ackDue(messageNumber));
    }
  }

  /** With `ackEvery` 0 the right reading is the one whose packets end exactly at the end of the frame. */
  #isNumbered(bytes: Buffer): boolean | undefined {
    const fits = (header: number): boolean =>
      bytes.length >= header && this.#walk(bytes, header, bytes.readUInt16BE(header - 2)) === bytes.length;
    const preferred = this.#numbered ?? true;
    if (fits(preferred ? NUMBERED_HEADER : PLAIN_HEADER)) this.#numbered = preferred;
    else if (fits(preferred ? PLAIN_HEADER : NUMBERED_HEADER)) this.#numbered = !preferred;
    return this.#numbered;
  }

  /** Where these packets end, or -1 when they pass the end or cannot be measured. Changes nothing. */
  #walk(bytes: Buffer, start: number, count: number): number {
    let at = start;
    for (let left = count; left > 0; left--) {
      const size = this.#packetSize(bytes, at);
      if (size < 0) return -1;
      at += size;
    }
    return at;
  }

  /** The size of the packet that starts here, or -1 when it passes the end or cannot be known. */
  #packetSize(bytes: Buffer, at: number): number {
    const kind = bytes[at];
    let end = -1;
    if (kind === PACKET.update) end = at + 4 > bytes.length ? -1 : at + 4 + (bytes[at + 3] as number) * 4;
    else if (kind === PACKET.lite) end = this.#liteEnd(bytes, at);
    else if (kind === PACKET.snapshot) end = snapshotEnd(bytes, at);
    return end < 0 || end > bytes.length ? -1 : end - at;
  }

  /** A lite packet says neither its topic nor its size: without its binding it can be skipped only if both kinds agree. */
  #liteEnd(bytes: Buffer, at: number): number {
    if (at + 3 > bytes.length) return -1;
    const state = this.#bound[bytes.readUInt16BE(at + 1)];
    const { sf, if: index } = this.#order.liteCounts;
    const count = state ? this.#order.liteCounts[state.kind] : sf === index ? sf : undefined;
    return count === undefined ? -1 : at + 3 + count * 4;
  }

  #applyPackets(bytes: Buffer, start: number, count: number, receivedAt: number): void {
    let at = start;
    for (let left = count; left > 0; left--) {
      const size = this.#packetSize(bytes, at);
      if (size < 0) {
        const kind = bytes[at];
        const known = kind === undefined || kind === PACKET.update || kind === PACKET.lite || kind === PACKET.snapshot;
        if (known) this.counters.malformed++;
        else this.counters.unknownPackets++;
        return;
      }
      this.counters.packets++;
      if (bytes[at] === PACKET.snapshot) this.#applySnapshot(bytes, at, receivedAt);
      else this.#applyUpdate(bytes, at, size, receivedAt);
      at += size;
    }
    if (at !== bytes.length) this.counters.malformed++;
  }

  /** Update and lite packets: the values of a bound topic, with and without their count. */
  #applyUpdate(bytes: Buffer, at: number, size: number, receivedAt: number): void {
    const state = this.#bound[((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)];
    if (state === undefined) {
      this.counters.unboundPackets++;
      return;
    }
    const valuesAt = bytes[at] === PACKET.update ? at + 4 : at + 3;
    state.receivedAt = receivedAt;
    state.changed = applyValues(state, this.#order.slots[state.kind], bytes, valuesAt, at + size);
    if (state.changed !== 0) this.#emitTick(state);
  }

  #applySnapshot(bytes: Buffer, at: number, receivedAt: number): void {
    const nameEnd = at + 4 + (bytes[at + 3] as number);
    const valuesAt = nameEnd + 1;
    const valuesEnd = valuesAt + (bytes[nameEnd] as number) * 4;
    const multiplier = bytes.readUInt16BE(valuesEnd + 2);
    const precision = bytes[valuesEnd + 4] as number;
    const topic = bytes.toString('latin1', at + 4, nameEnd);
    const kind = topicKindOfName(topic);
    if (kind === undefined || multiplier === 0 || precision > MAX_PRECISION) {
      this.counters.refusedSnapshots++;
      this.#bound[bytes.readUInt16BE(at + 1)] = undefined;
      return;
    }
    const known = this.#states.get(topic);
    const state = known ?? new HsmTopicState<A>(topic, kind);
    const rescaled = known === undefined || state.multiplier !== multiplier || state.precision !== precision;
    if (known === undefined) this.#states.set(topic, state);
    this.#bound[bytes.readUInt16BE(at + 1)] = state;
    state.receivedAt = receivedAt;
    state.multiplier = multiplier;
    state.precision = precision;
    readNames(state, bytes, valuesEnd + 5);
    const changed = applyValues(state, this.#order.slots[kind], bytes, valuesAt, valuesEnd);
    state.changed = rescaled ? ALL_SLOTS : changed;
    this.#emit(() => this.#sink.snapshot(state));
    if (state.changed !== 0) this.#emitTick(state);
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

/** Takes over the values that are there and says which slots changed. Reads only between `at` and `end`. */
function applyValues<A>(state: HsmTopicState<A>, slots: SlotOrder, bytes: Buffer, at: number, end: number): number {
  const { values } = state;
  let known = state.known;
  let changed = 0;
  for (let position = 0; at < end; position++, at += 4) {
    const raw =
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number);
    const slot = slots[position] as number;
    if (raw === NO_VALUE || slot < 0) continue;
    const bit = 1 << slot;
    if (values[slot] === raw && (known & bit) !== 0) continue;
    values[slot] = raw;
    known |= bit;
    changed |= bit;
  }
  state.known = known;
  return changed;
}

/** Where a snapshot packet ends, or -1 when a length in it passes the end of the frame. */
function snapshotEnd(bytes: Buffer, at: number): number {
  let end = at + 4;
  if (end > bytes.length) return -1;
  end += bytes[at + 3] as number;
  if (end >= bytes.length) return -1;
  end += 1 + (bytes[end] as number) * 4 + 5;
  for (let name = 0; name < 3; name++) {
    if (end >= bytes.length) return -1;
    end += 1 + (bytes[end] as number);
  }
  return end;
}

function readNames<A>(state: HsmTopicState<A>, bytes: Buffer, start: number): void {
  let at = start;
  const next = (): string => {
    const end = at + 1 + (bytes[at] as number);
    const text = bytes.toString('utf8', at + 1, end);
    at = end;
    return text;
  };
  state.exchange = next();
  state.exchangeToken = next();
  state.tradingSymbol = next();
}
