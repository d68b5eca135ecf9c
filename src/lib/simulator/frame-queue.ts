import type { WebSocket } from 'ws';
import type { Clock, Timer } from '../clock/clock.ts';
import { DataFrameWriter } from '../hsm/data-frame.ts';
import type { FaultState } from './fault-state.ts';

/** Above this a client reads slowly: what changes is kept, one state a topic, and sent when this has drained. */
const MAX_QUEUED_BYTES = 1024 * 1024;
/** A client that reads nothing at all, but asks for answers, is cut off. */
const MAX_UNREAD_ANSWER_BYTES = 8 * 1024 * 1024;
/** Over 65,535, so that full frames show a length prefix that wraps. */
const FRAME_CAPACITY = 96 * 1024;
const MAX_WRITERS = 6;
/** A frame up to this is copied, so that its buffer is free at once: many small ones may leave in one turn. */
const COPY_UP_TO = 16 * 1024;
/** Pieces of a message under the fault `split`. */
const FRAGMENTS = 3;

interface Delayed {
  readonly bytes: Buffer;
  /** By the monotonic clock. Never before the one that was sent before it. */
  readonly dueAt: number;
}

/** The way out to one client: a few reused buffers, a bounded queue, and faults of transport. */
export class FrameQueue {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #faults: FaultState;
  readonly #drained: () => void;
  readonly #idle: DataFrameWriter[] = [];
  readonly #delayed: Delayed[] = [];
  #due: Timer | undefined;
  #writers = 0;
  #delayedBytes = 0;
  #waiting = false;
  /** Nothing goes out any more, and the socket stays open. */
  mute = false;

  /** @param drained called when there is room again after there was none */
  constructor(socket: WebSocket, clock: Clock, faults: FaultState, drained: () => void) {
    this.#socket = socket;
    this.#clock = clock;
    this.#faults = faults;
    this.#drained = drained;
  }

  /** What waits to be sent. */
  get queuedBytes(): number {
    return this.#socket.bufferedAmount + this.#delayedBytes;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** A buffer to build a data frame in; `undefined` when the client reads slowly: `drained` follows. */
  take(): DataFrameWriter | undefined {
    if (!this.isOpen) return undefined;
    if (this.queuedBytes > MAX_QUEUED_BYTES) {
      this.#waiting = true;
      return undefined;
    }
    const writer = this.#idle.pop();
    if (writer !== undefined) return writer;
    if (this.#writers < MAX_WRITERS) {
      this.#writers++;
      return new DataFrameWriter(FRAME_CAPACITY);
    }
    this.#waiting = true;
    return undefined;
  }

  giveBack(writer: DataFrameWriter): void {
    this.#idle.push(writer);
  }

  /** Sends the frame a writer has finished, and takes the writer back when its bytes have left. */
  sendFrame(writer: DataFrameWriter, frame: Buffer): void {
    const isDelayed = this.#faults.delayMs > 0 || this.#delayed.length > 0;
    if (!isDelayed && frame.length > COPY_UP_TO) {
      this.#write(frame, () => this.#release(writer));
      return;
    }
    this.#idle.push(writer);
    this.send(Buffer.from(frame));
  }

  /** Sends bytes that are not reused: an answer, or a frame made by hand. */
  send(bytes: Buffer): void {
    if (this.queuedBytes > MAX_UNREAD_ANSWER_BYTES) this.#socket.terminate();
    else if (this.#faults.delayMs > 0 || this.#delayed.length > 0) this.#delay(bytes);
    else this.#write(bytes, () => this.#release(undefined));
  }

  /** Takes back what is still delayed. */
  discard(): void {
    this.#due?.cancel();
    this.#due = undefined;
    this.#delayed.length = 0;
    this.#delayedBytes = 0;
  }

  #delay(bytes: Buffer): void {
    const dueAt = this.#clock.monotonic() + this.#faults.delayMs;
    this.#delayed.push({ bytes, dueAt: Math.max(dueAt, this.#delayed.at(-1)?.dueAt ?? 0) });
    this.#delayedBytes += bytes.length;
    if (this.#due === undefined) this.#awaitDue();
  }

  #awaitDue(): void {
    const next = this.#delayed[0];
    if (next === undefined) return;
    this.#due = this.#clock.after(Math.max(0, next.dueAt - this.#clock.monotonic()), () => {
      this.#due = undefined;
      const now = this.#clock.monotonic();
      const ready = this.#delayed.findIndex(({ dueAt }) => dueAt > now);
      for (const { bytes } of this.#delayed.splice(0, ready < 0 ? this.#delayed.length : ready)) {
        this.#delayedBytes -= bytes.length;
        this.#write(bytes, () => this.#release(undefined));
      }
      if (this.#due === undefined) this.#awaitDue();
    });
  }

  #write(bytes: Buffer, done: () => void): void {
    if (this.mute || !this.isOpen) {
      done();
      return;
    }
    // A failed write means a closed socket, which has its own event.
    if (!this.#faults.split || bytes.length < FRAGMENTS) {
      this.#socket.send(bytes, done);
      return;
    }
    const size = Math.ceil(bytes.length / FRAGMENTS);
    for (let at = 0; at < bytes.length; at += size) {
      const isLast = at + size >= bytes.length;
      this.#socket.send(bytes.subarray(at, at + size), { fin: isLast, binary: true }, isLast ? done : undefined);
    }
  }

  #release(writer: DataFrameWriter | undefined): void {
    if (writer !== undefined) this.#idle.push(writer);
    if (!this.#waiting || this.queuedBytes > MAX_QUEUED_BYTES / 2) return;
    this.#waiting = false;
    this.#drained();
  }
}
