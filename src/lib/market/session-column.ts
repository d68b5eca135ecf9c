import type { SessionHours } from './trading-hours.ts';

/*
 * The session column of FYERS' symbol master, as in `0915-1530|1815-1915:`. It is written as TradingView writes sessions: groups
 * between bars, in each the sessions of a day between commas, and behind a colon the weekdays that the group is for (1 is Sunday). A
 * group without a colon is for every trading day. `1815-1915:` is for no day: it stands in every row, also at MCX, whose usual day
 * includes those hours, and has not changed since the evening of Diwali 2023, although the hours were others in 2024 and 2025.
 */

const WORKDAYS = ['2', '3', '4', '5', '6'];
const SESSION = /^(\d{2})(\d{2})-(\d{2})(\d{2})$/;
const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

/** The sessions of a usual day, in order; `undefined` when the column gives none, or cannot be read. */
export function readSessionColumn(text: string): readonly SessionHours[] | undefined {
  const usual = text.split('|').filter(isForWorkdays);
  const sessions = usual.flatMap((group) => (group.split(':')[0] as string).split(',').map(readSession));
  if (sessions.length === 0 || !sessions.every((session) => session !== undefined)) return undefined;
  sessions.sort(([one], [other]) => one - other);
  return sessions.every(([open], at) => at === 0 || open >= (sessions[at - 1] as SessionHours)[1])
    ? sessions
    : undefined;
}

/** The same for people: `09:15-15:30`, several between commas. */
export function formatSessions(sessions: readonly SessionHours[]): string {
  return sessions.map(([open, close]) => `${formatTime(open)}-${formatTime(close)}`).join(',');
}

function isForWorkdays(group: string): boolean {
  const [, days] = group.split(':');
  return group !== '' && (days === undefined || WORKDAYS.every((day) => days.includes(day)));
}

function readSession(text: string): SessionHours | undefined {
  const [, ...digits] = SESSION.exec(text.trim()) ?? [];
  const [fromHours = 99, fromMinutes = 99, toHours = 99, toMinutes = 99] = digits.map(Number);
  if (fromMinutes > 59 || toMinutes > 59) return undefined;
  const [open, close] = [fromHours * 60 + fromMinutes, toHours * 60 + toMinutes];
  return open < close && close <= DAY_MINUTES ? [open * MINUTE_MS, close * MINUTE_MS] : undefined;
}

function formatTime(ms: number): string {
  const minutes = ms / MINUTE_MS;
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
}
