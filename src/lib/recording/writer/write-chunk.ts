import { ByteBuffer } from '../../output/rows/byte-buffer.ts';

/** Lines are written so many bytes at a time; in gzip files each is a member. */
export const WRITE_CHUNK_BYTES = 1024 * 1024;
/** A chunk is handed over here, so that the next line seldom makes it grow. */
const CHUNK_FULL_BYTES = WRITE_CHUNK_BYTES - 4 * 1024;
/** Spare chunks kept for reuse: as many as are filled before reading pauses. */
const MAX_SPARE = 4;

/** Whole lines on their way into a file. */
export interface WriteChunk {
  readonly lines: ByteBuffer;
  /** How many. */
  count: number;
}

export function isFull({ lines }: WriteChunk): boolean {
  return lines.length >= CHUNK_FULL_BYTES;
}

/** Chunks to fill, used again and again. */
export class ChunkPool {
  readonly #spare: ByteBuffer[] = [];

  take(): WriteChunk {
    return { lines: this.#spare.pop() ?? new ByteBuffer(WRITE_CHUNK_BYTES), count: 0 };
  }

  giveBack({ lines }: WriteChunk): void {
    lines.length = 0;
    if (lines.bytes.length === WRITE_CHUNK_BYTES && this.#spare.length < MAX_SPARE) this.#spare.push(lines);
  }
}

/** With so much not yet written the source should stop reading... */
const PRESSURE_ON_BYTES = 4 * 1024 * 1024;
/** ...until there is only so much. */
const PRESSURE_OFF_BYTES = 1024 * 1024;

/** How many bytes of rows wait to be written, over all files of a recording. */
export class Backlog {
  bytes = 0;
  isPressed = false;
  readonly #onPressure: (on: boolean) => void;

  constructor(onPressure: (on: boolean) => void) {
    this.#onPressure = onPressure;
  }

  add(bytes: number): void {
    this.bytes += bytes;
    if (!this.isPressed && this.bytes >= PRESSURE_ON_BYTES) this.#press(true);
  }

  remove(bytes: number): void {
    this.bytes -= bytes;
    if (this.isPressed && this.bytes <= PRESSURE_OFF_BYTES) this.#press(false);
  }

  #press(on: boolean): void {
    this.isPressed = on;
    this.#onPressure(on);
  }
}
