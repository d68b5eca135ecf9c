import { ALL_SLOTS, type Tick, type TopicState } from '../market/tick.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import { MAX_VALUE_BYTES, type WriteCell } from './cell-writer.ts';
import type { Cell, RowTemplate } from './row-template.ts';

/** A template with what writes its cells, shared by all rows of its kind. */
export interface RowLayout {
  readonly template: RowTemplate;
  readonly writers: readonly WriteCell[];
  /** For each slot, the cells that depend on it. */
  readonly bySlot: readonly (readonly number[])[];
  /** Cells that show when the message came: they are new in every row. */
  readonly stamps: readonly number[];
  /** Room that a whole row may need at most, text excepted. */
  readonly maxBytes: number;
}

/** Patching pays while few slots changed; beyond, the whole row is written anew. */
const MAX_PATCHED_SLOTS = 10;

/**
 * The last row of one subscription as bytes. A new row writes only the cells that changed: over the old digits where there
 * are as many, else what follows them moves.
 */
export class PatchedRow {
  readonly #layout: RowLayout;
  readonly #bytes: Buffer;
  /** Where each cell's value begins and ends. */
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  readonly #scratch = new Uint8Array(MAX_VALUE_BYTES);
  #length = 0;
  #state: TopicState | undefined;
  /** Slots that changed since the row was written. */
  #stale = ALL_SLOTS;

  constructor(layout: RowLayout, tick: Tick) {
    this.#layout = layout;
    const cells = layout.template.cells.length;
    this.#starts = new Int32Array(cells);
    this.#ends = new Int32Array(cells);
    // A symbol's name is the only text of open length; escaped it may take six bytes a character.
    this.#bytes = Buffer.allocUnsafeSlow(layout.maxBytes + tick.symbol.length * 6);
  }

  /** Takes note of a tick that is not printed. */
  skip(tick: Tick): void {
    this.#note(tick.state);
  }

  append(tick: Tick, into: ByteBuffer): void {
    this.#note(tick.state);
    this.#bring(tick);
    const length = this.#length;
    into.reserve(length);
    this.#bytes.copy(into.bytes, into.length, 0, length);
    into.length += length;
  }

  /** Another state object is another connection: nothing of the old row holds. */
  #note(state: TopicState): void {
    this.#stale = state === this.#state ? this.#stale | state.changed : ALL_SLOTS;
    this.#state = state;
  }

  /** Brings the bytes up to date. */
  #bring(tick: Tick): void {
    const stale = this.#stale;
    this.#stale = 0;
    if (this.#length === 0 || countBits(stale) > MAX_PATCHED_SLOTS) {
      this.#writeWhole(tick);
      return;
    }
    const { bySlot, stamps } = this.#layout;
    for (let rest = stale; rest !== 0; rest &= rest - 1) {
      const cells = bySlot[31 - Math.clz32(rest & -rest)] as readonly number[];
      for (let at = 0; at < cells.length; at++) this.#patch(cells[at] as number, tick);
    }
    for (let at = 0; at < stamps.length; at++) this.#patch(stamps[at] as number, tick);
  }

  #writeWhole(tick: Tick): void {
    const { template, writers } = this.#layout;
    const bytes = this.#bytes;
    let at = 0;
    for (let cell = 0; cell < writers.length; cell++) {
      at += bytes.write((template.cells[cell] as Cell).before, at, 'latin1');
      this.#starts[cell] = at;
      at = (writers[cell] as WriteCell)(tick, bytes, at);
      this.#ends[cell] = at;
    }
    this.#length = at + bytes.write(template.after, at, 'latin1');
  }

  #patch(cell: number, tick: Tick): void {
    const scratch = this.#scratch;
    const size = (this.#layout.writers[cell] as WriteCell)(tick, scratch, 0);
    const start = this.#starts[cell] as number;
    const end = this.#ends[cell] as number;
    if (size !== end - start) this.#resize(cell, size - (end - start));
    const bytes = this.#bytes;
    for (let offset = 0; offset < size; offset++) bytes[start + offset] = scratch[offset] as number;
  }

  #resize(cell: number, delta: number): void {
    const starts = this.#starts;
    const ends = this.#ends;
    const end = ends[cell] as number;
    this.#bytes.copyWithin(end + delta, end, this.#length);
    this.#length += delta;
    ends[cell] = end + delta;
    for (let later = cell + 1; later < starts.length; later++) {
      starts[later] = (starts[later] as number) + delta;
      ends[later] = (ends[later] as number) + delta;
    }
  }
}

function countBits(mask: number): number {
  let bits = mask - ((mask >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
