import { ROW_TYPES } from '../../market/kinds.ts';
import { ByteBuffer } from '../../output/rows/byte-buffer.ts';
import type { RowEncoding } from './client-queue.ts';
import { appendHeader, headerBytes, MAX_HEADER_BYTES, OPCODE, writeHeader } from './frames.ts';
import type { HubSession } from './hub-session.ts';
import type { SharedTick } from './shared-tick.ts';

/** Turns rows of one turn into frames. */
interface Framer {
  /** Appends one NDJSON row, line end included. */
  add(row: ByteBuffer, entry: SharedTick): void;
  readonly bytes: number;
  /** What was added as one piece of whole frames; the framer is empty then. */
  take(): Buffer;
}

/** All rows in one binary message. */
class RowsFramer implements Framer {
  /** Room for a header stands in front. */
  readonly #buffer = new ByteBuffer();

  constructor() {
    this.#buffer.length = MAX_HEADER_BYTES;
  }

  get bytes(): number {
    return this.#buffer.length;
  }

  add(row: ByteBuffer): void {
    const buffer = this.#buffer;
    buffer.reserve(row.length);
    row.bytes.copy(buffer.bytes, buffer.length, 0, row.length);
    buffer.length += row.length;
  }

  take(): Buffer {
    const buffer = this.#buffer;
    const payload = buffer.length - MAX_HEADER_BYTES;
    const begin = MAX_HEADER_BYTES - headerBytes(payload);
    writeHeader(buffer.bytes, begin, OPCODE.binary, payload);
    const frame = Buffer.from(buffer.bytes.subarray(begin, buffer.length));
    buffer.length = MAX_HEADER_BYTES;
    return frame;
  }
}

const PREFIXES = Object.fromEntries(
  Object.entries(ROW_TYPES).map(([kind, type]) => [kind, Buffer.from(`{"type":"${type}","data":`)]),
) as Record<SharedTick['kind'], Buffer>;

/** One text message for each row: `{"type":T,"data":ROW}`. */
class JsonFramer implements Framer {
  readonly #buffer = new ByteBuffer();

  get bytes(): number {
    return this.#buffer.length;
  }

  add(row: ByteBuffer, entry: SharedTick): void {
    const buffer = this.#buffer;
    const prefix = PREFIXES[entry.kind];
    // The row's line end gives its place to the closing brace.
    const payload = prefix.length + row.length;
    appendHeader(buffer, OPCODE.text, payload);
    buffer.reserve(payload);
    prefix.copy(buffer.bytes, buffer.length);
    row.bytes.copy(buffer.bytes, buffer.length + prefix.length, 0, row.length);
    buffer.length += payload;
    buffer.bytes[buffer.length - 1] = '}'.charCodeAt(0);
  }

  take(): Buffer {
    const frames = Buffer.from(this.#buffer.bytes.subarray(0, this.#buffer.length));
    this.#buffer.length = 0;
    return frames;
  }
}

export function createFramer(encoding: RowEncoding): Framer {
  return encoding === 'rows' ? new RowsFramer() : new JsonFramer();
}

/** Clients that want the same rows in the same encoding: their frames are made once. */
export class Group {
  readonly key: string;
  readonly entries: readonly SharedTick[];
  readonly members = new Set<HubSession>();
  readonly #framer: Framer;
  /** The ticks of the rows in the framer. */
  #pending: SharedTick[] = [];

  constructor(key: string, encoding: RowEncoding, entries: readonly SharedTick[]) {
    this.key = key;
    this.entries = entries;
    this.#framer = createFramer(encoding);
  }

  get pendingBytes(): number {
    return this.#framer.bytes;
  }

  add(entry: SharedTick, row: ByteBuffer): void {
    this.#framer.add(row, entry);
    this.#pending.push(entry);
  }

  flush(): void {
    if (this.#pending.length === 0) return;
    const pending = this.#pending;
    this.#pending = [];
    const frame = this.#framer.take();
    for (const session of this.members) session.client.queue?.send(frame, pending);
  }
}
