import type { Hub } from '../core/hub.ts';
import type { SharedTick } from '../core/shared-tick.ts';

const SIMULATED = ',"simulated":true}';

/** A last row that is not what the feed says now: marked, with its age. */
export function staleRow(hub: Hub, entry: SharedTick): string {
  const age = Math.max(0, hub.clock.now() - entry.state.receivedAt);
  const row = hub.lastRow(entry);
  // That a row is simulated is its last word.
  const end = row.length - (row.endsWith(SIMULATED) ? SIMULATED.length : 1);
  return `${row.slice(0, end)},"stale":true,"age_ms":${age}${row.slice(end)}`;
}

/** The last row of an entry that has had one, as JSON text; marked when the feed is away or has not confirmed it. */
export function lastValue(hub: Hub, entry: SharedTick): string {
  return entry.isLive ? hub.lastRow(entry) : staleRow(hub, entry);
}
