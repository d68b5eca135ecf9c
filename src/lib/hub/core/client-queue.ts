import type { Duplex } from 'node:stream';
import type { SharedTick } from './shared-ticks.ts';

/** What one client may have queued before rows are left out. */
export const MAX_QUEUED_BYTES = 4 * 1024 * 1024;

/** How rows are written: NDJSON rows in a binary message, or one JSON text message for each. */
export type RowEncoding = 'rows' | 'json';

/**
 * A client's end of its connection. Whole WebSocket frames are written past the WebSocket's own queue: a frame is made once
 * for all clients that want it. A client that is 4 MiB behind misses rows until it has read everything; then the latest
 * row of each symbol that it missed follows.
 */
export class ClientQueue {
  readonly encoding: RowEncoding;
  readonly #socket: Duplex;
  readonly #held = new Set<SharedTick>();
  /** What to call when nothing is queued any more. */
  readonly #unwritten: (() => void)[] = [];
  /** The latest frames of other rows than ticks, by what they are about. */
  readonly #heldFrames = new Map<string, Buffer>();
  #heldRows = 0;
  #isBehind = false;
  #skipped = 0;
  rows = 0;
  /** Called when everything was read. */
  onDrained: () => void = () => {};

  /** @param socket of a WebSocket without compression, over which nothing but whole frames is written */
  constructor(socket: Duplex, encoding: RowEncoding) {
    this.#socket = socket;
    this.encoding = encoding;
    socket.on('drain', () => {
      // Another listener may have written more.
      if (socket.writableLength === 0) this.#noteWritten();
      this.onDrained();
    });
    socket.on('close', () => this.#noteWritten());
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  /** Whether rows are left out now. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** How many rows this client will never get. */
  get skipped(): number {
    return this.#skipped + this.#heldRows - this.heldRows;
  }

  /** How many rows wait as "the latest of its symbol". */
  get heldRows(): number {
    return this.#held.size + this.#heldFrames.size;
  }

  /**
   * Sends whole frames that hold the rows of these, one each, or notes that they were missed. Returns whether the socket still needs
   * the bytes: then `written` is called when it no longer does.
   */
  send(frame: Buffer, ticks: readonly SharedTick[], written?: () => void): boolean {
    const queued = this.#socket.writableLength;
    if (!this.#isBehind && queued > 0 && queued + frame.length > MAX_QUEUED_BYTES) this.#isBehind = true;
    if (this.#isBehind) {
      this.#hold(ticks);
      return false;
    }
    this.rows += ticks.length;
    this.#socket.write(frame);
    if (written === undefined || this.#socket.writableLength === 0) return false;
    this.#unwritten.push(written);
    return true;
  }

  /** Sends a frame with one row that is no tick. While the client is behind, the latest of each key is kept. */
  sendLatest(key: string, frame: Buffer): void {
    const queued = this.#socket.writableLength;
    if (!this.#isBehind && queued > 0 && queued + frame.length > MAX_QUEUED_BYTES) this.#isBehind = true;
    if (this.#isBehind) {
      this.#heldRows++;
      this.#heldFrames.set(key, frame);
      return;
    }
    this.rows++;
    this.#socket.write(frame);
  }

  /** The client wants no more frames of this key. */
  forgetLatest(key: string): void {
    this.#heldFrames.delete(key);
  }

  /** From now on rows are left out until everything queued was read. */
  giveUp(): void {
    if (this.#socket.writableLength > 0) this.#isBehind = true;
  }

  /** The client is no longer behind. Returns how many rows it missed, and what is to be sent now: ticks with their latest rows, and frames. */
  catchUp(): {
    readonly skipped: number;
    readonly held: readonly SharedTick[];
    readonly frames: ReadonlyMap<string, Buffer>;
  } {
    const held = [...this.#held];
    const frames = new Map(this.#heldFrames);
    const skipped = this.#heldRows - this.heldRows;
    this.#held.clear();
    this.#heldFrames.clear();
    this.#heldRows = 0;
    this.#isBehind = false;
    this.#skipped += skipped;
    return { skipped, held, frames };
  }

  /** The client wants no more rows of this tick. Rows that were left out before still count. */
  forget(tick: SharedTick): void {
    this.#held.delete(tick);
  }

  #noteWritten(): void {
    for (const written of this.#unwritten.splice(0)) written();
  }

  #hold(ticks: readonly SharedTick[]): void {
    this.#heldRows += ticks.length;
    for (const tick of ticks) this.#held.add(tick);
  }
}
