import { formatIstClock, formatIstMoment } from '../../clock/ist.ts';
import type { HubStatus, SessionReport } from '../../hub/server/hub-status.ts';
import { renderGrid } from '../../output/table/grid.ts';
import { nameSome } from '../../text/join-words.ts';
import { cleanText } from '../program/reporter.ts';

const MS_PER_S = 1_000;
const S_PER_MINUTE = 60;
const MINUTES_PER_HOUR = 60;

/**
 * Renders the status of a hub for people.
 * @param now epoch milliseconds
 * @param market when the markets of the subscribed symbols trade
 */
export function renderStatus(report: HubStatus | undefined, now: number, market = ''): string {
  if (report === undefined) return 'no shared session runs\n';
  const { hub, sessions, subscriptions, silent } = report;
  const facts: (readonly [string, string])[] = [
    ['hub', `pid ${hub.pid}, since ${formatIstClock(hub.since)} IST`],
    ['feed', `${hub.feed}${hub.simulated ? ' (simulated prices)' : ''}`],
    ['state', describeState(hub, now)],
    ...(market === '' ? [] : [['market', market] as const]),
    ['last tick', hub.last_tick_at === null ? 'none yet' : `${age(now - hub.last_tick_at)} ago`],
    ['token', describeToken(hub.token_expires_at, now)],
    ['breaks', `${hub.reconnects} reconnects, ${hub.gaps} gaps`],
    [
      'subscribed',
      Object.entries(subscriptions)
        .map(([type, symbols]) => `${symbols.length} ${type}`)
        .join(', '),
    ],
    ...(silent.length > 0 ? [['silent', nameSome(silent)] as const] : []),
  ];
  // A hub of another machine may send control characters.
  const clean = (rows: readonly (readonly string[])[]): string[][] => rows.map((row) => row.map(cleanText));
  const left = (title: string) => ({ title, align: 'left' as const, rank: 0 });
  const width = Number.POSITIVE_INFINITY;
  const head = renderGrid([left(''), left('')], clean(facts), { width, header: false });
  if (sessions.length === 0) return `${head}\nno sessions\n`;
  const right = (title: string) => ({ title, align: 'right' as const, rank: 0 });
  const table = renderGrid(
    [left('session'), right('pid'), left('command'), right('rows'), right('skipped'), right('age'), left('symbols')],
    clean(sessions.map((session) => describeSession(session, now))),
    { width, header: true },
  );
  return `${head}\n\n${table}\n`;
}

function describeSession({ id, pid, command, rows, skipped, since, symbols }: SessionReport, now: number): string[] {
  return [id, String(pid ?? ''), command, String(rows), String(skipped), age(now - since), nameSome(symbols)];
}

/** A connection may outlive its token. `live` alone would hide that the next connection fails. */
function describeState({ state, token_expires_at: expiresAt }: HubStatus['hub'], now: number): string {
  if (state !== 'live' || expiresAt === null || expiresAt > now) return state;
  return 'connected until it breaks: the next connection needs another token';
}

/** With a date unless that is today: 06:00 of tomorrow must not look like 06:00 of today. */
function describeToken(expiresAt: number | null, now: number): string {
  if (expiresAt === null) return 'none';
  return `${expiresAt <= now ? 'expired at' : 'until'} ${formatIstMoment(expiresAt, now)} IST`;
}

/** `3.2 s`, `12 min`, `5 h 3 min`. */
function age(ms: number): string {
  const seconds = Math.max(0, ms) / MS_PER_S;
  if (seconds < S_PER_MINUTE) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / S_PER_MINUTE);
  if (minutes < MINUTES_PER_HOUR) return `${minutes} min`;
  return `${Math.floor(minutes / MINUTES_PER_HOUR)} h ${minutes % MINUTES_PER_HOUR} min`;
}
