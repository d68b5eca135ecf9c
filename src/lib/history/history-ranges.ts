import { DAY_MS, istDate, istMidnight } from '../clock/ist.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { type Calendar, type HoursOwner, sessionsOf } from '../market/trading-hours.ts';
import type { HistoryInterval, HistoryUnit } from './history-interval.ts';

/** From `fromMs` on, up to but without `toMs`, epoch milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** How many days FYERS answers at once. Of candles of seconds it names no number; so many keep the answers small. */
const DAYS_PER_CALL: Readonly<Record<Exclude<HistoryUnit, 'month'>, number>> = {
  second: 10,
  minute: 100,
  day: 366,
  // Whole weeks within the 366 days: a part of a week would give a candle of that part.
  week: 364,
};
const MONTHS_PER_CALL = 12;
/** FYERS keeps candles of seconds for so many trading days. */
export const DAYS_OF_SECONDS = 30;
const WEEK_DAYS = 7;

/** Parts of a span that FYERS answers at once, in the order of time. They meet at midnight in India, where no candle is cut. */
export function* cutSpan({ unit }: HistoryInterval, { fromMs, toMs }: Span): Generator<Span> {
  for (let at = fromMs; at < toMs; ) {
    const next = Math.min(nextCut(unit, at), toMs);
    yield { fromMs: at, toMs: next };
    at = next;
  }
}

function nextCut(unit: HistoryUnit, atMs: number): number {
  if (unit === 'month') return addMonths(startOfMonth(atMs), MONTHS_PER_CALL);
  const day = unit === 'week' ? startOfWeek(atMs) : istMidnight(istDate(atMs));
  return day + DAYS_PER_CALL[unit] * DAY_MS;
}

/** Midnight in India at the beginning of the Monday before. */
export function startOfWeek(epochMs: number): number {
  const midnight = istMidnight(istDate(epochMs));
  const sinceMonday = (new Date(`${istDate(epochMs)}T00:00:00Z`).getUTCDay() + WEEK_DAYS - 1) % WEEK_DAYS;
  return midnight - sinceMonday * DAY_MS;
}

export function startOfMonth(epochMs: number): number {
  return istMidnight(`${istDate(epochMs).slice(0, 'yyyy-mm'.length)}-01`);
}

/** When the candle begins in which a moment may be: of a day and longer its midnight in India, else the moment. */
export function startOfCandle({ unit }: HistoryInterval, epochMs: number): number {
  if (unit === 'day') return istMidnight(istDate(epochMs));
  if (unit === 'week') return startOfWeek(epochMs);
  return unit === 'month' ? startOfMonth(epochMs) : epochMs;
}

/** When the last candle ends at the latest that begins before a moment: none of a day or shorter goes beyond midnight in India. */
export function endOfCandles({ unit, lengthMs }: HistoryInterval, toMs: number): number {
  const last = toMs - 1;
  if (unit === 'week') return startOfWeek(last) + lengthMs;
  if (unit === 'month') return addMonths(startOfMonth(last), 1);
  return Math.min(toMs + lengthMs, istMidnight(istDate(last)) + DAY_MS);
}

/** @param monthMs the beginning of a month in India */
export function addMonths(monthMs: number, months: number): number {
  const [year = 0, month = 1] = istDate(monthMs).split('-').map(Number);
  return istMidnight(new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 'yyyy-mm-dd'.length));
}

/**
 * Throws `USAGE` when a span begins before the candles of seconds that the broker still has.
 * @param nowMs epoch milliseconds
 */
export function checkReach(
  { unit, name }: HistoryInterval,
  fromMs: number,
  nowMs: number,
  owner: HoursOwner,
  calendar: Calendar,
): void {
  if (unit !== 'second') return;
  const first = goBack(DAYS_OF_SECONDS, nowMs, owner, calendar);
  if (fromMs >= first) return;
  throw new TickpipeError('USAGE', `the broker keeps candles of ${name} for ${DAYS_OF_SECONDS} trading days`, {
    hint: `give --from ${istDate(first)} or later, or an interval of 1m or more`,
  });
}

/** No market rests for longer. */
const MAX_REST_DAYS = 14;

/** Midnight in India before the n-th trading day back: 1 is the last day of which trading has begun. */
export function goBack(days: number, nowMs: number, owner: HoursOwner, calendar: Calendar): number {
  let midnight = istMidnight(istDate(nowMs));
  let rested = 0;
  for (let left = days; ; midnight -= DAY_MS) {
    const [first] = sessionsOf(owner, istDate(midnight), calendar);
    const hasBegun = first !== undefined && midnight + first[0] <= nowMs;
    if (hasBegun) left--;
    rested = hasBegun ? 0 : rested + 1;
    if (left === 0 || rested > MAX_REST_DAYS) return midnight;
  }
}
