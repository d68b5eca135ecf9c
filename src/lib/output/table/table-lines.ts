import { type NumericColumn, numberOf } from '../../market/column-value.ts';
import { type Subscription, subscriptionKey } from '../../market/kinds.ts';
import type { Tick } from '../../market/tick.ts';
import { numericColumnNamed } from '../rows/field-selection.ts';
import { PriceTrail, TrailTime } from './price-trail.ts';

export type Move = 'up' | 'down' | 'none';

/** Behind all that were awaited. */
const LAST_PLACE = Number.MAX_SAFE_INTEGER;

/** One subscription of a table. */
export interface Line extends Subscription {
  /** Its place among those awaited. */
  readonly place: number;
  /** Undefined before the first. */
  tick: Tick | undefined;
  /** Undefined for a book, which has none. */
  readonly ltp: NumericColumn | undefined;
  /** The last price seen. */
  price: number | undefined;
  move: Move;
  /** The prices since the table was opened; undefined where no picture of them is drawn. */
  readonly trail: PriceTrail | undefined;
  /** Not shown: its last row does not match, or it has had none. */
  isHidden: boolean;
}

/** The newest row of each subscription, how its price moved last, and its prices so far. */
export class TableLines {
  /** The time of all trails. */
  readonly trailTime = new TrailTime();
  readonly #keepsTrails: boolean;
  readonly #isFiltered: boolean;
  /** By subscription. */
  readonly #lines = new Map<string, Line>();
  readonly #byTick = new Map<number, Line>();
  /** Ids of ticks that were forgotten: what was held back of them must not bring them back. */
  readonly #forgotten = new Set<number>();
  #nextPlace = 0;
  #latestAt = 0;
  #sorted: Line[] | undefined;

  /** @param isFiltered a line is shown only while its row matches (`leave`) */
  constructor(keepsTrails: boolean, isFiltered = false) {
    this.#keepsTrails = keepsTrails;
    this.#isFiltered = isFiltered;
  }

  get size(): number {
    return this.#lines.size;
  }

  /** When the latest row arrived, epoch milliseconds; 0 before the first. */
  get latestAt(): number {
    return this.#latestAt;
  }

  /** Those that are shown: as they were asked for, then in the order of their subscriptions. The same array until a line comes or goes. */
  get inOrder(): readonly Line[] {
    this.#sorted ??= [...this.#lines.values()].filter(({ isHidden }) => !isHidden).sort(comparePlaces);
    return this.#sorted;
  }

  /** The symbols of all lines, shown or not. */
  get symbols(): readonly string[] {
    return Array.from(this.#lines.values(), ({ symbol }) => symbol);
  }

  /** These have a line each from now on, in this order, before the first tick of them, too. */
  expect(subscriptions: readonly Subscription[]): void {
    for (const subscription of subscriptions) {
      if (!this.#lines.has(subscriptionKey(subscription))) this.#add(subscription, this.#nextPlace++);
    }
  }

  /** These have a line no more. */
  forget(subscriptions: readonly Subscription[]): void {
    this.#sorted = undefined;
    for (const key of subscriptions.map(subscriptionKey)) {
      const id = this.#lines.get(key)?.tick?.id;
      this.#lines.delete(key);
      if (id === undefined) continue;
      this.#byTick.delete(id);
      this.#forgotten.add(id);
    }
  }

  tick(tick: Tick): void {
    if (this.#forgotten.has(tick.id)) return;
    this.#latestAt = Math.max(this.#latestAt, tick.state.receivedAt);
    const line = this.#byTick.get(tick.id) ?? this.#enter(tick);
    this.#setHidden(line, false);
    follow(line, tick);
  }

  /** A tick that does not match: its line is not shown until one does. Its price is followed all the same. */
  leave(tick: Tick): void {
    if (this.#forgotten.has(tick.id)) return;
    const line = this.#byTick.get(tick.id) ?? this.#enter(tick);
    this.#setHidden(line, true);
    follow(line, tick);
  }

  /** A tick that is not a row: seen if its subscription has had one. */
  skip(tick: Tick): void {
    const line = this.#byTick.get(tick.id);
    if (line !== undefined) follow(line, tick);
  }

  #setHidden(line: Line, isHidden: boolean): void {
    if (line.isHidden === isHidden) return;
    line.isHidden = isHidden;
    this.#sorted = undefined;
  }

  #add(subscription: Subscription, place: number): Line {
    const { kind, symbol } = subscription;
    const ltp = numericColumnNamed(kind, 'ltp');
    const trail = this.#keepsTrails && ltp !== undefined ? new PriceTrail(this.trailTime) : undefined;
    const isHidden = this.#isFiltered;
    const line: Line = { kind, symbol, place, ltp, tick: undefined, price: undefined, move: 'none', trail, isHidden };
    this.#lines.set(subscriptionKey(subscription), line);
    this.#sorted = undefined;
    return line;
  }

  #enter(tick: Tick): Line {
    const line = this.#lines.get(subscriptionKey(tick)) ?? this.#add(tick, LAST_PLACE);
    line.tick = tick;
    this.#byTick.set(tick.id, line);
    this.#sorted = undefined;
    return line;
  }
}

function follow(line: Line, tick: Tick): void {
  const price = line.ltp === undefined ? null : numberOf(line.ltp, tick.state);
  if (price === null) return;
  if (line.price !== undefined && price !== line.price) line.move = price > line.price ? 'up' : 'down';
  line.price = price;
  line.trail?.add(price, tick.state.receivedAt);
}

function comparePlaces(a: Line, b: Line): number {
  return a.place - b.place || (a.tick?.id ?? 0) - (b.tick?.id ?? 0);
}
