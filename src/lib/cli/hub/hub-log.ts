import { formatIstTime } from '../../clock/ist.ts';
import type { Hub } from '../../hub/core/hub.ts';
import type { HubEvent } from '../../hub/protocol/messages.ts';

/** Writes down what a hub goes through. */
export function logHub(hub: Hub, write: (line: string) => void): void {
  hub.observe({
    event: (event) => {
      const line = describe(event);
      if (line !== undefined) write(line);
    },
    sessionsChanged: () => write(countOf(hub.sessionCount, 'client')),
  });
}

/** The line for an event; undefined for one that is not logged. */
function describe(event: HubEvent): string | undefined {
  switch (event.type) {
    case 'state': {
      const { state } = event;
      return 'detail' in state ? `${state.state}: ${state.reason} (${state.detail})` : state.state;
    }
    case 'gap': {
      const { from, to, reason, symbols } = event.gap;
      return `gap of ${to - from} ms from ${formatIstTime(from)}: ${reason}, ${countOf(symbols.length, 'symbol')}`;
    }
    case 'warning':
      return `warning: ${event.event}: ${event.message}`;
    case 'failed':
      return `failed: ${event.error.code}: ${event.error.message}`;
    default:
      return undefined;
  }
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
