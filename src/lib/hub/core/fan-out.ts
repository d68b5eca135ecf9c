import { ByteBuffer } from '../../output/rows/byte-buffer.ts';
import type { RowEncoder } from '../../output/rows/encoder.ts';
import type { RowEncoding } from './client-queue.ts';
import type { HubSession } from './hub-session.ts';
import type { SharedTick } from './shared-ticks.ts';
import { FrameBuffers, type Frames, TurnRows } from './turn-rows.ts';

/** Clients that want the same rows in the same encoding: their frames are made once. */
export class Group {
  readonly key: string;
  readonly encoding: RowEncoding;
  readonly ticks: readonly SharedTick[];
  readonly members = new Set<HubSession>();
  /** The places of its rows among those of this turn. */
  #places: number[] = [];

  constructor(key: string, encoding: RowEncoding, ticks: readonly SharedTick[]) {
    this.key = key;
    this.encoding = encoding;
    this.ticks = ticks;
  }

  /** How many rows of this turn it wants. */
  get count(): number {
    return this.#places.length;
  }

  note(place: number): void {
    this.#places.push(place);
  }

  /** The places so far; there are none afterwards. */
  takePlaces(): readonly number[] {
    const places = this.#places;
    this.#places = [];
    return places;
  }
}

/** Returns how many clients still need the bytes. */
function send({ members }: Group, frames: Frames): number {
  let holders = 0;
  for (const { client } of members) if (client.queue?.send(frames.bytes, frames.ticks, frames.written)) holders++;
  return holders;
}

/**
 * The rows of a turn leave at its end, or when there are so many. A frame that fits into what the system holds for a socket, which is
 * 208 KiB on Linux, is written at once, and its buffer is used for the next group while the processor has it in its cache.
 */
const FULL_BYTES = 128 * 1024;
/** With one client there is nothing to gain from waiting: it reads while the next frame is made. */
const FULL_ALONE_BYTES = 64 * 1024;
/** Enough for any row. */
const ROW_BYTES = 4_096;

/** Brings rows to the clients that want them: each row is made once, each frame once for all clients that want the same. */
export class FanOut {
  readonly #encoder: RowEncoder;
  readonly #onFlushed: () => void;
  readonly #groups = new Map<string, Group>();
  readonly #groupOf = new Map<HubSession, Group>();
  readonly #buffers = new FrameBuffers();
  readonly #rows = new TurnRows(this.#buffers);
  /** The groups that want rows of this turn. */
  readonly #touched: Group[] = [];
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
    const rows = this.#rows;
    const place = rows.add(tick, this.#encoder);
    for (let at = 0; at < groups.length; at++) {
      const group = groups[at] as Group;
      if (group.count === 0) this.#touched.push(group);
      group.note(place);
    }
    if (rows.bytes >= FULL_ALONE_BYTES && (rows.bytes >= FULL_BYTES || this.#hasOneClient())) this.flush();
    if (this.#turnPending) return;
    this.#turnPending = true;
    setImmediate(this.#endTurn);
  }

  /** The last row as text, without its line end. The tick must have had one. */
  lastRow(tick: SharedTick): string {
    const row = this.#row;
    row.length = 0;
    this.#encoder.encode(tick, row);
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
      for (const tick of ticks) tick.groups = [...tick.groups, group];
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
    if (session.client.queue === undefined || ticks.length === 0) return;
    const { encoding } = session.client.queue;
    const group = new Group('', encoding, ticks);
    group.members.add(session);
    for (const tick of ticks) {
      group.note(this.#rows.add(tick, this.#encoder));
      if (this.#rows.bytes >= FULL_BYTES) this.#sendRows([group]);
    }
    this.#sendRows([group]);
  }

  /** A client that was behind has read everything: it gets the count of the rows that it missed, and the latest row of each. */
  catchUp(session: HubSession, at: number): void {
    this.flush();
    const { queue } = session.client;
    if (!queue?.isBehind) return;
    const { skipped, held, frames } = queue.catchUp();
    if (skipped > 0) session.client.send({ type: 'skipped', rows: skipped, at });
    this.#sendLast(
      session,
      held.filter((tick) => session.ticks.has(tick)),
    );
    for (const [key, frame] of frames) queue.sendLatest(key, frame);
  }

  /** Sends everything that waits for the end of the turn, so that the next message comes after it. */
  flush(): void {
    if (this.#rows.count === 0) return;
    this.#sendRows(this.#touched);
    this.#touched.length = 0;
    this.#onFlushed();
  }

  #hasOneClient(): boolean {
    return this.#touched.length === 1 && this.#touched[0]?.members.size === 1;
  }

  /** Sends each group its rows of this turn. Groups that want all of them share one frame. */
  #sendRows(groups: readonly Group[]): void {
    const rows = this.#rows;
    const all: Group[] = [];
    for (const group of groups) {
      if (group.encoding === 'rows' && group.count === rows.count) all.push(group);
      else if (group.count > 0) {
        const frames = rows.some(group.takePlaces(), group.encoding);
        frames.sent(send(group, frames));
      }
    }
    if (all.length === 0) {
      rows.clear();
      return;
    }
    // Last: the bytes of the rows themselves become the frame.
    const frames = rows.takeAll();
    let holders = 0;
    for (const group of all) {
      group.takePlaces();
      holders += send(group, frames);
    }
    frames.sent(holders);
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
    for (const tick of group.ticks) tick.groups = tick.groups.filter((other) => other !== group);
  }
}
