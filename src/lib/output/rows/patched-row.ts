import { changePercentUnits, priceDecimals } from '../../market/price.ts';
import { ALL_SLOTS, type Tick, type TopicState } from '../../market/tick.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import type { CellWriter } from './cell-writer.ts';
import { copyBytes, MAX_PLAIN_DECIMALS, plainWidth, writePlain, writeSixDigits } from './number-writer.ts';
import { CELLS_PER_SET, type CellPlans, PLAN, PLAN_BITS, type RowLayout, SLOT_BITS } from './row-layout.ts';
import type { RowMemory } from './row-memory.ts';

const MINUS = 0x2d;
const PERCENT_DECIMALS = 2;
const PLAN_MASK = (1 << PLAN_BITS) - 1;
const SLOT_MASK = (1 << SLOT_BITS) - 1;
/** Stands for a value that is no plain number: the units of a plain one are above it. */
const NOT_PLAIN = -0x80000000;
const ONE_MILLION = 1_000_000;
const ALL_DIGITS = -1;

/**
 * The last row of one subscription as bytes. A new row writes only the cells that changed: over the old digits where the width
 * is the same, else the rest of the row moves.
 *
 * This is where rows per second are made, so the loop over the cells is one function without calls to objects of different
 * shapes: what a cell is stands in typed arrays of the layout, and a value is an integer that becomes digits in place. What is
 * no plain number (null, ISO 8601, a count above 2^31, an odd multiplier) is written by the cell's `CellWriter`.
 */
export class PatchedRow {
  readonly #layout: RowLayout;
  readonly #memory: RowMemory;
  #cells: CellPlans;
  /** Little longer than the row: the whole array is copied with each row. */
  #bytes: Uint8Array<ArrayBuffer> = EMPTY;
  /** Where each cell ends, from place 1 on: cell n begins behind cell n - 1 and the fixed text between them. */
  readonly #ends: Int32Array<ArrayBuffer>;
  #length = 0;
  #state: TopicState | undefined;
  /** When the tick of the last row arrived, epoch milliseconds, and in whole millions of them: a row soon after differs in six digits. */
  #receivedAt = 0;
  #million = 0;
  /** Those six digits, or `ALL_DIGITS`. */
  #lastDigits = ALL_DIGITS;
  /** Slots that changed since the row was written. */
  #stale = ALL_SLOTS;

  constructor(layout: RowLayout, memory: RowMemory) {
    this.#layout = layout;
    this.#memory = memory;
    this.#cells = layout.cells;
    this.#ends = memory.ends.take(layout.texts.length);
    this.#ends[0] = 0;
  }

  /** Gives its memory to other rows. It must not be used any more. */
  release(): void {
    this.#memory.ends.giveBack(this.#ends);
    if (this.#bytes !== EMPTY) this.#memory.bytes.giveBack(this.#bytes);
  }

  /** Marks the slots of a tick that is not printed as stale. */
  skip(tick: Tick): void {
    this.#markStale(tick.state);
  }

  append(tick: Tick, into: ByteBuffer): void {
    this.#markStale(tick.state);
    if (this.#length === 0) this.#writeWhole(tick);
    else this.#update(tick);
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
    this.#cells = state.columns === undefined ? this.#layout.cells : this.#layout.rawRowCells();
  }

  #writeWhole(tick: Tick): void {
    const { texts, maxBytes } = this.#layout;
    const { writers } = this.#cells;
    const bytes = this.#memory.draft(writers.reduce((sum, writer) => sum + writer.textBytes(tick), maxBytes));
    let at = 0;
    for (let cell = 0; cell < writers.length; cell++) {
      const text = texts[cell] as Uint8Array;
      copyBytes(text, text.length, bytes, at);
      at += text.length;
      const writer = writers[cell] as CellWriter;
      const width = writer.prepare(tick);
      writer.write(bytes, at);
      at += width;
      this.#ends[cell + 1] = at;
    }
    const end = texts[writers.length] as Uint8Array;
    copyBytes(end, end.length, bytes, at);
    this.#length = at + end.length;
    this.#bytes = this.#memory.bytes.take(this.#length);
    this.#bytes.set(bytes.subarray(0, this.#length));
    this.#receivedAt = tick.state.receivedAt;
    this.#stale = 0;
  }

  /** Rewrites the stale cells. */
  #update(tick: Tick): void {
    const { bySlot, receivedAtCells } = this.#layout;
    let first = 0;
    let later = 0;
    for (let rest = this.#stale; rest !== 0; rest &= rest - 1) {
      const place = (31 - Math.clz32(rest & -rest)) << 1;
      first |= bySlot[place] as number;
      later |= bySlot[place + 1] as number;
    }
    this.#stale = 0;
    const { receivedAt } = tick.state;
    if (receivedAt !== this.#receivedAt) {
      const million = Math.floor(receivedAt / ONE_MILLION);
      const lastDigits = (receivedAt - million * ONE_MILLION) | 0;
      const isNear = million > 0 && million === this.#million && million * ONE_MILLION + lastDigits === receivedAt;
      this.#lastDigits = isNear ? lastDigits : ALL_DIGITS;
      this.#million = million;
      this.#receivedAt = receivedAt;
      first |= receivedAtCells[0] as number;
      later |= receivedAtCells[1] as number;
    }
    this.#rewrite(tick, first, later);
  }

