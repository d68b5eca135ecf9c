import { DAY_MS, istMidnight } from '../../clock/ist.ts';
import { createCalendar } from '../../market/calendar.ts';
import { CALENDAR_2026 } from '../../market/calendar-2026.ts';
import type { Segment } from '../../market/topics.ts';
import { sessionsOf, usualSessions } from '../../market/trading-hours.ts';

/** The day on which contracts end. */
export interface Expiry {
  /** `YYYY-MM-DD`, in IST. */
  readonly date: string;
  /** What symbols have between the underlying and the rest: `26DEC` of a month, `26D01` of a week. */
  readonly code: string;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const MONTH_CODES = '123456789OND';
/** Currency contracts end at half past twelve. */
const CURRENCY_END_MS = 12.5 * 3_600_000;
const CALENDAR = createCalendar([CALENDAR_2026]);

export const TUESDAY = 2;
export const THURSDAY = 4;
export const FRIDAY = 5;

/** A day of a month, before holidays are known. @param month months after January of year 0 */
export type MonthRule = (month: number) => string;

/** The last such weekday of a month. @param weekday 0 for Sunday */
export function lastWeekday(weekday: number): MonthRule {
  return (month) => {
    const last = new Date(Date.UTC(Math.floor(month / 12), (month % 12) + 1, 0));
    return isoDate(last.getTime() - ((last.getUTCDay() - weekday + 7) % 7) * DAY_MS);
  };
}

/** A day of the month by its number; the last one when the month is shorter. */
export function dayOfMonth(day: number): MonthRule {
  return (month) => {
    const year = Math.floor(month / 12);
    const length = new Date(Date.UTC(year, (month % 12) + 1, 0)).getUTCDate();
    return isoDate(Date.UTC(year, month % 12, Math.min(day, length)));
  };
}

/** The trading day that is so many trading days before the last one of a month. */
export function tradingDaysBeforeEnd(days: number, segment: Segment): MonthRule {
  return (month) => {
    let date = tradingDayUpTo(dayOfMonth(31)(month), segment);
    for (let day = 0; day < days; day++) date = tradingDayUpTo(addDays(date, -1), segment);
    return date;
  };
}

/**
 * Months from the one of `from` on, whose contracts have not ended.
 * @param accepts which months, by their number: 11 for December
 */
export function monthlyExpiries(
  from: string,
  segment: Segment,
  rule: MonthRule,
  count: number,
  accepts: (month: number) => boolean = () => true,
): Expiry[] {
  const expiries: Expiry[] = [];
  for (let month = monthOf(from); expiries.length < count; month++) {
    const date = tradingDayUpTo(rule(month), segment);
    const code = `${String(Math.floor(month / 12) % 100).padStart(2, '0')}${MONTHS[month % 12]}`;
    if (date >= from && accepts(month % 12)) expiries.push({ date, code });
  }
  return expiries;
}

/** The next weeks' days, without those of `monthly`. @param weekday 0 for Sunday */
export function weeklyExpiries(
  from: string,
  segment: Segment,
  weekday: number,
  count: number,
  monthly: readonly Expiry[],
): Expiry[] {
  const taken = new Set(monthly.map(({ date }) => date));
  const expiries: Expiry[] = [];
  for (let day = firstWeekday(from, weekday); expiries.length < count; day = addDays(day, 7)) {
    const date = tradingDayUpTo(day, segment);
    if (date < from || taken.has(date)) continue;
    const code = `${date.slice(2, 4)}${MONTH_CODES[Number(date.slice(5, 7)) - 1]}${date.slice(8)}`;
    expiries.push({ date, code });
  }
  return expiries;
}

/** When contracts of a segment end on a day, epoch milliseconds: at the close. */
export function expiryMoment(segment: Segment, date: string): number {
  const close = usualSessions(segment, date).at(-1)?.[1] as number;
  return istMidnight(date) + (segment === 'cde_fo' ? CURRENCY_END_MS : close);
}

/** The day itself, or the last trading day before it. */
function tradingDayUpTo(date: string, segment: Segment): string {
  let day = date;
  while (sessionsOf(segment, day, CALENDAR).length === 0) day = addDays(day, -1);
  return day;
}

function firstWeekday(from: string, weekday: number): string {
  return addDays(from, (weekday - new Date(`${from}T00:00:00Z`).getUTCDay() + 7) % 7);
}

function monthOf(date: string): number {
  return Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1;
}

function addDays(date: string, days: number): string {
  return isoDate(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS);
}

function isoDate(utcMs: number): string {
  return new Date(utcMs).toISOString().slice(0, 10);
}
