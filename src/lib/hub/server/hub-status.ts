import { KINDS, ROW_TYPES, type RowType } from '../../market/kinds.ts';
import type { Hub } from '../core/hub.ts';
import type { HubSession } from '../core/hub-session.ts';
import type { SharedTick } from '../core/shared-tick.ts';

/** A session as it is shown. Times are epoch milliseconds. */
export interface SessionReport {
  readonly id: string;
  readonly pid: number | null;
  readonly command: string;
  readonly symbols: readonly string[];
  readonly rows: number;
  readonly skipped: number;
  readonly since: number;
}

export type ByType<T> = Readonly<Record<RowType, T>>;

/** `GET /api/websocket/status`. */
export interface StatusReport {
  readonly connected: boolean;
  readonly streaming: boolean;
  readonly since: number;
  readonly token_expires_at: number | null;
  readonly subscriptions: ByType<readonly string[]>;
  readonly data_cache: ByType<number>;
  readonly sessions: readonly SessionReport[];
  readonly counters: Readonly<Record<string, number>>;
  /** There only when it is true. */
  readonly simulated?: true;
}

/** What `tickpipe status` prints. */
export interface HubStatus {
  readonly hub: {
    readonly pid: number;
    readonly since: number;
    readonly feed: string;
    readonly state: string;
    readonly token_expires_at: number | null;
    readonly last_tick_at: number | null;
    readonly reconnects: number;
    readonly gaps: number;
    /** There only when it is true. */
    readonly simulated?: true;
    /** Rows are of another time than now; there only when it is true. */
    readonly recorded?: true;
  };
  readonly sessions: readonly SessionReport[];
  readonly subscriptions: ByType<readonly string[]>;
  /** Subscribed, and never ticked. */
  readonly silent: readonly string[];
}

export function isConnected(hub: Hub): boolean {
  return hub.state.state === 'live';
}

export function reportSession(session: HubSession): SessionReport {
  const { id, pid, command, since, client } = session;
  const symbols = [...new Set(Array.from(session.entries, ({ symbol }) => symbol))];
  const { rows, skipped } = client.outlet ?? { rows: 0, skipped: 0 };
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
    sessions: Array.from(hub.sessions(), reportSession),
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
    sessions: Array.from(hub.sessions(), reportSession),
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
