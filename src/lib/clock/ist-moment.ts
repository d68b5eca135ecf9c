import { DAY_MS } from './ist.ts';

const TIME_OF_DAY = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(\.\d{1,3})?)?$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?$/;

/** A time of day, `09:15` or `09:15:30.5`, in milliseconds after midnight; undefined for any other text. */
export function readTimeOfDay(text: string): number | undefined {
  const [, hours, minutes, seconds = '0', fraction = '0'] = TIME_OF_DAY.exec(text.trim()) ?? [];
  if (hours === undefined) return undefined;
  const whole = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
  return whole + Math.round(Number(fraction) * 1_000);
}

/**
 * A date, `2026-11-23`, or a date and a time, `2026-11-23T09:15`, in India unless it names another zone, as epoch milliseconds; undefined for any
 * other text, and for a day that its month does not have. A day is meant whole: up to it is up to its end.
 */
export function readIstMoment(text: string, edge: 'from' | 'to'): number | undefined {
  const bare = text.trim();
  if (DATE.test(bare)) {
    const midnight = parseExactly(bare, '00:00:00', '+05:30');
    return midnight === undefined || edge === 'from' ? midnight : midnight + DAY_MS;
  }
  const [, date, time, zone = '+05:30'] = DATE_TIME.exec(bare) ?? [];
  return date === undefined || time === undefined ? undefined : parseExactly(date, time, zone);
}

function parseExactly(date: string, time: string, zone: string): number | undefined {
  const isDay = new Date(`${date}T00:00:00Z`).toJSON()?.startsWith(date) === true;
  const at = isDay ? Date.parse(`${date}T${time}${zone}`) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
