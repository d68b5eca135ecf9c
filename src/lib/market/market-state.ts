import { DAY_MS, formatIstMinute, istDate, istMidnight, WEEKDAY_NAMES } from '../clock/ist.ts';
import { segmentsOfName } from './symbol-segments.ts';
import {
  type Calendar,
  type CalendarDay,
  isSessionOpen,
  sessionsOf,
  type TradingSegment,
  usualHours,
} from './trading-hours.ts';

/** How many days are searched for a session. Holidays in a row are fewer, but a calendar may contain anything. */
const MAX_DAYS = 14;
/** Beyond so many days a weekday's name is ambiguous. */
const DAYS_BY_NAME = 6;

/** Whether a segment trades at a moment. Times are epoch milliseconds, undefined where the calendar gives none within two weeks. */
export type MarketState =
  | { readonly isOpen: true; readonly closesMs: number }
  | {
      readonly isOpen: false;
      readonly closedMs: number | undefined;
      readonly opensMs: number | undefined;
      /** Why it does not trade today. */
      readonly holiday: string | undefined;
    };

/** What the calendar says of a segment at a moment. */
export function findMarketState(segment: TradingSegment, nowMs: number, calendar: Calendar): MarketState {
  const today = istMidnight(istDate(nowMs));
  let closedMs: number | undefined;
  let opensMs: number | undefined;
  for (let day = 0; day <= MAX_DAYS && (closedMs === undefined || opensMs === undefined); day++) {
    for (const [open, close] of sessionsAt(segment, today + day * DAY_MS, calendar)) {
      if (open <= nowMs && nowMs < close) return { isOpen: true, closesMs: close };
      if (open > nowMs) opensMs ??= open;
    }
    const past = sessionsAt(segment, today - day * DAY_MS, calendar).filter(([, close]) => close <= nowMs);
    closedMs ??= past.at(-1)?.[1];
  }
  return { isOpen: false, closedMs, opensMs, holiday: findHoliday(segment, nowMs, calendar) };
}

/**
 * When the markets of these symbols trade, those that are closed first: `NSE closed since 15:30 IST, opens Tue 09:15`. Empty
 * without symbols.
 */
export function describeMarkets(symbols: readonly string[], nowMs: number, calendar: Calendar): string {
  const { closed, open } = sortMarkets(symbols, nowMs, calendar);
  return [...closed, ...open].join('; ');
}

/** As `describeMarkets`, of markets that are closed now; empty when all are open. */
export function describeClosedMarkets(symbols: readonly string[], nowMs: number, calendar: Calendar): string {
  return sortMarkets(symbols, nowMs, calendar).closed.join('; ');
}

function sortMarkets(
  symbols: readonly string[],
  nowMs: number,
  calendar: Calendar,
): { closed: string[]; open: string[] } {
  const closed = new Map<string, TradingSegment[]>();
  const open = new Map<string, TradingSegment[]>();
  const segments = symbols.flatMap((symbol) => findSegment(segmentsOfName(symbol), nowMs, calendar) ?? []);
  for (const segment of new Set(segments)) {
    const state = findMarketState(segment, nowMs, calendar);
    const exchange = EXCHANGES[segment][0];
    // Segments of an exchange that open together are one market to people, though some close ten minutes later.
    const [groups, key] = state.isOpen
      ? [open, `${exchange} ${state.closesMs}`]
      : [closed, `${exchange} ${state.opensMs} ${state.holiday}`];
    groups.set(key, [...(groups.get(key) ?? []), segment]);
  }
  const describe = (segments: readonly TradingSegment[]): string => describeGroup(segments, nowMs, calendar);
  return { closed: [...closed.values()].map(describe), open: [...open.values()].map(describe) };
}

/** Undefined for a symbol whose name fits several segments of which one is open and another closed. */
function findSegment(
  [likeliest, ...others]: readonly [TradingSegment, ...TradingSegment[]],
  nowMs: number,
  calendar: Calendar,
): TradingSegment | undefined {
  const isOpen = isSessionOpen(likeliest, nowMs, calendar);
  return others.every((segment) => isSessionOpen(segment, nowMs, calendar) === isOpen) ? likeliest : undefined;
}

function describeGroup(segments: readonly TradingSegment[], nowMs: number, calendar: Calendar): string {
  const states = segments.map((segment) => findMarketState(segment, nowMs, calendar));
  const [state] = states as [MarketState];
  const name = nameMarket(segments);
  if (state.isOpen) return `${name} open until ${formatMoment(state.closesMs, nowMs)} IST`;
  const closes = states.flatMap((one) => (one.isOpen || one.closedMs === undefined ? [] : [one.closedMs]));
  const since = closes.length > 0 ? ` since ${formatMoment(Math.max(...closes), nowMs)} IST` : '';
  const opens = state.opensMs === undefined ? '' : `, opens ${formatMoment(state.opensMs, nowMs)}`;
  const holiday = state.holiday === undefined ? '' : ` (holiday: ${state.holiday})`;
  return `${name} closed${since}${opens}${holiday}`;
}

/** Its exchange, and the name of the part, which is shown when the cash market is not among the segments. */
const EXCHANGES: Readonly<Record<TradingSegment, readonly [exchange: string, part: string]>> = {
  nse_cm: ['NSE', ''],
  nse_fo: ['NSE', 'F&O'],
  cde_fo: ['NSE', 'currency'],
  nse_com: ['NSE', 'commodity'],
  bse_cm: ['BSE', ''],
  bse_fo: ['BSE', 'F&O'],
  bcs_fo: ['BSE', 'currency'],
  mcx_fo: ['MCX', ''],
  // BSE has them, too, at the same hours.
  cross_currency: ['NSE', 'cross currency'],
};

function nameMarket(segments: readonly TradingSegment[]): string {
  const [exchange] = EXCHANGES[segments[0] as TradingSegment];
  const parts = segments.map((segment) => EXCHANGES[segment][1]);
  return parts.includes('') ? exchange : `${exchange} ${parts.join(' and ')}`;
}

function sessionsAt(segment: TradingSegment, midnightMs: number, calendar: Calendar): (readonly [number, number])[] {
  const sessions = sessionsOf(segment, istDate(midnightMs), calendar);
  return sessions.map(([open, close]) => [midnightMs + open, midnightMs + close] as const);
}

/** A special day's name, when it takes the hours from the segment in which people would wait for it. */
function findHoliday(segment: TradingSegment, nowMs: number, calendar: Calendar): string | undefined {
  const date = istDate(nowMs);
  const day: CalendarDay | undefined = calendar.dayOf(date, segment);
  if (day === undefined) return undefined;
  const [open, close] = usualHours(segment, date);
  const time = nowMs - istMidnight(date);
  return day.sessions.length === 0 || (time >= open && time < close) ? day.name : undefined;
}

/** `15:30` today, `Tue 09:15` within a week, else with the date. */
function formatMoment(epochMs: number, nowMs: number): string {
  const time = formatIstMinute(epochMs);
  const date = istDate(epochMs);
  const days = Math.abs(istMidnight(date) - istMidnight(istDate(nowMs))) / DAY_MS;
  if (days === 0) return time;
  return `${days <= DAYS_BY_NAME ? WEEKDAY_NAMES[new Date(`${date}T00:00:00Z`).getUTCDay()] : date} ${time}`;
}
