import type { JsonObject } from '../text/json-object.ts';

/** One candle as the broker gives it. Prices in rupees or points. */
export interface Candle {
  /** Epoch seconds. Of a day and longer: a moment of its first date in India. */
  readonly at: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly oi: number | null;
}

/** Columns of a candle without and with open interest. */
const MIN_COLUMNS = 6;

/**
 * Reads `{"s":"ok","candles":[[epoch,o,h,l,c,v,oi],...]}`, sorted by time, each time once, and `{"s":"no_data"}` as none. `undefined` for
 * anything else, also when a single candle cannot be read: a candle is not left out in silence.
 */
export function readCandles(body: JsonObject): Candle[] | undefined {
  if (body['s'] === 'no_data') return [];
  const list: unknown = body['candles'];
  if (body['s'] !== 'ok' || !Array.isArray(list)) return undefined;
  const candles = new Map<number, Candle>();
  for (const values of list as unknown[]) {
    const candle = readCandle(values);
    if (candle === undefined) return undefined;
    candles.set(candle.at, candle);
  }
  return [...candles.values()].sort((one, other) => one.at - other.at);
}

function readCandle(values: unknown): Candle | undefined {
  if (!Array.isArray(values) || values.length < MIN_COLUMNS) return undefined;
  const [at = Number.NaN, open = 0, high = 0, low = 0, close = 0, volume = 0] = values
    .slice(0, MIN_COLUMNS)
    .map(readNumber);
  if (![at, open, high, low, close, volume].every(Number.isFinite) || !Number.isInteger(at) || at <= 0)
    return undefined;
  const oi = readNumber(values[MIN_COLUMNS] as unknown);
  return { at, open, high, low, close, volume, oi: Number.isFinite(oi) ? oi : null };
}

/** FYERS gives numbers in some of its answers as texts. */
function readNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
}
