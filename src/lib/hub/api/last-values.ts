import type { Hub } from '../hub.ts';
import type { HubEntry } from '../hub-entry.ts';

/** A last row that is not what the feed says now: marked, with its age. */
export function staleRow(hub: Hub, entry: HubEntry): string {
  const age = Math.max(0, hub.clock.now() - entry.state.receivedAt);
  return `${hub.lastRow(entry).slice(0, -1)},"stale":true,"age_ms":${age}}`;
}

/** The last row of an entry that has had one, as JSON text; marked when the feed is away or has not confirmed it. */
export function lastValue(hub: Hub, entry: HubEntry): string {
  return entry.isLive ? hub.lastRow(entry) : staleRow(hub, entry);
}
