import { DAY_MS, istDate, istMidnight } from '../clock/ist.ts';
import type { Bar } from '../market/bar.ts';
import { segmentsOfName } from '../market/symbol-segments.ts';
import { isIndexSymbol } from '../market/symbols.ts';
import { type Calendar, type HoursOwner, sessionsOf } from '../market/trading-hours.ts';
import type { Candle } from './candle-answer.ts';
import type { HistoryInterval } from './history-interval.ts';
import { addMonths, type Span, startOfMonth, startOfWeek } from './history-ranges.ts';

/** What turns the candles of a symbol into bars. */
export interface CandleContext {
  readonly symbol: string;
  readonly interval: HistoryInterval;
  readonly owner: HoursOwner;
  readonly calendar: Calendar;
  readonly simulated: boolean;
}

/** Whose hours are those of a symbol. */
export function ownerOf(symbol: string, calendar: Calendar): HoursOwner {
  return calendar.listed?.(symbol) ?? segmentsOfName(symbol)[0];
}

/** @param receivedAtMs when the broker's answer came, epoch milliseconds */
export function toBar(candle: Candle, context: CandleContext, receivedAtMs: number): Bar {
  const { symbol, interval, simulated } = context;
  const { fromMs, toMs } = placeCandle(candle.at * 1_000, context);
  const { open, high, low, close, volume, oi } = candle;
  return {
    symbol,
    interval: interval.name,
    start: fromMs / 1_000,
    end: toMs / 1_000,
    open,
    high,
    low,
    close,
    // The broker gives an index a volume of 0.
    volume: isIndexSymbol(symbol) ? null : volume,
    vwap: null,
    ticks: 0,
    oi,
    final: true,
    partial: false,
    gap_ms: 0,
    received_at: receivedAtMs,
    source: 'history',
    ...(simulated && { simulated }),
  };
}

/** From when until when a candle is, as the bars of ticks have it: it ends at the close at the latest, and a day is its session. */
export function placeCandle(atMs: number, context: CandleContext): Span {
  const { unit, lengthMs } = context.interval;
  switch (unit) {
    case 'second':
    case 'minute': {
      const close = findClose(atMs, context);
      return { fromMs: atMs, toMs: close === undefined ? atMs + lengthMs : Math.min(atMs + lengthMs, close) };
    }
    case 'day': {
      const midnight = istMidnight(istDate(atMs));
      return placeSessions(midnight, midnight + DAY_MS, context);
    }
    case 'week': {
      const monday = startOfWeek(atMs);
      return placeSessions(monday, monday + lengthMs, context);
    }
    case 'month': {
      const first = startOfMonth(atMs);
      return placeSessions(first, addMonths(first, 1), context);
    }
  }
}

/** When the session ends in which a moment is; undefined outside of all. */
function findClose(atMs: number, { owner, calendar }: CandleContext): number | undefined {
  const midnight = istMidnight(istDate(atMs));
  const session = sessionsOf(owner, istDate(atMs), calendar).find(
    ([open, close]) => midnight + open <= atMs && atMs < midnight + close,
  );
  return session && midnight + session[1];
}

/** From the first open to the last close between two midnights; the midnights where the calendar has no session. */
function placeSessions(fromMs: number, toMs: number, { owner, calendar }: CandleContext): Span {
  let first: number | undefined;
  let last: number | undefined;
  for (let midnight = fromMs; midnight < toMs; midnight += DAY_MS) {
    for (const [open, close] of sessionsOf(owner, istDate(midnight), calendar)) {
      first ??= midnight + open;
      last = midnight + close;
    }
  }
  return { fromMs: first ?? fromMs, toMs: last ?? toMs };
}
