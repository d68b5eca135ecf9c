import type { LookupRefusal } from './faults.ts';

/** What is wrong with the simulator at this moment. Counts are of occasions left; `Infinity` for all that come. */
export class FaultState {
  refuseAuth = 0;
  muteConnections = 0;
  htmlAnswers = 0;
  rateLimited = 0;
  refusedLookups = 0;
  /** With what, while there are any. */
  lookupAnswer: LookupRefusal = 'edge';
  refusedUpgrades = 0;
  /** With which HTTP status, while there are any. */
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

type Counted = 'refuseAuth' | 'muteConnections' | 'htmlAnswers' | 'rateLimited' | 'refusedLookups' | 'refusedUpgrades';

/** Whether this occasion is to go wrong; counts it. */
export function takeFault(faults: FaultState, name: Counted): boolean {
  if (faults[name] <= 0) return false;
  faults[name]--;
  return true;
}
