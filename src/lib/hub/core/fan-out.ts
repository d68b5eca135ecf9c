import { ROW_TYPES } from '../../market/kinds.ts';
import { ByteBuffer } from '../../output/rows/byte-buffer.ts';
import type { RowEncoder } from '../../output/rows/encoder.ts';
import type { RowEncoding } from './client-queue.ts';
import { appendHeader, headerBytes, MAX_HEADER_BYTES, OPCODE, writeHeader } from './frames.ts';
import type { HubSession } from './hub-session.ts';
import type { SharedTick } from './shared-ticks.ts';

/** Turns rows of one turn into frames. */
interface Framer {
  /** Appends one NDJSON row, line end included. */
  add(row: ByteBuffer, tick: SharedTick): void;
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

  add(row: ByteBuffer, tick: SharedTick): void {
    const buffer = this.#buffer;
    const prefix = PREFIXES[tick.kind];
    // The closing brace replaces the line end of the row.
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
  readonly ticks: readonly SharedTick[];
  readonly members = new Set<HubSession>();
  readonly #framer: Framer;
  /** The ticks of the rows in the framer. */
  #pending: SharedTick[] = [];

  constructor(key: string, encoding: RowEncoding, ticks: readonly SharedTick[]) {
    this.key = key;
    this.ticks = ticks;
    this.#framer = createFramer(encoding);
  }

  get pendingBytes(): number {
    return this.#framer.bytes;
  }

  add(tick: SharedTick, row: ByteBuffer): void {
    this.#framer.add(row, tick);
    this.#pending.push(tick);
  }

  flush(): void {
    if (this.#pending.length === 0) return;
    const pending = this.#pending;
    this.#pending = [];
    const frame = this.#framer.take();
    for (const session of this.members) session.client.queue?.send(frame, pending);
  }
}

/** A group's rows leave at the end of the turn, or when there are so many. */
const FULL_BYTES = 256 * 1024;
/** Enough for any row. */
const ROW_BYTES = 4_096;

/** Brings rows to the clients that want them: each row is made once, each frame once for all clients that want the same. */
export class FanOut {
  readonly #encoder: RowEncoder;
  readonly #onFlushed: () => void;
  readonly #groups = new Map<string, Group>();
  readonly #groupOf = new Map<HubSession, Group>();
  readonly #touched = new Set<Group>();
  readonly #row = new ByteBuffer(ROW_BYTES);
  #turnPending = false;

  /** @param onFlushed called after frames were handed to sockets */
  constructor(encoder: RowEncoder, onFlushed: () => void) {
    this.#encoder = encoder;
    this.#onFlushed = onFlushed;
  }

  tick(tick: SharedTick): void {
    const { groups } = tick;
    if (groups.length === 0) {
      this.#encoder.skip(tick);
      return;
    }
    const row = this.#encode(tick);
    for (let at = 0; at < groups.length; at++) {
      const group = groups[at] as Group;
      group.add(tick, row);
      this.#touched.add(group);
      if (group.pendingBytes >= FULL_BYTES) this.#flushGroup(group);
    }
    if (this.#turnPending) return;
    this.#turnPending = true;
    setImmediate(this.#endTurn);
  }

  /** The last row as text, without its line end. The tick must have had one. */
  lastRow(tick: SharedTick): string {
    const row = this.#encode(tick);
    return row.bytes.toString('utf8', 0, row.length - 1);
  }

  /** Moves a session to the group that has its subscriptions. */
  regroup(session: HubSession): void {
    this.flush();
    this.#leave(session);
    const { queue } = session.client;
    if (queue === undefined || session.isClosed || session.ticks.size === 0) return;
    const ticks = [...session.ticks].sort((a, b) => a.id - b.id);
    const key = `${queue.encoding} ${ticks.map(({ id }) => id).join(' ')}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = new Group(key, queue.encoding, ticks);
      this.#groups.set(key, group);
      for (const tick of ticks) tick.groups.push(group);
    }
    group.members.add(session);
    this.#groupOf.set(session, group);
  }

  /** Sends a session the last rows of ticks that are new to it, if they are current. */
  welcome(session: HubSession, ticks: readonly SharedTick[]): void {
    this.flush();
    this.#sendLast(
      session,
      ticks.filter(({ hasRow, isLive }) => hasRow && isLive),
    );
  }

  #sendLast(session: HubSession, ticks: readonly SharedTick[]): void {
    const { queue } = session.client;
    if (queue === undefined || ticks.length === 0) return;
    const framer = createFramer(queue.encoding);
    let sent: SharedTick[] = [];
    for (const tick of ticks) {
      framer.add(this.#encode(tick), tick);
      sent.push(tick);
      if (framer.bytes < FULL_BYTES) continue;
      queue.send(framer.take(), sent);
      sent = [];
    }
    if (sent.length > 0) queue.send(framer.take(), sent);
  }

  /** A client that was behind has read everything: it gets the count of the rows that it missed, and the latest row of each. */
  catchUp(session: HubSession, at: number): void {
    this.flush();
    const { queue } = session.client;
    if (!queue?.isBehind) return;
    const { skipped, held } = queue.catchUp();
    if (skipped > 0) session.client.send({ type: 'skipped', rows: skipped, at });
    this.#sendLast(
      session,
      held.filter((tick) => session.ticks.has(tick)),
    );
  }

  /** Sends everything that waits for the end of the turn, so that the next message comes after it. */
  flush(): void {
    if (this.#touched.size === 0) return;
    for (const group of this.#touched) group.flush();
    this.#touched.clear();
    this.#onFlushed();
  }

  #encode(tick: SharedTick): ByteBuffer {
    this.#row.length = 0;
    this.#encoder.encode(tick, this.#row);
    return this.#row;
  }

  #flushGroup(group: Group): void {
    group.flush();
    this.#onFlushed();
  }

  readonly #endTurn = (): void => {
    this.#turnPending = false;
    this.flush();
  };

  #leave(session: HubSession): void {
    const group = this.#groupOf.get(session);
    if (group === undefined) return;
    this.#groupOf.delete(session);
    group.members.delete(session);
    if (group.members.size > 0) return;
    this.#groups.delete(group.key);
    for (const tick of group.ticks) tick.groups.splice(tick.groups.indexOf(group), 1);
  }
}
