import { DAY_MS, istDate, istMidnight } from '../../clock/ist.ts';
import { NO_VALUE } from '../../hsm/wire.ts';
import { createCalendar } from '../../market/calendar.ts';
import { CALENDAR_2026 } from '../../market/calendar-2026.ts';
import type { Segment } from '../../market/topics.ts';
import { sessionsOf } from '../../market/trading-hours.ts';
import { SeededRandom, seedFor } from '../chance/random.ts';
import type { Trades } from './candle-tape.ts';

/** The day of an instrument so far, when the simulator got to know it. Raw prices; nothing is 0 except what was not traded. */
export interface Opening {
  /** Epoch seconds. */
  readonly at: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly last: number;
  readonly previousClose: number;
  readonly volume: number;
  /** Or `NO_VALUE`. */
  readonly oi: number;
}

/** What made-up trades of the past depend on. */
export interface PastOptions {
  readonly seed: number;
  readonly symbol: string;
  readonly segment: Segment;
  readonly opening: Opening;
  /** Raw units of the smallest step of a price. */
  readonly tick: number;
  readonly lotSize: number;
  /** An index has no volume. */
  readonly hasVolume: boolean;
}

/** How long the trades are that are put together: 5 s, a minute, a whole day. */
export type Stretch = 'short' | 'minute' | 'day';

const CALENDAR = createCalendar([CALENDAR_2026]);
const MINUTE_S = 60;
const SHORT_S = 5;
/** How far the history goes back. */
const MAX_DAYS = 3_653;
/** A day closes within so much of the close before, and opens within so much of it. */
const DAY_MOVE = 0.015;
const NIGHT_MOVE = 0.003;
/** How far a price wanders from the straight line between open and close of a day. */
const WANDER = 0.004;
const WAVES = 5;

/**
 * Trades before the simulator knew an instrument: those of earlier days lead to its previous close, those of the day to its open,
 * high, low, last price and volume. They depend on the seed, the symbol, the date, and the state at the opening only.
 */
export class PastTrades {
  readonly #options: PastOptions;
  readonly #closes = new Map<number, number>();

  constructor(options: PastOptions) {
    this.#options = options;
  }

  /**
   * Stretches of the days that a span touches, in the order of time. Of the simulator's own day there are minutes where days are asked for.
   * @param fromMs,toMs epoch milliseconds
   */
  *list(fromMs: number, toMs: number, stretch: Stretch): Generator<Trades> {
    const { opening } = this.#options;
    if (opening.last === 0 || opening.open === 0) return;
    const today = istMidnight(istDate(opening.at * 1_000));
    const first = Math.max(istMidnight(istDate(fromMs)), today - MAX_DAYS * DAY_MS);
    for (let day = first; day <= today && day < toMs; day += DAY_MS) yield* this.#listDay(day, today, stretch);
  }

