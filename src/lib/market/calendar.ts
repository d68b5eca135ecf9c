import {
  type Calendar,
  type CalendarDay,
  type HoursOwner,
  type ListedHours,
  type SessionHours,
  segmentOf,
  type TradingSegment,
  usualSessions,
} from './trading-hours.ts';

/** Segments that mostly have the same days. */
export const MARKETS: Readonly<Record<'equity' | 'currency' | 'commodity', readonly TradingSegment[]>> = {
  equity: ['nse_cm', 'bse_cm', 'nse_fo', 'bse_fo'],
  currency: ['cde_fo', 'bcs_fo', 'cross_currency'],
  commodity: ['mcx_fo', 'nse_com'],
};
export type CalendarMarket = keyof typeof MARKETS;

/**
 * When a market trades on a special day: not at all, at the usual hours although it is a weekend, only in the morning (to 17:00)
 * or in the evening (from 17:00), or in sessions of its own, as in `[["18:15","19:15"]]`.
 */
export type DayHours = 'closed' | 'usual' | 'morning' | 'evening' | readonly (readonly [string, string])[];

/** A day that is not like others. Markets that are not named have their usual day. */
export interface SpecialDay {
  /** `YYYY-MM-DD`, in IST. */
  readonly date: string;
  readonly name: string;
  readonly hours: Partial<Readonly<Record<CalendarMarket | TradingSegment | 'all', DayHours>>>;
}

/** The special days of a year. */
export interface CalendarYear {
  readonly year: number;
  readonly days: readonly SpecialDay[];
}

/** Where the two sessions of commodities meet, milliseconds after midnight. */
const EVENING = 17 * 3_600_000;

/**
 * A calendar of some years; where several list the same day, the last one wins.
 * @param listed the hours of an instrument by the symbol master
 */
export function createCalendar(
  years: readonly CalendarYear[],
  listed?: (symbol: string) => ListedHours | undefined,
): Calendar {
  const known = new Set(years.map(({ year }) => year));
  const days = new Map(years.flatMap(({ days: all }) => all.map((day) => [day.date, day] as const)));
  const found = new Map<string, CalendarDay | undefined>();
  return {
    knows: (year) => known.has(year),
    dayOf: (date, owner) => {
      const day = days.get(date);
      if (day === undefined) return undefined;
      const key = `${date} ${typeof owner === 'string' ? owner : `${owner.segment} ${owner.sessions}`}`;
      if (!found.has(key)) found.set(key, readDay(day, owner));
      return found.get(key);
    },
    ...(listed && { listed }),
  };
}

/** The segment's own word counts before its market's, and that before all. */
function readDay({ date, name, hours }: SpecialDay, owner: HoursOwner): CalendarDay | undefined {
  const segment = segmentOf(owner);
  const market = (Object.keys(MARKETS) as CalendarMarket[]).find((one) => MARKETS[one].includes(segment));
  const special = hours[segment] ?? (market && hours[market]) ?? hours.all;
  return special === undefined ? undefined : { name, sessions: readHours(special, usualSessions(owner, date)) };
}

function readHours(hours: DayHours, usual: readonly SessionHours[]): readonly SessionHours[] {
  if (hours === 'closed') return [];
  if (hours === 'usual') return usual;
  if (hours === 'morning') return cut(usual, 0, EVENING);
  if (hours === 'evening') return cut(usual, EVENING, Number.POSITIVE_INFINITY);
  return hours.map(([from, to]) => [readTime(from), readTime(to)]);
}

/** What of some sessions is between two times. */
function cut(sessions: readonly SessionHours[], from: number, to: number): readonly SessionHours[] {
  return sessions
    .map(([open, close]): SessionHours => [Math.max(open, from), Math.min(close, to)])
    .filter(([open, close]) => open < close);
}

/** `18:15` in milliseconds after midnight. */
function readTime(text: string): number {
  const [hours, minutes] = text.split(':');
  return (Number(hours) * 60 + Number(minutes)) * 60_000;
}
