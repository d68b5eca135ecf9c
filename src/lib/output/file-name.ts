import { TickpipeError } from '../errors/tickpipe-error.ts';
import { IST_OFFSET_MS } from '../market/sessions.ts';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const DAY_MS = 86_400_000;

/** What each field of strftime becomes. The date's UTC parts are the time in India. */
const FIELDS: Readonly<Record<string, (ist: Date, epochMs: number) => string>> = {
  '%': () => '%',
  F: (ist) => ist.toISOString().slice(0, 10),
  T: (ist) => ist.toISOString().slice(11, 19),
  R: (ist) => ist.toISOString().slice(11, 16),
  Y: (ist) => ist.toISOString().slice(0, 4),
  y: (ist) => ist.toISOString().slice(2, 4),
  m: (ist) => ist.toISOString().slice(5, 7),
  d: (ist) => ist.toISOString().slice(8, 10),
  H: (ist) => ist.toISOString().slice(11, 13),
  M: (ist) => ist.toISOString().slice(14, 16),
  S: (ist) => ist.toISOString().slice(17, 19),
  j: (ist) => String(Math.floor((ist.getTime() - Date.UTC(ist.getUTCFullYear())) / DAY_MS) + 1).padStart(3, '0'),
  a: (ist) => DAYS[ist.getUTCDay()] as string,
  b: (ist) => MONTHS[ist.getUTCMonth()] as string,
  s: (_, epochMs) => String(Math.floor(epochMs / 1_000)),
};

/**
 * Fills in the strftime fields of a file's name by the time in India. Throws `USAGE` for a field that there is not.
 * @param epochMs epoch milliseconds
 */
export function fillFileName(name: string, epochMs: number): string {
  const ist = new Date(epochMs + IST_OFFSET_MS);
  return name.replace(/%(.)?/gsu, (field, letter: string | undefined) => {
    const fill = letter === undefined ? undefined : FIELDS[letter];
    if (fill) return fill(ist, epochMs);
    const known = Object.keys(FIELDS).map((key) => `%${key}`);
    throw new TickpipeError('USAGE', `--output: ${field} in ${JSON.stringify(name)} is no field of a date or time`, {
      hint: `write %% for a percent sign; there are ${known.join(' ')}`,
    });
  });
}
