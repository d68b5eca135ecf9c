import { KINDS, ROW_TYPES, type RowType } from '../../market/kinds.ts';
import type { Hub } from '../core/hub.ts';
import type { HubSession } from '../core/hub-session.ts';
import type { SharedTick } from '../core/shared-ticks.ts';
import type { ANSWERS, Made, PARTS } from '../protocol/answers.ts';

/** A session as it is shown. Times are epoch milliseconds. */
export type SessionReport = Made<typeof PARTS.ClientSession>;

export type ByType<T> = Readonly<Record<RowType, T>>;

/** The data of `GET /api/websocket/status`. */
type StatusReport = Made<typeof PARTS.ConnectionStatus>;

/** What `tickpipe status` prints. */
export type HubStatus = Made<typeof ANSWERS.hub>;

export function isConnected(hub: Hub): boolean {
  return hub.state.state === 'live';
}

function reportSession(hub: Hub, session: HubSession): SessionReport {
  const { id, pid, command, since, client } = session;
  const symbols = hub.symbolsOf(session);
  const { rows, skipped } = client.queue ?? { rows: 0, skipped: 0 };
  return { id, pid, command, symbols, rows, skipped, since };
}

/** What the feed has accepted; what it was only asked for may come to nothing. */
function listSubscribed(hub: Hub): SharedTick[] {
  return [...hub.values()].filter(({ isSettled }) => isSettled);
}

export function reportSubscriptions(hub: Hub): ByType<string[]> {
  const byType = createByType<string[]>(() => []);
  for (const { kind, symbol } of listSubscribed(hub)) byType[ROW_TYPES[kind]].push(symbol);
  return byType;
}

/** How many last values are kept. */
export function reportCache(hub: Hub): ByType<number> {
  const byType = createByType(() => 0);
  for (const { kind, hasRow } of hub.values()) if (hasRow) byType[ROW_TYPES[kind]]++;
  return byType;
}

export function reportStatus(hub: Hub): StatusReport {
  const connected = isConnected(hub);
  return {
    connected,
    streaming: connected && [...hub.values()].some(({ isLive }) => isLive),
    since: hub.since,
    token_expires_at: hub.tokenExpiresAtMs,
    subscriptions: reportSubscriptions(hub),
    data_cache: reportCache(hub),
    sessions: Array.from(hub.sessions(), (session) => reportSession(hub, session)),
    counters: { ...hub.counters },
    ...(hub.simulated && { simulated: true }),
  };
}

export function reportHub(hub: Hub): HubStatus {
  const { reconnects, gaps } = hub.counters;
  return {
    hub: {
      pid: process.pid,
      since: hub.since,
      feed: hub.feedName,
      state: hub.state.state,
      token_expires_at: hub.tokenExpiresAtMs,
      last_tick_at: hub.lastTickAt,
      reconnects,
      gaps,
      ...(hub.simulated && { simulated: true }),
      ...(hub.recorded && { recorded: true }),
    },
    sessions: Array.from(hub.sessions(), (session) => reportSession(hub, session)),
    subscriptions: reportSubscriptions(hub),
    silent: [
      ...new Set(
        listSubscribed(hub)
          .filter(({ hasRow }) => !hasRow)
          .map(({ symbol }) => symbol),
      ),
    ],
  };
}

function createByType<T>(create: () => T): Record<RowType, T> {
  return Object.fromEntries(KINDS.map((kind) => [ROW_TYPES[kind], create()])) as Record<RowType, T>;
}
