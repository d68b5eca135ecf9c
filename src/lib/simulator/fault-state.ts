import type { CountedFault, LookupRefusal } from './faults.ts';

/** What is wrong with the simulator at this moment. */
export class FaultState {
  /** How many occasions are left to go wrong; `Infinity` for all that come. A fault without an entry has none. */
  occasions = new Map<CountedFault, number>();
  /** With what lookups are refused, while there are any to refuse. */
  lookupAnswer: LookupRefusal = 'edge';
  /** With which HTTP status data connections are answered, while there are any to refuse. */
  upgradeStatus = 503;
  delayMs = 0;
  split = false;
  garble = false;
  reuseIds = false;
  loseUpdates = false;
  ackOnly = false;
  /** What comes of requests for a snapshot. */
  snapshots: 'serve' | 'refuse' | 'ignore' = 'serve';
  unknownPackets = false;
  /** Connections are closed so long after their authentication; `undefined` for not at all. */
  contestAfterMs: number | undefined = undefined;
}

/** Whether this occasion is to go wrong; counts it. */
export function takeFault({ occasions }: FaultState, name: CountedFault): boolean {
  const left = occasions.get(name) ?? 0;
  if (left <= 0) return false;
  occasions.set(name, left - 1);
  return true;
}
