import type { Hub } from '../hub/hub.ts';

/** Writes down what a hub goes through. */
export function logHub(hub: Hub, write: (line: string) => void): void {
  hub.observe({
    state: (state) => write('detail' in state ? `${state.state}: ${state.reason} (${state.detail})` : state.state),
    gap: ({ from, to, reason, symbols }) =>
      write(`gap of ${to - from} ms from ${new Date(from).toISOString()}: ${reason}, ${symbols.length} symbols`),
    warning: (event, message) => write(`warning: ${event}: ${message}`),
    failed: ({ code, message }) => write(`failed: ${code}: ${message}`),
    sessionsChanged: () => write(`${hub.sessions.size} clients`),
  });
}
