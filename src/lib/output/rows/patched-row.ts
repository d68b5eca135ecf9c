import { ALL_SLOTS, type Tick, type TopicState } from '../../market/tick.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import type { CellWriter } from './cell-writer.ts';
import { copyBytes } from './number-writer.ts';
import type { MultiSlotCell, RowLayout } from './row-layout.ts';

/**
 * The last row of one subscription as bytes. A new row writes only the cells that changed: over the old digits where the width
 * is the same, else the rest of the row moves.
 */
export class PatchedRow {
  readonly #layout: RowLayout;
  #writers: readonly CellWriter[];
  /** Holds the longest row there can be. */
  readonly #bytes: Uint8Array;
  /** Where each cell's value begins, and how wide it is. */
  readonly #starts: Int32Array;
  readonly #widths: Int32Array;
  #length = 0;
  #state: TopicState | undefined;
  #receivedAt = 0;
  /** Slots that changed since the row was written. */
  #stale = ALL_SLOTS;

  constructor(layout: RowLayout, tick: Tick) {
    this.#layout = layout;
    const { writers } = layout;
    this.#writers = writers;
    this.#starts = new Int32Array(writers.length);
    this.#widths = new Int32Array(writers.length);
    this.#bytes = new Uint8Array(writers.reduce((sum, writer) => sum + writer.textBytes(tick), layout.maxBytes));
  }

  /** Marks the slots of a tick that is not printed as stale. */
  skip(tick: Tick): void {
    this.#markStale(tick.state);
  }

  append(tick: Tick, into: ByteBuffer): void {
    this.#markStale(tick.state);
    this.#update(tick);
    const bytes = this.#bytes;
    into.reserve(bytes.length);
    into.bytes.set(bytes, into.length);
    into.length += this.#length;
  }

  /** Another state object is another connection: the whole old row is stale. */
  #markStale(state: TopicState): void {
    if (state === this.#state) {
      this.#stale |= state.changed;
      return;
    }
    this.#stale = ALL_SLOTS;
    this.#state = state;
    this.#writers = state.columns === undefined ? this.#layout.writers : this.#layout.rawRowWriters();
  }

  /** Rewrites the stale cells. */
  #update(tick: Tick): void {
    const stale = this.#stale;
    this.#stale = 0;
    if (this.#length === 0) {
      this.#writeWhole(tick);
      return;
    }
    const { bySlot, multiSlotCells, receivedAtCells } = this.#layout;
    for (let rest = stale; rest !== 0; rest &= rest - 1) {
      const cells = bySlot[31 - Math.clz32(rest & -rest)] as readonly number[];
      for (let at = 0; at < cells.length; at++) this.#patch(cells[at] as number, tick);
    }
    for (let at = 0; at < multiSlotCells.length; at++) {
      const { cell, slots } = multiSlotCells[at] as MultiSlotCell;
      if ((stale & slots) !== 0) this.#patch(cell, tick);
    }
    if (tick.state.receivedAt === this.#receivedAt) return;
    this.#receivedAt = tick.state.receivedAt;
    for (let at = 0; at < receivedAtCells.length; at++) this.#patch(receivedAtCells[at] as number, tick);
  }

  #writeWhole(tick: Tick): void {
    const { texts } = this.#layout;
    const writers = this.#writers;
    const bytes = this.#bytes;
    let at = 0;
    for (let cell = 0; cell < writers.length; cell++) {
      const text = texts[cell] as Uint8Array;
      copyBytes(text, text.length, bytes, at);
      at += text.length;
      const writer = writers[cell] as CellWriter;
      const width = writer.prepare(tick);
      writer.write(bytes, at);
      this.#starts[cell] = at;
      this.#widths[cell] = width;
      at += width;
    }
    const end = texts[writers.length] as Uint8Array;
    copyBytes(end, end.length, bytes, at);
    this.#length = at + end.length;
    this.#receivedAt = tick.state.receivedAt;
  }

  #patch(cell: number, tick: Tick): void {
    const writer = this.#writers[cell] as CellWriter;
    const width = writer.prepare(tick);
    if (width !== this.#widths[cell]) this.#resize(cell, width);
    writer.write(this.#bytes, this.#starts[cell] as number);
  }

  #resize(cell: number, width: number): void {
    const starts = this.#starts;
    const end = (starts[cell] as number) + (this.#widths[cell] as number);
    const delta = width - (this.#widths[cell] as number);
    this.#bytes.copyWithin(end + delta, end, this.#length);
    this.#length += delta;
    this.#widths[cell] = width;
    for (let later = cell + 1; later < starts.length; later++) starts[later] = (starts[later] as number) + delta;
  }
}
