/** Counts of what clients have done so far. */
export interface SimulatorCounters {
  /** Sockets accepted. */
  connections: number;
  /** Sockets whose authentication was accepted. */
  authenticated: number;
  refusedAuth: number;
  /** Data connections that were answered with an HTTP status. */
  refusedUpgrades: number;
  /** Sockets that were left without an answer: with an `Authorization` header, or by a fault. */
  muted: number;
  tokenCalls: number;
  /** Frames from clients that could not be read. */
  malformed: number;
  acks: number;
  pings: number;
  /** Clients dropped for not pinging. */
  pingTimeouts: number;
  /** How often each topic was asked for, and given up. Bounded by the topics that were ever seen. */
  readonly subscribes: Map<string, number>;
  readonly unsubscribes: Map<string, number>;
  /** How often a snapshot of each was requested. */
  readonly snapshotRequests: Map<string, number>;
}

/** Topics counted by name; further ones are not. */
const MAX_COUNTED_TOPICS = 100_000;

export function noCounts(): SimulatorCounters {
  return {
    connections: 0,
    authenticated: 0,
    refusedAuth: 0,
    refusedUpgrades: 0,
    muted: 0,
    tokenCalls: 0,
    malformed: 0,
    acks: 0,
    pings: 0,
    pingTimeouts: 0,
    subscribes: new Map(),
    unsubscribes: new Map(),
    snapshotRequests: new Map(),
  };
}

export function countTopic(counts: Map<string, number>, topic: string): void {
  const count = counts.get(topic);
  if (count !== undefined || counts.size < MAX_COUNTED_TOPICS) counts.set(topic, (count ?? 0) + 1);
}
