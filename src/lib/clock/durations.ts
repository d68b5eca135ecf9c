import { InvalidValue } from '../errors/invalid-value.ts';
import { DAY_MS, formatIstClock, IST_OFFSET_MS } from './ist.ts';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: DAY_MS } as const;
type Unit = keyof typeof UNIT_MS;
const DURATION = /^(?:\d{1,12}(?:\.\d{1,6})?(?:ms|s|m|h|d))+$/;
const PART = /([\d.]+)(ms|s|m|h|d)/g;
/** A plain number is seconds, as for sleep(1) and timeout(1). */
const SECONDS = /^\d{1,12}(?:\.\d{1,6})?$/;

const DAYS_PER_YEAR = 365;
/** A longer time is a typing error. */
const MAX_DURATION_MS = 3_653 * DAY_MS;
/** How much of a bad value an error repeats. */
const MAX_SHOWN = 40;

const TIME_OF_DAY = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;

/**
 * A duration such as `250ms`, `90s`, `5m`, `1h30m` or `1.5` (seconds) in milliseconds, rounded up. Throws `InvalidValue`.
 * @param zero whether 0 has a meaning there
 */
export function parseDuration(
  text: string,
  zero: 'allowed' | 'refused' = 'refused',
  maxMs: number = MAX_DURATION_MS,
): number {
  const trimmed = text.trim().toLowerCase();
  const parts: Iterable<readonly string[]> = SECONDS.test(trimmed)
    ? [[trimmed, trimmed, 's']]
    : DURATION.test(trimmed)
      ? trimmed.matchAll(PART)
      : [];
  let ms = Number.NaN;
  for (const [, amount, unit] of parts) {
    // In whole microseconds first: 0.3 s as a fraction of milliseconds would be 300.00000000000006.
    const partMs = Math.round(Number(amount) * UNIT_MS[unit as Unit] * 1_000) / 1_000;
    ms = (Number.isNaN(ms) ? 0 : ms) + partMs;
  }
  if (Number.isNaN(ms)) {
    throw invalid(text, 'is not a duration', 'write it as 250ms, 90s, 5m or 1h30m; a plain number is seconds');
  }
  if (ms === 0 && zero === 'refused') throw invalid(text, 'is zero', 'give more than 0');
  if (ms > maxMs) {
    const days = Math.floor(maxMs / DAY_MS);
    const most = days < DAYS_PER_YEAR ? `${days} days` : `${Math.floor(days / DAYS_PER_YEAR)} years`;
    throw invalid(text, 'is too long', `the maximum is ${most}`);
  }
  return Math.ceil(ms);
}

const SPANS = [
  ['days', DAY_MS],
  ['hours', 3_600_000],
  ['minutes', 60_000],
] as const;

/** A span in words, in the largest unit that it has at least two of: `3 days`, `5 hours`, `90 minutes`, `40 s`. */
export function describeSpan(ms: number): string {
  const [unit, unitMs] = SPANS.find(([, one]) => ms >= 2 * one) ?? ['s', 1_000];
  return `${Math.round(ms / unitMs)} ${unit}`;
}

/**
 * A time of the present day in India, `15:30` or `15:30:00`, as epoch milliseconds. Throws `InvalidValue`, also when it is past.
 * @param now epoch milliseconds
 */
export function parseTimeToday(text: string, now: number): number {
  const found = TIME_OF_DAY.exec(text.trim());
  if (found === null) throw invalid(text, 'is not a time of day', 'write it as 15:30 or 15:30:00, in India (IST)');
  const [, hours, minutes, seconds = '0'] = found;
  const ist = now + IST_OFFSET_MS;
  const midnight = ist - (ist % DAY_MS) - IST_OFFSET_MS;
  const time = midnight + (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
  if (time <= now) {
    const hint = 'give a later time of today, in India (IST)';
    throw invalid(text, `is already past: it is ${formatIstClock(now)} IST`, hint);
  }
  return time;
}

function invalid(text: string, what: string, hint: string): InvalidValue {
  return new InvalidValue(`${JSON.stringify(text.slice(0, MAX_SHOWN))} ${what}`, hint);
}
