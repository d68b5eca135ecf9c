/** How many slots of time a trail has; a multiple of the sparkline's cells. */
export const TRAIL_SLOTS = 48;
/** How long a slot is at first. */
const FIRST_SLOT_MS = 250;

/** How time is cut into slots: the same for all trails of a table, so that their pictures can be compared. */
export class TrailTime {
  /** When the first slot begins, epoch milliseconds. */
  startMs: number | undefined;
  /** How long each slot is. */
  slotMs = FIRST_SLOT_MS;

  /** The slot of a moment. Slots become twice as long whenever the moment is behind the last of them. */
  slotAt(atMs: number): number {
    this.startMs ??= Math.floor(atMs / FIRST_SLOT_MS) * FIRST_SLOT_MS;
    const elapsedMs = Math.max(0, atMs - this.startMs);
    while (elapsedMs >= this.slotMs * TRAIL_SLOTS) this.slotMs *= 2;
    return Math.floor(elapsedMs / this.slotMs);
  }
}

/** The prices of one slot of time. */
export interface TrailBar {
  readonly startMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

interface Slot {
  open: number;
  high: number;
  low: number;
  close: number;
}

/**
 * The prices of one symbol since they have been watched, in a fixed number of slots: however long that is, it takes the same memory
 * and the whole time is there.
 */
export class PriceTrail {
  readonly #time: TrailTime;
  #slotMs: number;
  #slots: (Slot | undefined)[] = [];

  constructor(time: TrailTime) {
    this.#time = time;
    this.#slotMs = time.slotMs;
  }

  /** @param atMs epoch milliseconds; a moment before the last one counts as that */
  add(price: number, atMs: number): void {
    const place = this.#time.slotAt(atMs);
    this.#catchUp();
    const slot = Math.max(place, this.#slots.length - 1);
    const bar = this.#slots[slot];
    if (bar === undefined) {
      this.#slots[slot] = { open: price, high: price, low: price, close: price };
      return;
    }
    if (price > bar.high) bar.high = price;
    if (price < bar.low) bar.low = price;
    bar.close = price;
  }

  /** Slots with prices, the earliest first. */
  get bars(): TrailBar[] {
    this.#catchUp();
    const begin = this.#time.startMs ?? 0;
    return this.#slots.flatMap((slot, place) =>
      slot === undefined ? [] : [{ ...slot, startMs: begin + place * this.#slotMs }],
    );
  }

  /** How much the price has moved, as a part of the first; undefined before the first. */
  get change(): number | undefined {
    const first = this.#slots.find((slot) => slot !== undefined)?.open;
    const last = this.#slots.at(-1)?.close;
    return first && last !== undefined ? last / first - 1 : undefined;
  }

  /** How long a slot is at present, milliseconds. */
  get slotMs(): number {
    this.#catchUp();
    return this.#slotMs;
  }

  /**
   * The last price of each of some equal parts of the time, up to the part of `nowMs`; undefined before the first price.
   * A part without a price has that of the one before.
   */
  closes(parts: number, nowMs: number): (number | undefined)[] {
    const now = this.#time.slotAt(nowMs);
    this.#catchUp();
    const slotsOfPart = TRAIL_SLOTS / parts;
    const closes: (number | undefined)[] = [];
    let last: number | undefined;
    for (let place = 0; place <= now; place++) {
      last = this.#slots[place]?.close ?? last;
      closes[Math.floor(place / slotsOfPart)] = last;
    }
    return closes;
  }

  /** Joins slots until they are as long as those of the table. */
  #catchUp(): void {
    while (this.#slotMs < this.#time.slotMs) {
      const joined: (Slot | undefined)[] = [];
      for (let place = 0; place < this.#slots.length; place += 2) {
        const [one, other] = [this.#slots[place], this.#slots[place + 1]];
        joined.push(one && other ? joinSlots(one, other) : (one ?? other));
      }
      this.#slots = joined;
      this.#slotMs *= 2;
    }
  }
}

function joinSlots(one: Slot, other: Slot): Slot {
  return {
    open: one.open,
    high: Math.max(one.high, other.high),
    low: Math.min(one.low, other.low),
    close: other.close,
  };
}
