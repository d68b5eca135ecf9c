import type { MasterFileCount } from './master/master-endpoint.ts';

/** Counts of what clients have done so far. */
export class SimulatorCounters {
  /** Sockets accepted. */
  connections = 0;
  /** Sockets whose authentication was accepted. */
  authenticated = 0;
  refusedAuth = 0;
  /** Data connections that were answered with an HTTP status. */
  refusedUpgrades = 0;
  /** Sockets that were left without an answer: with an `Authorization` header, or by a fault. */
  muted = 0;
  tokenCalls = 0;
  /** Requests for history, and those among them that were over the limits of an app. */
  historyCalls = 0;
  historyBreaches = 0;
  /** Frames from clients that could not be read. */
  malformed = 0;
  acks = 0;
  pings = 0;
  /** Clients dropped for not pinging. */
  pingTimeouts = 0;
  /** How often each topic was asked for, and given up. Bounded by the topics that were ever seen. */
  readonly subscribes = new Map<string, number>();
  readonly unsubscribes = new Map<string, number>();
  /** How often a snapshot of each was requested. */
  readonly snapshotRequests = new Map<string, number>();
  /** Calls of login and account by their name, `validate-authcode`. Opening the login page and its form are both `generate-authcode`. */
  readonly accountCalls = new Map<string, number>();
  /** Requests that followed a redirect to another host. */
  followedRedirects = 0;
  /** Requests of the symbol master by the file's name, `NSE_CM.csv`. */
  readonly master = new Map<string, MasterFileCount>();
}

/** Topics counted by name; further ones are not. */
const MAX_COUNTED_TOPICS = 100_000;

export function countTopic(counts: Map<string, number>, topic: string): void {
  const count = counts.get(topic);
  if (count !== undefined || counts.size < MAX_COUNTED_TOPICS) counts.set(topic, (count ?? 0) + 1);
}
