import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { emptyFolder } from './program.ts';

/** A home in whose calendar yesterday, today and tomorrow are as told: a test may run at midnight. */
export function homeWith(hours: object, home = emptyFolder()): string {
  const folder = path.join(home, '.config', 'tickpipe', 'calendars');
  mkdirSync(folder, { recursive: true });
  for (const offset of [-1, 0, 1]) {
    const date = new Date(Date.now() + 5.5 * 3_600_000 + offset * 86_400_000).toISOString().slice(0, 10);
    const days = [{ date, name: 'the day of the test', hours }];
    writeFileSync(path.join(folder, `${date}.json`), JSON.stringify({ year: Number(date.slice(0, 4)), days }));
  }
  return home;
}

/** Hours of a market that is always open: silence is worth a check whenever a test runs. */
export const ALWAYS_OPEN = { all: [['00:00', '23:59']] };
