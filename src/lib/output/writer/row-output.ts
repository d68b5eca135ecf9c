import { type Subscription, subscriptionKey } from '../../market/kinds.ts';
import type { RowBatch, Tick } from '../../market/tick.ts';
import { ByteBuffer } from '../rows/byte-buffer.ts';
import { type ControlRow, formatControlRow } from '../rows/control-rows.ts';
import type { RowEncoder, TimeFormat } from '../rows/encoder.ts';
import type { RowFilter } from '../rows/row-filter.ts';
import { CHUNK_FULL_BYTES, LARGE_CHUNK_BYTES } from './chunk-queue.ts';
import { type OutputWriter, SLOW_BYTES, type WriterEnd, type WriterEndOptions } from './output-writer.ts';

/** What the pipeline drives: rows of bytes, or a table. Ticks come in stream order. */
export interface RowOutput {
  /** This tick is a row. False when it becomes none after all, and so does not count. */
  tick(tick: Tick): boolean;
  /** These are rows, as they are. False when they have to come one by one. */
  batch?(batch: Pick<RowBatch, 'count' | 'bytes'>): boolean;
  /** A tick that is not a row now: filtered, conflated or dropped. The next row of it must show what changed here, too. */
  skip(tick: Tick): void;
  /** In place of `skip`: a tick that does not match, where only what matches now is shown. */
  leave?(tick: Tick): void;
  /** These may give rows from now on, where what has none yet is shown, too. */
  expect?(subscriptions: readonly Subscription[]): void;
  /** These give no more rows, where old ones would still be shown. */
  forget?(subscriptions: readonly Subscription[]): void;
  /** A row about the stream itself, where the format has such rows. False when there was no room for it. */
  control?(row: ControlRow): boolean;
  /** Writes out what is left. Calling again may only make it less patient. Throws `OUTPUT_FAILED`. */
  end(options: WriterEndOptions): Promise<WriterEnd>;
}

/** Control rows still fit when rows do not any more, up to here: they are few, but a break may last for days. */
const MAX_QUEUED_BYTES = SLOW_BYTES + 1024 * 1024;

/** Ticks as rows of bytes: an encoder in front of a writer. */
export class EncodedOutput {
  readonly #encoder: RowEncoder;
  readonly #writer: OutputWriter;
  readonly #time: TimeFormat;
  readonly #encoded = new ByteBuffer(0);
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

  batch(batch: Pick<RowBatch, 'count' | 'bytes'>): boolean {
    const bytes = this.#encoder.copiesRows ? batch.bytes : this.#encodeAll(batch.bytes);
    if (bytes === undefined) return false;
    if (!this.#begun) this.#begin();
    // Chunks are filled to the byte. Where a row is cut between two of them, both parts are committed when this returns.
    for (let at = 0; at < bytes.length; ) {
      const { buffer } = this.#writer;
      if (bytes.length - at > CHUNK_FULL_BYTES) buffer.reserve(LARGE_CHUNK_BYTES - buffer.length);
      const part = bytes.subarray(at, at + buffer.bytes.length - buffer.length);
      buffer.bytes.set(part, buffer.length);
      buffer.length += part.length;
      at += part.length;
      this.#writer.commit();
    }
    return true;
  }

  /** The rows of a batch as the encoder prints them; undefined when it needs a tick for each. Valid until the next. */
  #encodeAll(rows: Uint8Array): Uint8Array | undefined {
    this.#encoded.length = 0;
    if (this.#encoder.encodeRows?.(rows, this.#encoded) !== true) return undefined;
    return this.#encoded.bytes.subarray(0, this.#encoded.length);
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

/** Holds the row of each subscription back until the end, then gives them on in the order asked for, as they are by then. */
export class OrderedOutput implements RowOutput {
  readonly #inner: RowOutput;
  readonly #places: ReadonlyMap<string, number>;
  readonly #where: Pick<RowFilter, 'matches'> | undefined;
  readonly #ticks = new Set<Tick>();

  /** @param where judges the rows again at the end, when their values may be others */
  constructor(inner: RowOutput, order: readonly Subscription[], where?: Pick<RowFilter, 'matches'>) {
    this.#inner = inner;
    this.#where = where;
    this.#places = new Map(order.map((subscription, place) => [subscriptionKey(subscription), place]));
  }

  tick(tick: Tick): boolean {
    this.#ticks.add(tick);
    return true;
  }

  skip(tick: Tick): void {
    this.#inner.skip(tick);
  }

  end(options: WriterEndOptions): Promise<WriterEnd> {
    const place = (tick: Tick): number => this.#places.get(subscriptionKey(tick)) ?? this.#places.size;
    const ticks = [...this.#ticks].sort((a, b) => place(a) - place(b));
    this.#ticks.clear();
    for (const tick of ticks) if (this.#where?.matches(tick) !== false) this.#inner.tick(tick);
    return this.#inner.end(options);
  }
}
