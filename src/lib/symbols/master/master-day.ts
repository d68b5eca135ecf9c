import { istDate } from '../../clock/ist.ts';

/**
 * When the day of the symbol master begins, after midnight in India. FYERS builds the files anew each morning before the
 * exchanges open at 09:00. With midnight, a file that a night job asked for would hide the day's new contracts until the next one.
 */
const DAY_BEGINS_MS = 8 * 3_600_000;

/** The day of trading that a moment belongs to, `YYYY-MM-DD`. */
function masterDay(epochMs: number): string {
  return istDate(epochMs - DAY_BEGINS_MS);
}

/** Whether a file that was confirmed then is to be confirmed again; also when the clock was set back meanwhile. */
export function isDue(checkedAtMs: number, nowMs: number): boolean {
  return checkedAtMs > nowMs || masterDay(checkedAtMs) !== masterDay(nowMs);
}
