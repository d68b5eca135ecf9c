import { formatIstTime } from '../../clock/ist.ts';
import type { Hub } from '../../hub/core/hub.ts';

/** Writes down what a hub goes through. */
export function logHub(hub: Hub, write: (line: string) => void): void {
  hub.observe({
    state: (state) => write('detail' in state ? `${state.state}: ${state.reason} (${state.detail})` : state.state),
    gap: ({ from, to, reason, symbols }) =>
      write(`gap of ${to - from} ms from ${formatIstTime(from)}: ${reason}, ${countOf(symbols.length, 'symbol')}`),
    warning: (event, message) => write(`warning: ${event}: ${message}`),
    failed: ({ code, message }) => write(`failed: ${code}: ${message}`),
    sessionsChanged: () => write(countOf(hub.sessions.size, 'client')),
  });
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
