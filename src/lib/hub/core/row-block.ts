import { ROW_TYPES } from '../../market/kinds.ts';
import { ByteBuffer } from '../../output/rows/byte-buffer.ts';
import type { RowEncoder } from '../../output/rows/encoder.ts';
import { appendIndex } from '../../rows/batch-index.ts';
import type { RowEncoding } from './client-queue.ts';
import { appendHeader, headerBytes, MAX_HEADER_BYTES, OPCODE, writeHeader } from './frames.ts';
import type { SharedTick } from './shared-ticks.ts';

/** Room for the rows of most turns, and for their index. */
const BUFFER_BYTES = 288 * 1024;
/** Buffers kept for reuse: more are only needed while clients are behind. */
const MAX_SPARE_BUFFERS = 8;
/** A frame of less is copied, so that a client that is behind does not keep a whole buffer for each. */
const LEAST_SHARED_BYTES = 32 * 1024;

/** Bytes that sockets write, and what is called as each has written them. */
export interface Frames {
  readonly bytes: Buffer;
  /** The rows of these, one each, in their order. */
  readonly ticks: readonly SharedTick[];
  /** Undefined where the bytes are not used again. */
  readonly written: ((error?: Error | null) => void) | undefined;
  /** Called once, with the number of sockets that call `written`. */
  sent(sockets: number): void;
}

/** Buffers in which frames are made. Those of large frames are used again once all sockets have written them. */
export class FrameBuffers {
  readonly #spare: ByteBuffer[] = [];

  take(): ByteBuffer {
    return this.#spare.pop() ?? new ByteBuffer(BUFFER_BYTES);
  }

  giveBack(buffer: ByteBuffer): void {
    if (buffer.bytes.length === BUFFER_BYTES && this.#spare.length < MAX_SPARE_BUFFERS) this.#spare.push(buffer);
  }

  /** Whole frames that stand in a buffer of `take`, which belongs to them from now on. */
  frames(buffer: ByteBuffer, begin: number, ticks: readonly SharedTick[]): Frames {
    const bytes = buffer.bytes.subarray(begin, buffer.length);
    if (bytes.length >= LEAST_SHARED_BYTES) return new SharedFrames(bytes, ticks, () => this.giveBack(buffer));
    this.giveBack(buffer);
    return { bytes: Buffer.from(bytes), ticks, written: undefined, sent: () => {} };
  }
}

class SharedFrames implements Frames {
  readonly bytes: Buffer;
  readonly ticks: readonly SharedTick[];
  readonly #free: () => void;
  #unwritten = 0;

  constructor(bytes: Buffer, ticks: readonly SharedTick[], free: () => void) {
    this.bytes = bytes;
    this.ticks = ticks;
    this.#free = free;
  }

  /** After an error the socket may still hold the bytes: they are not used again. */
  readonly written = (error?: Error | null): void => {
    if (!error) this.#count(-1);
  };

  sent(sockets: number): void {
    this.#count(sockets);
  }

  #count(sockets: number): void {
    this.#unwritten += sockets;
    if (this.#unwritten === 0) this.#free();
  }
}

const PREFIXES = Object.fromEntries(
  Object.entries(ROW_TYPES).map(([kind, type]) => [kind, Buffer.from(`{"type":"${type}","data":`)]),
) as Record<SharedTick['kind'], Buffer>;

/** The rows of one turn, one behind the other, and the frames that are made of all or some of them. */
export class RowBlock {
  readonly #buffers: FrameBuffers;
  /** Room for a frame's header stands in front. */
  #buffer: ByteBuffer;
  #ticks: SharedTick[] = [];
  /** Where each row ends, from the first row's begin. */
  #ends: number[] = [];
  #bytes = 0;

  constructor(buffers: FrameBuffers) {
    this.#buffers = buffers;
    this.#buffer = buffers.take();
  }

  get count(): number {
    return this.#ticks.length;
  }

