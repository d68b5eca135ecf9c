import { DAY_MS, IST_OFFSET_MS, istDate, istMidnight } from '../../clock/ist.ts';
import { NO_VALUE } from '../../hsm/wire.ts';
import { decimalNumber, priceDecimals, priceUnits, type Scale } from '../../market/price.ts';
import { sessionsOf, WEEKDAYS } from '../../market/trading-hours.ts';
import { type CandleTape, mergeTrades, type Trades } from './candle-tape.ts';
import { type PastOptions, PastTrades } from './past-trades.ts';

/** Of what the candles of a symbol are made. */
export interface CandleSource extends PastOptions {
  readonly scale: Scale;
  readonly tape: CandleTape;
}

/** How long candles are: so many seconds within a day, or days, weeks, months. */
export type CandleLength = { readonly seconds: number } | 'day' | 'week' | 'month';

/** A candle as the broker sends it; its seventh value, the open interest, only where it is asked for. */
export type SentCandle = readonly number[];

const MINUTE_S = 60;

/** By the broker's names of them. */
export const CANDLE_LENGTHS: ReadonlyMap<string, CandleLength> = new Map<string, CandleLength>([
  ...['5S', '10S', '15S', '30S', '45S'].map((name) => [name, { seconds: Number.parseInt(name, 10) }] as const),
  ...['1', '2', '3', '5', '10', '15', '20', '30', '45', '60', '120', '180', '240'].map(
    (name) => [name, { seconds: Number(name) * MINUTE_S }] as const,
  ),
  ['1D', 'day'],
  ['D', 'day'],
  ['1W', 'week'],
  ['1M', 'month'],
]);
const DAY_S = DAY_MS / 1_000;

/** Candles whose labels are in a span, epoch seconds, both ends included. The last one may still be in the making, as with the broker. */
export function makeCandles(
  source: CandleSource,
  length: CandleLength,
  fromS: number,
  toS: number,
  withOi: boolean,
): SentCandle[] {
  const stretch = typeof length !== 'object' ? 'day' : length.seconds < MINUTE_S ? 'short' : 'minute';
  const labelOf = labeller(source, length);
  // Days before the first may belong to its week or month.
  const beginMs = (length === 'week' ? fromS - 7 * DAY_S : length === 'month' ? fromS - 31 * DAY_S : fromS) * 1_000;
  const past = new PastTrades(source).list(beginMs, (toS + 1) * 1_000, stretch);
  const merged = mergeTrades(inOrder(past, source.tape.list()), ({ start }) => labelOf(start));
  const { multiplier } = source.scale;
  const decimals = priceDecimals(source.scale);
  const price = (raw: number): number => decimalNumber(priceUnits(raw, multiplier), decimals);
  return merged
    .filter(({ start }) => start >= fromS && start <= toS)
    .map(({ start, open, high, low, close, volume, oi }) => [
      start,
      price(open),
      price(high),
      price(low),
      price(close),
      volume,
      ...(withOi ? [oi === NO_VALUE ? 0 : oi] : []),
    ]);
}

/** The past ends where the tape begins. */
function* inOrder(past: Iterable<Trades>, tape: Iterable<Trades>): Generator<Trades> {
  yield* past;
  yield* tape;
}

/** The label of the candle in which a moment is, epoch seconds. Within a day they are counted from its open, as with the broker. */
function labeller({ segment }: CandleSource, length: CandleLength): (atS: number) => number {
  if (typeof length === 'object') {
    const { seconds } = length;
    let midnightS = Number.NEGATIVE_INFINITY;
    let openS = 0;
    return (atS) => {
      if (atS < midnightS || atS >= midnightS + DAY_S) {
        const date = istDate(atS * 1_000);
        midnightS = istMidnight(date) / 1_000;
        openS = midnightS + (sessionsOf(segment, date, WEEKDAYS)[0]?.[0] ?? 0) / 1_000;
      }
      return openS + Math.floor((atS - openS) / seconds) * seconds;
    };
  }
  // Midnight of UTC on that date.
  return (atS) => {
    const dayS = Math.floor((atS + IST_OFFSET_MS / 1_000) / DAY_S) * DAY_S;
    if (length === 'day') return dayS;
    if (length === 'month') return dayS - (new Date(dayS * 1_000).getUTCDate() - 1) * DAY_S;
    return dayS - ((new Date(dayS * 1_000).getUTCDay() + 6) % 7) * DAY_S;
  };
}