  /** Rewrites two sets of cells in their order. Where a width changes, the rest of the row moves at once, the ends of later cells on the way. */
  #rewrite(tick: Tick, first: number, later: number): void {
    const { state } = tick;
    const { values, known, multiplier } = state;
    const { plans, writers } = this.#cells;
    const ends = this.#ends;
    const decimalsOfPrices = priceDecimals(state);
    const isPlainScale = decimalsOfPrices <= MAX_PLAIN_DECIMALS && isPowerOfTen(multiplier);
    let bytes = this.#bytes;
    /** How far the rest of the row has moved. */
    let shift = 0;
    /** The `ends` up to this place are those of the new row. */
    let settled = 0;
    for (let offset = 0, set = first; offset <= CELLS_PER_SET; offset += CELLS_PER_SET, set = later) {
      for (; set !== 0; set &= set - 1) {
        const cell = offset + 31 - Math.clz32(set & -set);
        if (shift !== 0) for (; settled < cell; settled++) ends[settled + 1] = (ends[settled + 1] as number) + shift;
        const packed = plans[cell] as number;
        const plan = packed & PLAN_MASK;
        const start = ((ends[cell] as number) + (packed >> (PLAN_BITS + 2 * SLOT_BITS))) | 0;
        const oldEnd = (ends[cell + 1] as number) + shift;
        const units = plan <= PLAN.changePercent && isPlainScale ? plainUnits(packed, values, known) : NOT_PLAIN;
        let end = 0;
        if (units !== NOT_PLAIN) {
          let magnitude = units < 0 ? -units | 0 : units;
          let decimals = plan <= PLAN.seconds ? 0 : plan === PLAN.changePercent ? PERCENT_DECIMALS : decimalsOfPrices;
          while (decimals > 0) {
            const shorter = (magnitude / 10) | 0;
            if (shorter * 10 !== magnitude) break;
            magnitude = shorter;
            decimals--;
          }
          end = start + plainWidth(magnitude, decimals) + (units < 0 ? 1 : 0);
          if (end !== oldEnd) {
            bytes = this.#moveRest(oldEnd, end);
            shift += end - oldEnd;
          }
          writePlain(magnitude, decimals, bytes, end);
          if (units < 0) bytes[start] = MINUS;
        } else if (plan === PLAN.receivedAt && this.#lastDigits !== ALL_DIGITS) {
          end = oldEnd;
          writeSixDigits(this.#lastDigits, bytes, end - 6);
        } else {
          const writer = writers[cell] as CellWriter;
          end = start + writer.prepare(tick);
          if (end !== oldEnd) {
            bytes = this.#moveRest(oldEnd, end);
            shift += end - oldEnd;
          }
          writer.write(bytes, start);
        }
        settled = cell + 1;
        ends[settled] = end;
      }
    }
    if (shift !== 0)
      for (; settled < writers.length; settled++) ends[settled + 1] = (ends[settled + 1] as number) + shift;
  }

  /** Moves the rest of the row from one place to another. Returns the row's bytes: others where it has outgrown them. */
  #moveRest(from: number, to: number): Uint8Array<ArrayBuffer> {
    const length = this.#length + to - from;
    if (length > this.#bytes.length) {
      const grown = this.#memory.bytes.take(length);
      grown.set(this.#bytes);
      this.#memory.bytes.giveBack(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.copyWithin(to, from, this.#length);
    this.#length = length;
    return this.#bytes;
  }
}

const EMPTY = new Uint8Array(0);

/** The value of a cell that follows from slots, under a multiplier that is a power of ten. `NOT_PLAIN` for null, too. */
function plainUnits(packed: number, values: Int32Array, known: number): number {
  const plan = packed & PLAN_MASK;
  const slot = (packed >> PLAN_BITS) & SLOT_MASK;
  if ((known & (1 << slot)) === 0) return NOT_PLAIN;
  const raw = values[slot] as number;
  if (plan === PLAN.price) return raw;
  // A count below zero is one above 2^31; the time 0 is none.
  if (plan <= PLAN.seconds) return raw > 0 || (raw === 0 && plan === PLAN.count) ? raw : NOT_PLAIN;
  const base = (packed >> (PLAN_BITS + SLOT_BITS)) & SLOT_MASK;
  const before = values[base] as number;
  if (raw === 0 || before === 0 || (known & (1 << base)) === 0) return NOT_PLAIN;
  const change = raw - before;
  const value = plan === PLAN.change ? change : changePercentUnits(change, before);
  return value === (value | 0) ? value | 0 : NOT_PLAIN;
}

function isPowerOfTen(multiplier: number): boolean {
  return multiplier === 1 || multiplier === 10 || multiplier === 100 || multiplier === 1_000 || multiplier === 10_000;
}
