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
/** Pieces of a message under the fault `split`. */
const FRAGMENTS = 3;

interface Delayed {
  readonly bytes: Buffer;
  readonly due: Timer;
}

/** The way out to one client: a few reused buffers, a bounded queue, and faults of transport. */
export class Outlet {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #faults: FaultState;
  readonly #drained: () => void;
  readonly #idle: DataFrameWriter[] = [];
  readonly #delayed = new Set<Delayed>();
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

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** A buffer to build a data frame in; `undefined` when the client reads slowly: `drained` follows. */
  take(): DataFrameWriter | undefined {
    if (!this.isOpen) return undefined;
    if (this.#socket.bufferedAmount + this.#delayedBytes > MAX_QUEUED_BYTES) {
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
    if (this.#faults.delayMs > 0 || this.#delayed.size > 0) {
      this.#delay(Buffer.from(frame));
      this.#release(writer);
    } else this.#write(frame, () => this.#release(writer));
  }

  /** Sends bytes that nobody reuses: an answer, a hand-made frame. */
  send(bytes: Buffer): void {
    if (this.#socket.bufferedAmount + this.#delayedBytes > MAX_UNREAD_ANSWER_BYTES) this.#socket.terminate();
    else if (this.#faults.delayMs > 0 || this.#delayed.size > 0) this.#delay(bytes);
    else this.#write(bytes, () => this.#release(undefined));
  }

  /** Takes back what is still delayed. */
  discard(): void {
    for (const { due } of this.#delayed) due.cancel();
    this.#delayed.clear();
    this.#delayedBytes = 0;
  }

  #delay(bytes: Buffer): void {
    this.#delayedBytes += bytes.length;
    const delayed: Delayed = {
      bytes,
      due: this.#clock.after(this.#faults.delayMs, () => {
        this.#delayed.delete(delayed);
        this.#delayedBytes -= bytes.length;
        this.#write(bytes, () => this.#release(undefined));
      }),
    };
    this.#delayed.add(delayed);
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
    if (!this.#waiting || this.#socket.bufferedAmount + this.#delayedBytes > MAX_QUEUED_BYTES / 2) return;
    this.#waiting = false;
    this.#drained();
  }
}
