import { Duplex } from 'node:stream';

/** The socket of a client that reads only when it is told to. */
export class FakeDuplex extends Duplex {
  readonly writes: Buffer[] = [];
  #held: (() => void) | undefined;
  isReading = true;

  constructor() {
    super({ writableHighWaterMark: 16 * 1024 });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes.push(chunk);
    if (this.isReading) done();
    else this.#held = done;
  }

  /** Reads everything that waits, and goes on reading. */
  readOn(): void {
    this.isReading = true;
    const held = this.#held;
    this.#held = undefined;
    held?.();
  }

  /** All bytes that were read, or are being read. */
  get bytes(): Buffer {
    return Buffer.concat(this.writes);
  }
}
