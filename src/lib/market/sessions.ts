import type { Segment } from './topics.ts';

/** IST is UTC+5:30 the whole year. */
export const IST_OFFSET_MS = 19_800_000;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Days on which a segment is closed beyond weekends: dates `YYYY-MM-DD` in IST. */
export interface Calendar {
  isClosed(date: string, segment: Segment): boolean;
}

/** Monday to Friday, no holidays known. */
export const WEEKDAYS: Calendar = { isClosed: () => false };

const at = (hours: number, minutes: number): number => (hours * 60 + minutes) * MINUTE_MS;

/** When a segment normally trades, milliseconds after midnight IST (FYERS symbol master and exchange notices, 2026). */
const HOURS: Record<Segment, readonly [open: number, close: number]> = {
  nse_cm: [at(9, 15), at(15, 30)],
  bse_cm: [at(9, 15), at(15, 30)],
  nse_fo: [at(9, 15), at(15, 40)],
  bse_fo: [at(9, 15), at(15, 40)],
  cde_fo: [at(9, 0), at(17, 0)],
  bcs_fo: [at(9, 0), at(17, 0)],
  nse_com: [at(9, 0), at(23, 30)],
  mcx_fo: [at(9, 0), at(23, 30)],
};

/** Commodities follow New York: they trade on to this time while the United States is on standard time. */
const LATE_COMMODITY_CLOSE = at(23, 55);

/** The IST date of an epoch time in milliseconds, `YYYY-MM-DD`. */
export function istDate(epochMs: number): string {
  return new Date(epochMs + IST_OFFSET_MS).toISOString().slice(0, 10);
}

/** Whether continuous trading of the segment is on at this moment by hours, weekday and calendar. */
export function isSessionOpen(segment: Segment, epochMs: number, calendar: Calendar = WEEKDAYS): boolean {
  const ist = epochMs + IST_OFFSET_MS;
  const weekday = new Date(ist).getUTCDay();
  if (weekday === 0 || weekday === 6) return false;
  const time = ((ist % DAY_MS) + DAY_MS) % DAY_MS;
  const [open, close] = HOURS[segment];
  const isCommodity = segment === 'mcx_fo' || segment === 'nse_com';
  const end = isCommodity && isUsStandardTime(new Date(ist)) ? LATE_COMMODITY_CLOSE : close;
  return time >= open && time < end && !calendar.isClosed(istDate(epochMs), segment);
}

/** US daylight saving runs from the second Sunday of March to the first of November; the market is closed on both. */
function isUsStandardTime(day: Date): boolean {
  const year = day.getUTCFullYear();
  return day.getTime() < sundayMs(year, 2, 2) || day.getTime() >= sundayMs(year, 10, 1);
}

/** The nth Sunday of a month, as UTC midnight. @param month 0 to 11 */
function sundayMs(year: number, month: number, nth: number): number {
  const firstWeekday = new Date(Date.UTC(year, month, 1)).getUTCDay();
  return Date.UTC(year, month, 1 + ((7 - firstWeekday) % 7) + (nth - 1) * 7);
}
