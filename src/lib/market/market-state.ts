import { DAY_MS, formatIstMinute, istDate, istMidnight, WEEKDAY_NAMES } from '../clock/ist.ts';
import { segmentsOfName } from './symbol-segments.ts';
import {
  type Calendar,
  type CalendarDay,
  type HoursOwner,
  isSessionOpen,
  segmentOf,
  sessionsOf,
  type TradingSegment,
  usualSessions,
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

/** What the calendar says of a segment or an instrument at a moment. */
export function findMarketState(owner: HoursOwner, nowMs: number, calendar: Calendar): MarketState {
  const today = istMidnight(istDate(nowMs));
  let closedMs: number | undefined;
  let opensMs: number | undefined;
  for (let day = 0; day <= MAX_DAYS && (closedMs === undefined || opensMs === undefined); day++) {
    for (const [open, close] of sessionsAt(owner, today + day * DAY_MS, calendar)) {
      if (open <= nowMs && nowMs < close) return { isOpen: true, closesMs: close };
      if (open > nowMs) opensMs ??= open;
    }
    const past = sessionsAt(owner, today - day * DAY_MS, calendar).filter(([, close]) => close <= nowMs);
    closedMs ??= past.at(-1)?.[1];
  }
  return { isOpen: false, closedMs, opensMs, holiday: findHoliday(owner, nowMs, calendar) };
}

/**
 * When the markets of these symbols trade, those that are closed first: `NSE closed since 15:30 IST, opens Tue 09:15`. Empty
 * without symbols. Says so where it rests on a year whose holidays are not known.
 */
export function describeMarkets(symbols: readonly string[], nowMs: number, calendar: Calendar): string {
  const { closed, open } = sortMarkets(symbols, nowMs, calendar);
  return [...closed, ...open].join('; ');
}

/** As `describeMarkets`, of markets that are closed now; empty when all are open. */
export function describeClosedMarkets(symbols: readonly string[], nowMs: number, calendar: Calendar): string {
  return sortMarkets(symbols, nowMs, calendar).closed.join('; ');
}

/** Symbols with the same hours, and the state of their market. */
interface SymbolGroup {
  readonly owner: HoursOwner;
  readonly state: MarketState;
  readonly symbols: string[];
}

/** Groups that are one market to people. */
type Market = readonly SymbolGroup[];

function sortMarkets(
  symbols: readonly string[],
  nowMs: number,
  calendar: Calendar,
): { closed: string[]; open: string[] } {
  const groups = groupSymbols(symbols, nowMs, calendar);
  const markets = new Map<string, SymbolGroup[]>();
  for (const group of groups) {
    const { owner, state } = group;
    // Segments of an exchange that open together are one market to people, though some close ten minutes later.
    const key = [
      EXCHANGES[segmentOf(owner)][0],
      state.isOpen ? state.closesMs : `${state.opensMs} ${state.holiday}`,
    ].join();
    markets.set(key, [...(markets.get(key) ?? []), group]);
  }
  const sorted = [...markets.values()];
  const describe = (market: Market): string => {
    const segments = new Set(market.map(({ owner }) => segmentOf(owner)));
    const isSplit = groups.some((group) => !market.includes(group) && segments.has(segmentOf(group.owner)));
    return describeMarket(market, isSplit ? nameSymbols(market) : nameMarket([...segments]), nowMs, calendar);
  };
  return {
    closed: sorted.filter(([first]) => !first?.state.isOpen).map(describe),
    open: sorted.filter(([first]) => first?.state.isOpen).map(describe),
  };
}

function groupSymbols(symbols: readonly string[], nowMs: number, calendar: Calendar): SymbolGroup[] {
  const groups = new Map<string, SymbolGroup>();
  for (const symbol of symbols) {
    const owner = calendar.listed?.(symbol) ?? findSegment(segmentsOfName(symbol), nowMs, calendar);
    if (owner === undefined) continue;
    const key = `${segmentOf(owner)} ${usualSessions(owner, istDate(nowMs))}`;
    const group = groups.get(key) ?? { owner, state: findMarketState(owner, nowMs, calendar), symbols: [] };
    groups.set(key, group);
    group.symbols.push(symbol);
  }
  return [...groups.values()];
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

function describeMarket(market: Market, name: string, nowMs: number, calendar: Calendar): string {
  const [{ state }] = market as readonly [SymbolGroup];
  if (state.isOpen) {
    return `${name} open until ${formatMoment(state.closesMs, nowMs)} IST${describeUnknownYears([nowMs], calendar)}`;
  }
  const closes = market.flatMap(({ state: one }) => (one.isOpen || one.closedMs === undefined ? [] : [one.closedMs]));
  const closedMs = closes.length > 0 ? [Math.max(...closes)] : [];
  const opensMs = state.opensMs === undefined ? [] : [state.opensMs];
  const since = closedMs.map((at) => ` since ${formatMoment(at, nowMs)} IST`).join('');
  const opens = opensMs.map((at) => `, opens ${formatMoment(at, nowMs)}`).join('');
  const holiday = state.holiday === undefined ? '' : ` (holiday: ${state.holiday})`;
  return `${name} closed${since}${opens}${holiday}${describeUnknownYears([...closedMs, nowMs, ...opensMs], calendar)}`;
}

/** Where no calendar is known, every workday counts as a trading day. */
function describeUnknownYears(moments: readonly number[], calendar: Calendar): string {
  const years = new Set(moments.map((at) => Number(istDate(at).slice(0, 4))));
  const unknown = [...years].filter((year) => !calendar.knows(year));
  return unknown.length === 0 ? '' : ` (no calendar of ${unknown.join(' and ')})`;
}

function nameSymbols(market: Market): string {
  const [first, ...others] = market.flatMap(({ symbols }) => symbols);
  return others.length === 0 ? `${first}` : `${first} and ${others.length} more`;
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

/** @param segments of one exchange */
function nameMarket(segments: readonly TradingSegment[]): string {
  const [exchange] = EXCHANGES[segments[0] as TradingSegment];
  const parts = segments.map((segment) => EXCHANGES[segment][1]);
  return parts.includes('') ? exchange : `${exchange} ${parts.join(' and ')}`;
}

function sessionsAt(owner: HoursOwner, midnightMs: number, calendar: Calendar): (readonly [number, number])[] {
  const sessions = sessionsOf(owner, istDate(midnightMs), calendar);
  return sessions.map(([open, close]) => [midnightMs + open, midnightMs + close] as const);
}

/** A special day's name, when it takes the hours in which people would wait. */
function findHoliday(owner: HoursOwner, nowMs: number, calendar: Calendar): string | undefined {
  const date = istDate(nowMs);
  const day: CalendarDay | undefined = calendar.dayOf(date, owner);
  if (day === undefined) return undefined;
  const time = nowMs - istMidnight(date);
  const isUsual = usualSessions(owner, date).some(([open, close]) => time >= open && time < close);
  return day.sessions.length === 0 || isUsual ? day.name : undefined;
}

/** `15:30` today, `Tue 09:15` within a week, else with the date. */
function formatMoment(epochMs: number, nowMs: number): string {
  const time = formatIstMinute(epochMs);
  const date = istDate(epochMs);
  const days = Math.abs(istMidnight(date) - istMidnight(istDate(nowMs))) / DAY_MS;
  if (days === 0) return time;
  return `${days <= DAYS_BY_NAME ? WEEKDAY_NAMES[new Date(`${date}T00:00:00Z`).getUTCDay()] : date} ${time}`;
}
