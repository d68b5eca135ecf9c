import { istDate, istMidnight } from '../clock/ist.ts';
import { type Calendar, type SessionHours, sessionsOf, type TradingSegment } from './trading-hours.ts';

/** A recording begins so long before the first session and ends so long after the last: auctions are part of the day. */
const MARGIN_MS = 15 * 60_000;

/** When a day's sessions are recorded; epoch milliseconds. `over` and `closed`: not at all, any more. */
export type RecordingWindow =
  | { readonly state: 'open'; readonly opensMs: number; readonly closesMs: number }
  | { readonly state: 'over'; readonly closedMs: number }
  | { readonly state: 'closed'; readonly date: string; readonly why: string };

/** The window of the present IST day for the sessions of these segments, from the first of any to the last. */
export function findRecordingWindow(
  segments: readonly TradingSegment[],
  nowMs: number,
  calendar: Calendar,
): RecordingWindow {
  const date = istDate(nowMs);
  const sessions = segments.flatMap((segment): readonly SessionHours[] => sessionsOf(segment, date, calendar));
  if (sessions.length === 0) return { state: 'closed', date, why: describeClosing(date, segments, calendar) };
  const midnight = istMidnight(date);
  const opensMs = midnight + Math.min(...sessions.map(([open]) => open)) - MARGIN_MS;
  const closesMs = midnight + Math.max(...sessions.map(([, close]) => close)) + MARGIN_MS;
  return nowMs < closesMs ? { state: 'open', opensMs, closesMs } : { state: 'over', closedMs: closesMs };
}

function describeClosing(date: string, segments: readonly TradingSegment[], calendar: Calendar): string {
  const names = segments.flatMap((segment) => calendar.dayOf(date, segment)?.name ?? []);
  return names[0] ?? 'a weekend';
}
