import { readDurationMs } from './duration.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { formatIstClock } from './ist-time.ts';
import { DAY_MS, IST_OFFSET_MS } from '../market/trading-hours.ts';

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
  const ms = readDurationMs(text);
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
