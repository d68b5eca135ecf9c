import { z } from 'zod';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { type CalendarYear, MARKETS } from '../../market/calendar.ts';

const timeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'expected a time as in 09:15');
const session = z
  .tuple([timeOfDay, timeOfDay])
  .refine(([open, close]) => open < close, 'expected a session that ends after it begins');
const hours = z.union([z.enum(['closed', 'usual', 'morning', 'evening']), z.array(session).min(1)], {
  error: 'expected closed, usual, morning, evening or sessions as in [["18:15","19:15"]]',
});
const markets = [...Object.keys(MARKETS), ...Object.values(MARKETS).flat(), 'all'];

const calendarSchema = z
  .strictObject({
    year: z.number().int().min(2000).max(2999),
    days: z.array(
      z.strictObject({
        date: z.iso.date('expected a date as in 2027-01-26'),
        name: z.string().min(1).max(100),
        hours: z.strictObject(Object.fromEntries(markets.map((market) => [market, hours.optional()]))),
      }),
    ),
  })
  .refine(({ year, days }) => days.every(({ date }) => date.startsWith(`${year}-`)), 'expected days of its year only');

const EXAMPLE = '{"year":2027,"days":[{"date":"2027-01-26","name":"Republic Day","hours":{"all":"closed"}}]}';

/** A calendar file's content. Throws `BAD_CONFIGURATION` naming the file and the place in it. */
export function parseCalendar(text: string, file: string): CalendarYear {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TickpipeError('BAD_CONFIGURATION', `${file}: not JSON`);
  }
  const { data, error } = calendarSchema.safeParse(value);
  if (data) return data as CalendarYear;
  const [issue] = error.issues;
  const place = issue?.path.length ? `${issue.path.map(String).join('.')}: ` : '';
  throw new TickpipeError('BAD_CONFIGURATION', `${file}: ${place}${issue?.message ?? 'not a calendar'}`, {
    hint: `write it as ${EXAMPLE}`,
  });
}