  *#listDay(day: number, today: number, stretch: Stretch): Generator<Trades> {
    const { opening, segment } = this.#options;
    const session = sessionsOf(segment, istDate(day), CALENDAR)[0];
    if (session === undefined) return;
    const from = day / 1_000 + session[0] / 1_000;
    const to = day / 1_000 + session[1] / 1_000;
    if (day < today) {
      const shape = this.#pastDay(day);
      if (stretch === 'day') yield { ...shape, start: from, close: shape.last };
      else yield* this.#trade(day, from, to, shape, stretch);
      return;
    }
    const end = Math.min(to, opening.at);
    if (end > from) yield* this.#trade(day, from, end, opening, stretch === 'short' ? 'short' : 'minute');
  }

  /** What a day before the simulator's comes to. */
  #pastDay(day: number): DayShape {
    const { tick, lotSize, opening, hasVolume } = this.#options;
    const random = this.#randomOf(day, 'day');
    const close = this.#closeOf(day);
    const before = this.#closeOf(this.#previousDay(day));
    const open = onGrid(before * random.between(1 - NIGHT_MOVE, 1 + NIGHT_MOVE), tick);
    const reach = close * WANDER;
    return {
      open,
      last: close,
      high: onGrid(Math.max(open, close) + reach * random.between(0.3, 1), tick),
      low: Math.max(tick, onGrid(Math.min(open, close) - reach * random.between(0.3, 1), tick)),
      volume: hasVolume ? lotSize * (20_000 + random.below(400_000)) : 0,
      oi: opening.oi === NO_VALUE ? NO_VALUE : lotSize * (1_000 + random.below(40_000)),
    };
  }

  /** The close of a trading day before the simulator's, by the close of the day after it. */
  #closeOf(day: number): number {
    const { opening, tick } = this.#options;
    const days: number[] = [];
    let at = day;
    const last = this.#previousDay(istMidnight(istDate(opening.at * 1_000)));
    while (at < last && !this.#closes.has(at)) {
      days.push(at);
      at = this.#nextDay(at);
    }
    let close = at >= last ? opening.previousClose : (this.#closes.get(at) as number);
    for (const earlier of days.reverse()) {
      const move = this.#randomOf(earlier, 'move').between(-DAY_MOVE, DAY_MOVE);
      close = Math.max(tick, onGrid(close / (1 + move), tick));
      this.#closes.set(earlier, close);
    }
    return close;
  }

  #previousDay(day: number): number {
    let at = day - DAY_MS;
    while (!this.#isTradingDay(at)) at -= DAY_MS;
    return at;
  }

  #nextDay(day: number): number {
    let at = day + DAY_MS;
    while (!this.#isTradingDay(at)) at += DAY_MS;
    return at;
  }

  #isTradingDay(day: number): boolean {
    return sessionsOf(this.#options.segment, istDate(day), CALENDAR).length > 0;
  }

  /** The trades of a day from `from` up to `to`, epoch seconds: they have its open, high, low, last price and volume. */
  *#trade(day: number, from: number, to: number, shape: DayShape, stretch: 'short' | 'minute'): Generator<Trades> {
    const path = new PricePath(shape, this.#options.tick, (to - from) / MINUTE_S, this.#randomOf(day, 'path'));
    const stepS = stretch === 'short' ? SHORT_S : MINUTE_S;
    const lengthS = to - from;
    let open = shape.open;
    let sold = 0;
    for (let start = from; start < to; start += stepS) {
      const begin = (start - from) / lengthS;
      const end = Math.min(1, (start + stepS - from) / lengthS);
      const close = end === 1 ? shape.last : path.at(end);
      const upTo = end === 1 ? shape.volume : Math.floor(shape.volume * shareUpTo(end));
      const isIn = (place: number): boolean => place >= begin && place < end;
      yield {
        start,
        open,
        high: isIn(path.highAt) ? shape.high : Math.max(open, close),
        low: isIn(path.lowAt) ? shape.low : Math.min(open, close),
        close,
        volume: upTo - sold,
        oi: shape.oi,
      };
      sold = upTo;
      open = close;
    }
  }

  #randomOf(day: number, what: string): SeededRandom {
    const { seed, symbol } = this.#options;
    return new SeededRandom(seedFor(seed, `${symbol} ${istDate(day)} ${what}`));
  }
}

type DayShape = Pick<Opening, 'open' | 'high' | 'low' | 'last' | 'volume' | 'oi'>;

/** A price over a day, from 0 to 1: from the open to the last price, in waves between high and low. */
class PricePath {
  /** Where the day's high and low are. */
  readonly highAt: number;
  readonly lowAt: number;
  readonly #shape: DayShape;
  readonly #tick: number;
  readonly #waves: readonly number[];
  /** Small moves from minute to minute. */
  readonly #steps: readonly number[];

  constructor(shape: DayShape, tick: number, minutes: number, random: SeededRandom) {
    this.#shape = shape;
    this.#tick = tick;
    this.highAt = random.between(0.02, 0.98);
    this.lowAt = random.between(0.02, 0.98);
    const reach = (shape.high - shape.low) / 2;
    this.#waves = Array.from({ length: WAVES }, (_, wave) => (reach * random.between(-1, 1)) / (wave + 1));
    this.#steps = Array.from({ length: Math.ceil(minutes) + 2 }, () => (reach * random.between(-1, 1)) / 8);
  }

  at(place: number): number {
    const { open, last, high, low } = this.#shape;
    let price = open + (last - open) * place;
    // Each wave is at 0 at both ends of the day.
    for (const [wave, height] of this.#waves.entries()) price += height * Math.sin(Math.PI * (wave + 1) * place);
    const minute = place * (this.#steps.length - 2);
    const [step = 0, next = 0] = this.#steps.slice(Math.floor(minute), Math.floor(minute) + 2);
    price += step + (next - step) * (minute % 1);
    return Math.min(high, Math.max(low, onGrid(price, this.#tick)));
  }
}

/** How much of a day's volume is traded up to a place in it: more at both ends than in the middle. */
function shareUpTo(place: number): number {
  return place + 0.6 * (place - 3 * place ** 2 + 2 * place ** 3);
}

function onGrid(raw: number, tick: number): number {
  return Math.round(raw / tick) * tick;
}
