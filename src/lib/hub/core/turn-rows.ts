import { ROW_TYPES } from '../../market/kinds.ts';
import { ByteBuffer } from '../../output/rows/byte-buffer.ts';
import type { RowEncoder } from '../../output/rows/encoder.ts';
import { appendIndex } from '../../rows/batch-index.ts';
import type { RowEncoding } from './client-queue.ts';
import { appendHeader, headerBytes, MAX_HEADER_BYTES, OPCODE, writeHeader } from './frames.ts';
import type { SharedTick } from './shared-ticks.ts';

/** Room for the rows of one frame, and for their index. */
const BUFFER_BYTES = 160 * 1024;
/** How many buffers are used again, one for the frame of each group of clients. Memory that is never written to costs nothing. */
const BUFFERS = 64;
/**
 * A smaller frame is copied, so that a client that is behind does not keep a whole buffer for each. This is more than a stream takes
 * without asking to wait, so it reports when it has written a larger one.
 */
const LEAST_SHARED_BYTES = 32 * 1024;

/** Bytes that sockets write. */
export interface Frames {
  readonly bytes: Buffer;
  /** The rows of these, one each, in their order. */
  readonly ticks: readonly SharedTick[];
  /** Called for each client once it no longer needs the bytes; undefined where their memory is not used again. */
  readonly written: (() => void) | undefined;
  /** Called once, with the number of clients for which `written` will be called. */
  sent(holders: number): void;
}

class PartBuffer extends ByteBuffer {
  readonly part: Buffer;

  constructor(part: Buffer) {
    super(0);
    this.part = part;
  }
}

/**
 * Buffers in which frames are made. Those of large frames are used again once all sockets have written them. All are parts of one:
 * rows are copied within it, because a copy between two needs an object for each run of rows, and costs twice the time.
 */
export class FrameBuffers {
  readonly #whole = Buffer.allocUnsafeSlow(BUFFERS * BUFFER_BYTES);
  readonly #spare: ByteBuffer[] = [];

  constructor() {
    for (let at = BUFFERS - 1; at >= 0; at--) {
      this.giveBack(new PartBuffer(this.#whole.subarray(at * BUFFER_BYTES, (at + 1) * BUFFER_BYTES)));
    }
  }

  /** A buffer of its own memory when all others are in use, as they may be while clients are behind. */
  take(): ByteBuffer {
    return this.#spare.pop() ?? new ByteBuffer(BUFFER_BYTES);
  }

  giveBack(buffer: ByteBuffer): void {
    if (!(buffer instanceof PartBuffer)) return;
    // It may have had to grow.
    buffer.bytes = buffer.part;
    this.#spare.push(buffer);
  }

  /** Copies bytes from one buffer to another that has room for them. */
  copy(from: ByteBuffer, begin: number, end: number, into: ByteBuffer, at: number): void {
    if (this.#isPart(from) && this.#isPart(into)) {
      const offset = from.bytes.byteOffset;
      this.#whole.copyWithin(into.bytes.byteOffset + at, offset + begin, offset + end);
    } else from.bytes.copy(into.bytes, at, begin, end);
  }

  #isPart({ bytes }: ByteBuffer): boolean {
    return bytes.buffer === this.#whole.buffer;
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
  #holders = 0;

  constructor(bytes: Buffer, ticks: readonly SharedTick[], free: () => void) {
    this.bytes = bytes;
    this.ticks = ticks;
    this.#free = free;
  }

  readonly written = (): void => this.#count(-1);

  sent(holders: number): void {
    this.#count(holders);
  }

  #count(change: number): void {
    this.#holders += change;
    if (this.#holders === 0) this.#free();
  }
}

const PREFIXES = Object.fromEntries(
  Object.entries(ROW_TYPES).map(([kind, type]) => [kind, Buffer.from(`{"type":"${type}","data":`)]),
) as Record<SharedTick['kind'], Buffer>;

/** The rows of one turn, one behind the other, and the frames that are made of all or some of them. */
export class TurnRows {
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

  /** All rows in one binary message, without a copy. There are none afterwards. */
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
    into.reserve(this.#bytes);
    const ends = new Array<number>(places.length);
    let to = MAX_HEADER_BYTES;
    for (let at = 0; at < places.length; ) {
      const begin = this.#beginOf(places[at] as number);
      let end = begin;
      // Until a place is missing.
      do {
        end = this.#ends[places[at] as number] as number;
        ends[at++] = to - MAX_HEADER_BYTES + end - begin;
      } while (at < places.length && places[at] === (places[at - 1] as number) + 1);
      this.#buffers.copy(this.#buffer, MAX_HEADER_BYTES + begin, MAX_HEADER_BYTES + end, into, to);
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
      this.#buffers.copy(this.#buffer, rowAt, rowAt + length, into, into.length + prefix.length);
      into.length += payload;
      into.bytes[into.length - 1] = '}'.charCodeAt(0);
    }
    return this.#buffers.frames(into, 0, ticks);
  }

  #beginOf(place: number): number {
    return place === 0 ? 0 : (this.#ends[place - 1] as number);
  }
}
