import type { Tick } from '../../market/tick.ts';
import { type ControlRow, formatControlRow } from '../rows/control-rows.ts';
import type { RowEncoder, TimeFormat } from '../rows/encoder.ts';
import { type OutputWriter, SLOW_BYTES, type WriterEnd, type WriterEndOptions } from './output-writer.ts';

/** Control rows still fit when rows do not any more, up to here: they are few, but a break may last for days. */
const MAX_QUEUED_BYTES = SLOW_BYTES + 1024 * 1024;

/** Ticks as rows of bytes: an encoder in front of a writer. */
export class EncodedOutput {
  readonly #encoder: RowEncoder;
  readonly #writer: OutputWriter;
  readonly #time: TimeFormat;
  #begun = false;

  constructor(encoder: RowEncoder, writer: OutputWriter, time: TimeFormat) {
    this.#encoder = encoder;
    this.#writer = writer;
    this.#time = time;
  }

  tick(tick: Tick): boolean {
    if (!this.#begun) this.#begin();
    try {
      this.#encoder.encode(tick, this.#writer.buffer);
    } catch (error) {
      // Half a row must never leave.
      this.#writer.rollback();
      throw error;
    }
    this.#writer.commit();
    return true;
  }

  skip(tick: Tick): void {
    this.#encoder.skip(tick);
  }

  control(row: ControlRow): boolean {
    if (this.#writer.queuedBytes >= MAX_QUEUED_BYTES) return false;
    this.#writer.buffer.appendText(formatControlRow(row, this.#time));
    this.#writer.commit();
    return true;
  }

  /** A header stands above no rows, too: an empty table still has its columns. */
  end(options: WriterEndOptions): Promise<WriterEnd> {
    if (!this.#begun) this.#begin();
    return this.#writer.end(options);
  }

  #begin(): void {
    this.#begun = true;
    if (this.#encoder.header === '') return;
    this.#writer.buffer.appendText(this.#encoder.header);
    this.#writer.commit();
  }
}
