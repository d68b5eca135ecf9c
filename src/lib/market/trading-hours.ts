import { istDate, istMidnight } from '../clock/ist.ts';
import type { Segment } from './topics.ts';

const MINUTE_MS = 60_000;

/** From `open` until before `close`, milliseconds after midnight in India. */
export type SessionHours = readonly [open: number, close: number];

/** What is known of a day beyond the usual hours. */
export interface CalendarDay {
  /** What makes the day special: a holiday's name. */
  readonly name: string;
  /** When it trades; nothing when it does not. */
  readonly sessions: readonly SessionHours[];
}

/** A unit with its own hours: a segment, or within the currency segments the pairs without the rupee. */
export type TradingSegment = Segment | 'cross_currency';

/** The usual day of one instrument, as the symbol master lists it. */
export interface ListedHours {
  readonly segment: TradingSegment;
  /** In order; at least one. */
  readonly sessions: readonly SessionHours[];
}

/** Whose hours: those of a segment, or of an instrument that is listed with its own. */
export type HoursOwner = TradingSegment | ListedHours;

export function segmentOf(owner: HoursOwner): TradingSegment {
  return typeof owner === 'string' ? owner : owner.segment;
}

/** Decides over weekends, holidays and usual hours. Dates are `YYYY-MM-DD` in IST. */
export interface Calendar {
  /** Undefined for a day like others: usual hours, none at weekends. */
  dayOf(date: string, owner: HoursOwner): CalendarDay | undefined;
  /** Whether the days of this year are known. */
  knows(year: number): boolean;
  /** The hours of an instrument, where the symbol master is at hand and has it. They count before those of its segment. */
  listed?(symbol: string): ListedHours | undefined;
}

/** Monday to Friday, no holidays known. */
export const WEEKDAYS: Calendar = { dayOf: () => undefined, knows: () => false };

const at = (hours: number, minutes: number): number => (hours * 60 + minutes) * MINUTE_MS;

/** When a segment normally trades, milliseconds after midnight IST (FYERS symbol master and exchange notices, 2026). */
const HOURS: Record<TradingSegment, SessionHours> = {
  nse_cm: [at(9, 15), at(15, 30)],
  bse_cm: [at(9, 15), at(15, 30)],
  nse_fo: [at(9, 15), at(15, 40)],
  bse_fo: [at(9, 15), at(15, 40)],
  cde_fo: [at(9, 0), at(17, 0)],
  bcs_fo: [at(9, 0), at(17, 0)],
  cross_currency: [at(9, 0), at(19, 30)],
  nse_com: [at(9, 0), at(23, 30)],
  mcx_fo: [at(9, 0), at(23, 30)],
};

/** Commodities follow New York: they trade on to this time while the United States is on standard time. */
const LATE_COMMODITY_CLOSE = at(23, 55);
const COMMODITY_CLOSES: readonly number[] = [HOURS.mcx_fo[1], LATE_COMMODITY_CLOSE];

/** The hours of a day that is like others, whatever its weekday: one session or more, in order. */
export function usualSessions(owner: HoursOwner, date: string): readonly SessionHours[] {
  const segment = segmentOf(owner);
  const [open, close] = HOURS[segment];
  const isCommodity = segment === 'mcx_fo' || segment === 'nse_com';
  const isLate = isCommodity && isUsStandardTime(Date.parse(`${date}T00:00:00Z`));
  const usualClose = isLate ? LATE_COMMODITY_CLOSE : close;
  if (typeof owner === 'string') return [[open, usualClose]];
  // A master of another day may be from the other half of New York's year.
  return owner.sessions.map(([from, to]) => [from, isCommodity && COMMODITY_CLOSES.includes(to) ? usualClose : to]);
}

/** When a segment or an instrument trades on an IST date, in order; nothing when it does not. */
export function sessionsOf(owner: HoursOwner, date: string, calendar: Calendar): readonly SessionHours[] {
  const day = calendar.dayOf(date, owner);
  if (day) return day.sessions;
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
  return weekday === 0 || weekday === 6 ? [] : usualSessions(owner, date);
}

/** Whether continuous trading is on at this moment by hours, weekday and calendar. */
export function isSessionOpen(owner: HoursOwner, epochMs: number, calendar: Calendar = WEEKDAYS): boolean {
  const date = istDate(epochMs);
  const time = epochMs - istMidnight(date);
  return sessionsOf(owner, date, calendar).some(([open, close]) => time >= open && time < close);
}

/** US daylight saving runs from the second Sunday of March to the first of November; the market is closed on both. */
function isUsStandardTime(midnightMs: number): boolean {
  const year = new Date(midnightMs).getUTCFullYear();
  return midnightMs < sundayMs(year, 2, 2) || midnightMs >= sundayMs(year, 10, 1);
}

/** The nth Sunday of a month, as UTC midnight. @param month 0 to 11 */
function sundayMs(year: number, month: number, nth: number): number {
  const firstWeekday = new Date(Date.UTC(year, month, 1)).getUTCDay();
  return Date.UTC(year, month, 1 + ((7 - firstWeekday) % 7) + (nth - 1) * 7);
}
