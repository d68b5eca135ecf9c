import { TickpipeError } from '../errors/tickpipe-error.ts';
import { DAY_MS, formatIstClock, IST_OFFSET_MS } from './ist.ts';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(?:\d{1,12}(?:\.\d{1,6})?(?:ms|s|m|h|d))+$/;
const PART = /([\d.]+)(ms|s|m|h|d)/g;
/** A plain number is seconds, as for sleep(1) and timeout(1). */
const SECONDS = /^\d{1,12}(?:\.\d{1,6})?$/;

/** A duration such as `250ms`, `90s`, `1h30m` or `1.5` (seconds) in milliseconds, rounded up; NaN when it is none. */
export function measureDurationMs(text: string): number {
  return Math.ceil(measure(text.trim().toLowerCase()));
}

function measure(text: string): number {
  if (SECONDS.test(text)) return scale(text, 's');
  if (!DURATION.test(text)) return Number.NaN;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(PART)) total += scale(amount as string, unit as keyof typeof UNIT_MS);
  return total;
}

/** In whole microseconds first, or 0.3s would be 300.00000000000006 ms somewhere. */
function scale(amount: string, unit: keyof typeof UNIT_MS): number {
  return Math.round(Number(amount) * UNIT_MS[unit] * 1_000) / 1_000;
}

/** Ten years: anything longer is a slip of the pen. */
const MAX_DURATION_MS = 3_653 * DAY_MS;
/** How much of a bad value an error repeats. */
const MAX_SHOWN = 40;

const WALL_TIME = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;

/**
 * A duration such as `250ms`, `90s`, `5m`, `1h30m` or `1.5` (seconds) in milliseconds, rounded up. Throws `USAGE`.
 * @param flag the flag it was given to, without dashes
 * @param zero whether 0 has a meaning there
 */
export function parseDuration(text: string, flag: string, zero: 'allowed' | 'refused' = 'refused'): number {
  const ms = measureDurationMs(text);
  if (Number.isNaN(ms)) {
    throw usage(flag, text, 'is not a duration', 'write it as 250ms, 90s, 5m or 1h30m; a plain number is seconds');
  }
  if (ms === 0 && zero === 'refused') throw usage(flag, text, 'is no time at all', 'give more than 0');
  if (ms > MAX_DURATION_MS) throw usage(flag, text, 'is too long', 'ten years are the most');
  return ms;
}

/**
 * A time of the present day in India, `15:30` or `15:30:00`, as epoch milliseconds. Throws `USAGE`, also when it is past.
 * @param now epoch milliseconds
 */
export function parseUntil(text: string, now: number, flag = 'until'): number {
  const found = WALL_TIME.exec(text.trim());
  if (found === null) throw usage(flag, text, 'is not a time of day', 'write it as 15:30 or 15:30:00, in India (IST)');
  const [, hours, minutes, seconds = '0'] = found;
  const ist = now + IST_OFFSET_MS;
  const midnight = ist - (ist % DAY_MS) - IST_OFFSET_MS;
  const until = midnight + (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
  if (until <= now) {
    throw usage(
      flag,
      text,
      `is already past: it is ${formatIstClock(now)} IST`,
      'give a later time of today, in India (IST)',
    );
  }
  return until;
}

function usage(flag: string, text: string, what: string, hint: string): TickpipeError {
  return new TickpipeError('USAGE', `--${flag}: ${JSON.stringify(text.slice(0, MAX_SHOWN))} ${what}`, { hint });
}
