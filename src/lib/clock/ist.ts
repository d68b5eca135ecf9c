/** IST is UTC+5:30 the whole year. */
export const IST_OFFSET_MS = 19_800_000;
export const DAY_MS = 86_400_000;

/** As `Date.getUTCDay` counts them. */
export const WEEKDAY_NAMES = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

/** Epoch milliseconds as `2026-11-23T09:15:00.123+05:30`. */
export function formatIstTime(epochMs: number): string {
  return `${new Date(epochMs + IST_OFFSET_MS).toISOString().slice(0, -1)}+05:30`;
}

/** Epoch milliseconds as a time of day in India, `09:15:00`. */
export function formatIstClock(epochMs: number): string {
  return new Date(epochMs + IST_OFFSET_MS).toISOString().slice(11, 19);
}

/** The same without the seconds, `09:15`. */
export function formatIstMinute(epochMs: number): string {
  return formatIstClock(epochMs).slice(0, 'hh:mm'.length);
}

/** The time of day, `09:15:00`, behind its date when that is not the date of `nowMs`. */
export function formatIstMoment(epochMs: number, nowMs: number): string {
  const date = istDate(epochMs);
  return date === istDate(nowMs) ? formatIstClock(epochMs) : `${date} ${formatIstClock(epochMs)}`;
}

/** The IST date of an epoch time in milliseconds, `YYYY-MM-DD`. */
export function istDate(epochMs: number): string {
  return new Date(epochMs + IST_OFFSET_MS).toISOString().slice(0, 10);
}

/** Midnight in India at the beginning of an IST date, epoch milliseconds. */
export function istMidnight(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) - IST_OFFSET_MS;
}