  /** Of all rows. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Appends the row of a tick and returns its place. */
  add(tick: SharedTick, encoder: RowEncoder): number {
    const buffer = this.#buffer;
    // Behind the last whole row, whatever a failed encoder has left there.
    buffer.length = MAX_HEADER_BYTES + this.#bytes;
    encoder.encode(tick, buffer);
    this.#bytes = buffer.length - MAX_HEADER_BYTES;
    this.#ends.push(this.#bytes);
    return this.#ticks.push(tick) - 1;
  }

  /** Frames of the rows at these places, which are in order. */
  some(places: readonly number[], encoding: RowEncoding): Frames {
    const ticks = places.map((place) => this.#ticks[place] as SharedTick);
    return encoding === 'rows' ? this.#copyRows(places, ticks) : this.#makeTexts(places, ticks);
  }

  /** All rows in one binary message, without a copy. The block is empty afterwards. */
  takeAll(): Frames {
    const [buffer, ticks, ends, bytes] = [this.#buffer, this.#ticks, this.#ends, this.#bytes];
    this.#buffer = this.#buffers.take();
    this.clear();
    buffer.length = MAX_HEADER_BYTES + bytes;
    return this.#finish(buffer, ticks, ends);
  }

  clear(): void {
    this.#ticks = [];
    this.#ends = [];
    this.#bytes = 0;
  }

  /** Rows that stand side by side are copied together. */
  #copyRows(places: readonly number[], ticks: readonly SharedTick[]): Frames {
    const into = this.#buffers.take();
    into.length = MAX_HEADER_BYTES;
    const from = this.#buffer.bytes;
    into.reserve(this.#bytes);
    const { bytes } = into;
    const ends: number[] = [];
    let to = MAX_HEADER_BYTES;
    for (let at = 0; at < places.length; ) {
      const begin = this.#beginOf(places[at] as number);
      let end = begin;
      // Until a place is missing.
      do {
        end = this.#ends[places[at] as number] as number;
        ends.push(to - MAX_HEADER_BYTES + end - begin);
        at++;
      } while (at < places.length && places[at] === (places[at - 1] as number) + 1);
      bytes.set(new Uint8Array(from.buffer, from.byteOffset + MAX_HEADER_BYTES + begin, end - begin), to);
      to += end - begin;
    }
    into.length = to;
    return this.#finish(into, ticks, ends);
  }

  /** Adds the index of the rows and the header of the frame. */
  #finish(buffer: ByteBuffer, ticks: readonly SharedTick[], ends: readonly number[]): Frames {
    appendIndex(
      buffer,
      ticks.map(({ number }) => number),
      ends,
    );
    const payload = buffer.length - MAX_HEADER_BYTES;
    const begin = MAX_HEADER_BYTES - headerBytes(payload);
    writeHeader(buffer.bytes, begin, OPCODE.binary, payload);
    return this.#buffers.frames(buffer, begin, ticks);
  }

  /** One text message for each row: `{"type":T,"data":ROW}`. */
  #makeTexts(places: readonly number[], ticks: readonly SharedTick[]): Frames {
    const into = this.#buffers.take();
    into.length = 0;
    for (let at = 0; at < places.length; at++) {
      const place = places[at] as number;
      const begin = this.#beginOf(place);
      const length = (this.#ends[place] as number) - begin;
      const prefix = PREFIXES[(ticks[at] as SharedTick).kind];
      // The closing brace replaces the line end of the row.
      const payload = prefix.length + length;
      appendHeader(into, OPCODE.text, payload);
      into.reserve(payload);
      prefix.copy(into.bytes, into.length);
      const rowAt = MAX_HEADER_BYTES + begin;
      this.#buffer.bytes.copy(into.bytes, into.length + prefix.length, rowAt, rowAt + length);
      into.length += payload;
      into.bytes[into.length - 1] = '}'.charCodeAt(0);
    }
    return this.#buffers.frames(into, 0, ticks);
  }

  #beginOf(place: number): number {
    return place === 0 ? 0 : (this.#ends[place - 1] as number);
  }
}
