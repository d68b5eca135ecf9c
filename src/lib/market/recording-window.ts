import { istDate, istMidnight } from '../clock/ist.ts';
import { type Calendar, type HoursOwner, type SessionHours, sessionsOf } from './trading-hours.ts';

/** A recording begins so long before the first session and ends so long after the last: auctions are part of the day. */
const MARGIN_MS = 15 * 60_000;

/** When a day's sessions are recorded; epoch milliseconds. `over` and `closed`: not at all, any more. */
export type RecordingWindow =
  | { readonly state: 'open'; readonly opensMs: number; readonly closesMs: number }
  | { readonly state: 'over'; readonly closedMs: number }
  | { readonly state: 'closed'; readonly date: string; readonly why: string };

/** The window of the present IST day for the sessions of these, from the first of any to the last. */
export function findRecordingWindow(owners: readonly HoursOwner[], nowMs: number, calendar: Calendar): RecordingWindow {
  const date = istDate(nowMs);
  const sessions = owners.flatMap((owner): readonly SessionHours[] => sessionsOf(owner, date, calendar));
  if (sessions.length === 0) return { state: 'closed', date, why: describeClosing(date, owners, calendar) };
  const midnight = istMidnight(date);
  const opensMs = midnight + Math.min(...sessions.map(([open]) => open)) - MARGIN_MS;
  const closesMs = midnight + Math.max(...sessions.map(([, close]) => close)) + MARGIN_MS;
  return nowMs < closesMs ? { state: 'open', opensMs, closesMs } : { state: 'over', closedMs: closesMs };
}

function describeClosing(date: string, owners: readonly HoursOwner[], calendar: Calendar): string {
  const names = owners.flatMap((owner) => calendar.dayOf(date, owner)?.name ?? []);
  return names[0] ?? 'a weekend';
}
